// What a run did, told from the rows of the audit log: each call of an operation with its attempts and how the last
// one ended, what people decided on the way, and how the run ended.

import type { AuditEvent, AuditRow } from "./audit-event.ts";
import type { Actor } from "./identity.ts";
import { callKey } from "./notice.ts";
import { FINAL_RUN_STATUSES } from "./run.ts";
import type { CallRef } from "./run.ts";

/** A row and the event in it. */
export type ReadRow = { readonly row: AuditRow; readonly event: AuditEvent };

export type ReceiptCall = {
  /** The step, or what belongs to it: `<step>/rollback/0`. */
  readonly call: string;
  /** The operation; null: it was left out. */
  readonly uses: string | null;
  readonly attempts: number;
  readonly outcome: "succeeded" | "failed" | "unknown" | "under way" | "skipped";
  /** Why it was left out or failed; of an unknown outcome, what somebody said of it. */
  readonly reason: string | null;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly endedAt: string | null;
  /** Numbers of its rows. */
  readonly seqs: readonly number[];
};

/** What people and the engine did to the run on its way. */
export type ReceiptTurn = {
  readonly seq: number;
  readonly at: string;
  readonly by: string;
  readonly kind: string;
  readonly stepId: string | null;
  readonly about: string | null;
};

export type RunReceipt = {
  readonly runId: string;
  /** Version and hash of the plan that was queued; null: the log does not hold it. */
  readonly planVersion: number | null;
  readonly planHash: string | null;
  readonly queuedAt: string | null;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  /** `completed`, `failed`, `canceled`, `rolled-back`, or `not ended`. */
  readonly outcome: string;
  readonly calls: readonly ReceiptCall[];
  readonly turns: readonly ReceiptTurn[];
};

/** None where only requests about the run are in the log. */
export function receiptOfRun(runId: string, read: readonly ReadRow[]): readonly RunReceipt[] {
  const own = read.filter(({ row, event }) => row.runId === runId && isOfRun(event));
  if (own.length === 0) return [];
  const calls = new Map<string, ReceiptCall>();
  for (const one of own) addCall(calls, one);
  const queued = own.find(({ event }) => event.kind === "run.queued");
  const started = own.find(({ event }) => event.kind === "run.started");
  const ended = own.findLast(({ event }) => endOf(event) !== null);
  return [
    {
      runId,
      planVersion: queued?.event.kind === "run.queued" ? queued.event.planVersion : null,
      planHash: queued?.event.kind === "run.queued" ? queued.event.planHash : null,
      queuedAt: timeOf(queued),
      startedAt: timeOf(started),
      endedAt: timeOf(ended),
      outcome: ended === undefined ? "not ended" : (endOf(ended.event) ?? "not ended"),
      calls: [...calls.values()],
      turns: own.flatMap(turnOf),
    },
  ];
}

function isOfRun({ kind }: AuditEvent): boolean {
  return /^(run|step|attempt)\./.test(kind);
}

function endOf({ kind }: AuditEvent): string | null {
  return FINAL_RUN_STATUSES.find((status) => kind === `run.${status}`) ?? null;
}

function timeOf(one: ReadRow | undefined): string | null {
  return one === undefined ? null : new Date(one.row.at).toISOString();
}

function addCall(calls: Map<string, ReceiptCall>, { row, event }: ReadRow): void {
  const at = new Date(row.at).toISOString();
  if (event.kind === "step.skipped") {
    const before = calls.get(event.stepId);
    calls.set(event.stepId, {
      ...(before ?? { call: event.stepId, uses: null, attempts: 0, startedAt: at }),
      outcome: "skipped",
      reason: event.reason,
      endedAt: at,
      seqs: [...(before?.seqs ?? []), row.seq],
    });
    return;
  }
  const change = changeOf(event);
  if (change === null) return;
  const call = callKey(change.call);
  const before = calls.get(call);
  const ended = change.outcome !== "under way";
  calls.set(call, {
    call,
    uses: change.uses ?? before?.uses ?? null,
    attempts: Math.max(before?.attempts ?? 0, change.attempt),
    outcome: change.outcome,
    reason: change.reason,
    startedAt: before?.startedAt ?? at,
    endedAt: ended ? at : null,
    seqs: [...(before?.seqs ?? []), row.seq],
  });
}

type Change = {
  readonly call: CallRef;
  readonly attempt: number;
  readonly outcome: ReceiptCall["outcome"];
  readonly reason: string | null;
  readonly uses?: string;
};

function changeOf(event: AuditEvent): Change | null {
  switch (event.kind) {
    case "attempt.started": {
      const { call, attempt, uses } = event;
      return { call, attempt, uses, outcome: "under way", reason: null };
    }
    case "attempt.succeeded": {
      const { call, attempt } = event;
      return { call, attempt, outcome: "succeeded", reason: null };
    }
    case "attempt.failed":
    case "attempt.unknown": {
      const { call, attempt, failure } = event;
      const outcome = event.kind === "attempt.failed" ? "failed" : "unknown";
      return { call, attempt, outcome, reason: failure.message };
    }
    case "attempt.answered": {
      const { call, attempt, answer } = event;
      return { call, attempt, outcome: "unknown", reason: `somebody said: ${answer}` };
    }
    default:
      return null;
  }
}

/** Attempts are told by their calls. */
function turnOf({ row, event }: ReadRow): readonly ReceiptTurn[] {
  if (changeOf(event) !== null || event.kind === "step.admitted") return [];
  const by = "by" in event && event.by !== null ? actorText(event.by) : row.actor;
  return [
    {
      seq: row.seq,
      at: new Date(row.at).toISOString(),
      by: event.kind === "step.approval-voted" ? `person:${event.vote.userId}` : by,
      kind: event.kind,
      stepId: "stepId" in event ? event.stepId : null,
      about: aboutOf(event),
    },
  ];
}

function aboutOf(event: AuditEvent): string | null {
  switch (event.kind) {
    case "step.approval-voted":
      return [event.vote.choice, event.vote.reason].filter((part) => part !== null).join(": ");
    case "step.approval-closed":
      return [event.outcome, ...event.counted].join(" ");
    case "step.skipped":
    case "run.rollback-started":
    case "run.failed":
    case "run.rolled-back":
      return event.reason;
    default:
      return null;
  }
}

function actorText(actor: Actor): string {
  return actor.kind === "person" ? `person:${actor.userId}` : `system:${actor.part}`;
}
