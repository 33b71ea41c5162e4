// Runs as a table for a terminal, one line each.

import type { Instant } from "#engine/time.ts";
import { formatDuration } from "#engine/duration.ts";
import { identifier, oneLine } from "#bot/messages/plain.ts";
import { markedStatus } from "./marked-status.ts";
import type { Screen } from "./screen.ts";
import { tableOf } from "./table.ts";

export type TableRun = {
  readonly runId: string;
  readonly status: string;
  readonly queuedAt: Instant;
  readonly environment: string;
  readonly risk: string;
  readonly requesterId: string;
  readonly title: string;
  readonly emergency: boolean;
};

const HEADS = ["RUN", "STATUS", "AGE", "RISK", "ENVIRONMENT", "ASKED BY", "PLAN"] as const;

export function runTable(runs: readonly TableRun[], now: Instant, screen: Screen): string {
  return tableOf(
    HEADS,
    runs.map((run) => cells(run, now)),
    screen,
  );
}

function cells(run: TableRun, now: Instant): readonly string[] {
  return [
    identifier(run.runId, 30).text,
    markedStatus(run.status, run.emergency),
    age(now - run.queuedAt),
    identifier(run.risk, 12).text,
    identifier(run.environment, 24).text,
    identifier(run.requesterId, 24).text,
    oneLine(run.title, 150).text,
  ];
}

const MINUTE = 60_000;
const DAY = 86_400_000;

/** The two largest units are enough: `3d`, `2h5m`, `45s`. */
function age(ms: number): string {
  if (ms >= DAY) return `${Math.floor(ms / DAY)}d`;
  const unit = ms >= 60 * MINUTE ? MINUTE : 1000;
  return formatDuration(Math.max(0, Math.floor(ms / unit) * unit));
}
