// Planning 10,000 steps with 50,000 edges between them, and half of that: under a second, and linear. Processor
// time of one compilation from parsed YAML to a frozen plan.

import { compilePlan } from "../src/engine/compile-plan.ts";
import type { PlanRequest } from "../src/engine/compile-plan.ts";
import { figure, median, table } from "./figures.ts";
import { policy, registry } from "./plans.ts";
import { atMost } from "./report.ts";
import type { Report } from "./report.ts";
import { interleaved, ratio } from "./rounds.ts";

const STEPS = 10_000;
const EDGES_PER_STEP = 5;
/** Twice the work in twice the time, with room for the collector. */
const LINEAR = 2.5;

export async function benchPlanning(
  _servers: unknown,
  { rounds }: { readonly rounds: number },
): Promise<Report> {
  const whole = requestOf(STEPS);
  const half = requestOf(STEPS / 2);
  for (const request of [half, whole, half]) compileMs(request);
  const times = await interleaved(
    [half, whole].map((request, index) => ({
      name: String(index),
      measure: () => Promise.resolve(compileMs(request)),
    })),
    rounds,
  );
  const [halves = [], wholes = []] = times;
  const growth = ratio(wholes, halves);
  const row = (steps: number, own: readonly number[]) => [
    `${steps} steps, ${steps * EDGES_PER_STEP} edges`,
    figure(median(own)),
    figure(Math.max(...own)),
  ];
  return {
    text: [
      `Planning: ${rounds} interleaved rounds; processor time, ms`,
      "",
      table(["", "median", "max"], [row(STEPS / 2, halves), row(STEPS, wholes)]),
    ].join("\n"),
    verdicts: [
      atMost("planning 10,000 steps with 50,000 edges", 1_000, median(wholes), " ms"),
      atMost("planning twice the steps, times as long", LINEAR, growth),
    ],
  };
}

function compileMs(request: PlanRequest): number {
  const before = process.cpuUsage();
  const compiled = compilePlan(request, { policy, registry, playbooks: [] });
  const { user, system } = process.cpuUsage(before);
  if (!compiled.ok) throw new Error(`a plan was refused: ${JSON.stringify(compiled.refusal[0])}`);
  return (user + system) / 1_000;
}

/** Each step needs five of those before it, at distances that keep the plan wide. */
function requestOf(count: number): PlanRequest {
  const distances = [1, 7, 31, 101, 499];
  const steps = Array.from({ length: count }, (_, index) => {
    const needs = distances.slice(0, EDGES_PER_STEP).map((distance) => index - distance * 10);
    return {
      id: `s${index}`,
      uses: "bench.no_op",
      with: { target: `web-${index}` },
      needs: needs.filter((need) => need >= 0).map((need) => `s${need}`),
    };
  });
  const value = { title: "Many steps", environment: "production", mode: "graph", steps };
  return { kind: "source", value, text: "" };
}
