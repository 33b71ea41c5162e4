// Prometheus metrics of one process. Other parts report through plain functions and know no Prometheus.

import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Handler } from "./http-server.ts";
import { answerText } from "./http-server.ts";

export type WatchedTarget = {
  readonly target: string;
  readonly breaker: { readonly status: "closed" | "half-open" | "open" };
};

const BREAKER_STATES = { closed: 0, "half-open": 1, open: 2 } as const;

export type Metrics = {
  readonly handler: Handler;
  /** An inbound Slack request: `accepted`, `seen` (Slack's own repeat), or why it was refused. */
  readonly inbound: (kind: string, outcome: string) => void;
  /** From the request's arrival to its acknowledgement, in milliseconds. */
  readonly acknowledged: (ms: number) => void;
  /** A Web API call: `ok`, or Slack's error. */
  readonly slackCall: (method: string, outcome: string) => void;
  readonly runEnded: (outcome: string) => void;
  /** What a browser did at the pages of step-up: `opened`, `signed-in`, `registered`, `approved`, or a refusal's code. */
  readonly stepUp: (outcome: string) => void;
  readonly defect: (part: string) => void;
  /** Somebody acted without the quorum. */
  readonly glassBroken: (environment: string) => void;
  /** This process found that a target fails too often. */
  readonly breakerOpened: (target: string) => void;
  /** Asked at each scrape. */
  readonly breakers: (read: () => Promise<readonly WatchedTarget[]>) => void;
  /** Asked at each scrape. */
  readonly gauge: (name: string, help: string, read: () => Promise<number>) => void;
};

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const counter = <Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
  ) => new Counter({ name: `countersign_${name}`, help, labelNames, registers: [registry] });

  const inbound = counter("inbound_requests_total", "Slack requests by kind and outcome", [
    "kind",
    "outcome",
  ]);
  const calls = counter("slack_calls_total", "Slack Web API calls by method and outcome", [
    "method",
    "outcome",
  ]);
  const runs = counter("runs_ended_total", "Runs that ended, by outcome", ["outcome"]);
  const stepUps = counter("step_ups_total", "What was done at the pages of step-up, by outcome", [
    "outcome",
  ]);
  const defects = counter("defects_total", "Errors that no code expected, by part", ["part"]);
  const glass = counter("break_glass_total", "Times the glass was broken, by environment", [
    "environment",
  ]);
  const trips = counter("breaker_trips_total", "Times a circuit breaker opened, by target", [
    "target",
  ]);
  const acknowledged = new Histogram({
    name: "countersign_acknowledgement_seconds",
    help: "From a Slack request's arrival to its acknowledgement",
    // Slack gives 3 s; the buckets end there.
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3],
    registers: [registry],
  });

  return {
    handler: async (_request, response) => {
      answerText(response, 200, await registry.metrics(), registry.contentType);
    },
    inbound: (kind, outcome) => inbound.inc({ kind, outcome }),
    acknowledged: (ms) => acknowledged.observe(ms / 1000),
    slackCall: (method, outcome) => calls.inc({ method, outcome }),
    runEnded: (outcome) => runs.inc({ outcome }),
    stepUp: (outcome) => stepUps.inc({ outcome }),
    defect: (part) => defects.inc({ part }),
    glassBroken: (environment) => glass.inc({ environment }),
    breakerOpened: (target) => trips.inc({ target }),
    breakers: (read) => {
      new Gauge({
        name: "countersign_breaker_state",
        help: "Circuit breaker by target: 0 closed, 1 half-open, 2 open",
        labelNames: ["target"],
        registers: [registry],
        async collect() {
          this.reset();
          for (const { target, breaker } of await read())
            this.set({ target }, BREAKER_STATES[breaker.status]);
        },
      });
    },
    gauge: (name, help, read) => {
      new Gauge({
        name: `countersign_${name}`,
        help,
        registers: [registry],
        async collect() {
          this.set(await read());
        },
      });
    },
  };
}
