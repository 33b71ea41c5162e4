// What watches over every part of one process: its log, its metrics, where defects are told, and what ends it. Starts
// nothing.

import type { Logger } from "pino";
import type { Redactor } from "#engine/redactor.ts";
import { createMetrics } from "#web/metrics.ts";
import type { Metrics } from "#web/metrics.ts";
import type { Config } from "../config.ts";
import { createLog } from "./create-log.ts";
import type { Lifetimes } from "./lifetimes.ts";

export type Oversight = {
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Whoever is told what a part of the process could not expect. */
  readonly defect: (part: string) => (error: unknown) => void;
  readonly lifetimes: Lifetimes;
};

export function createOversight(
  { logLevel }: Config,
  redactor: Redactor,
  lifetimes: Lifetimes,
): Oversight {
  const log = createLog(logLevel, redactor);
  const metrics = createMetrics();
  const defect = (part: string) => (error: unknown) => {
    metrics.defect(part);
    log.error({ err: error, part }, "something failed that no code expected");
  };
  return { log, metrics, defect, lifetimes };
}
