// A plan's receipt: who approved what hash under which policy, and what ran, told from the rows of the audit log and
// from nothing else. Every statement names the number of its row, and the rows come with it.

import type { AuditRow, DecisionEvent, EntryPath } from "./audit-event.ts";
import type { ApprovalRule } from "./policy.ts";
import { readAuditEvent } from "./read-audit-event.ts";
import { receiptOfRun } from "./run-receipt.ts";
import type { ReadRow, RunReceipt } from "./run-receipt.ts";

/** Where a statement comes from: the number of its row, who did it, and when (ISO 8601, UTC). */
export type Stated = { readonly seq: number; readonly at: string; readonly by: string };

export type ReceiptVersion = Stated & {
  readonly version: number;
  readonly hash: string;
  readonly policyVersion: string;
  readonly rule: ApprovalRule;
  readonly requestId: string;
};

export type ReceiptVote = Stated & {
  readonly choice: "approve" | "reject";
  readonly version: number;
  readonly hash: string;
  readonly policyVersion: string;
  readonly groups: readonly string[];
  readonly reason: string | null;
  readonly viewHash: string | null;
  readonly viewFormat: number | null;
  readonly entry: EntryPath;
  /** The passkey's signature over it, where the policy asked for one. */
  readonly proof?: NonNullable<Extract<DecisionEvent, { kind: "vote.cast" }>["proof"]>;
  /** It was one of those that the approval names. */
  readonly counted: boolean;
};

export type ReceiptDecision = Stated & {
  readonly outcome:
    | "approved"
    | "approved alone, the glass broken"
    | "rejected"
    | "expired"
    | "withdrawn"
    | "superseded";
  readonly version: number;
  /** Null: the event names none; the version's is meant. */
  readonly hash: string | null;
  /** Whose approvals made the quorum. */
  readonly counted: readonly string[];
  readonly explanation: string | null;
};

/** An event that changed nothing of the above: refused, viewed, reminded, reviewed, ... */
export type ReceiptNote = Stated & { readonly kind: string; readonly about: string | null };

export type PlanReceipt = {
  readonly receipt: "countersign-receipt-v1";
  readonly teamId: string;
  readonly planId: string;
  readonly title: string;
  readonly environment: string;
  readonly risk: string;
  readonly operations: readonly string[];
  readonly versions: readonly ReceiptVersion[];
  readonly votes: readonly ReceiptVote[];
  readonly decisions: readonly ReceiptDecision[];
  readonly runs: readonly RunReceipt[];
  readonly notes: readonly ReceiptNote[];
  /** The newest row's link, as `audit verify --head` takes it. */
  readonly head: string;
  /** As `audit export` writes them, so that they can be compared line by line. */
  readonly rows: readonly AuditRow[];
};

/**
 * Null: the log does not hold the plan's filing, so nothing else of it could be told rightly.
 * @param rows all of one plan, in the order of the chain.
 * @throws {UnreadableEvent}
 */
export function planReceipt(rows: readonly AuditRow[]): PlanReceipt | null {
  const read = rows.map((row): ReadRow => ({ row, event: readAuditEvent(row) }));
  const filing = read.find(({ event }) => event.kind === "plan.filed");
  if (filing?.event.kind !== "plan.filed" || filing.row.planId === null) return null;
  const { title, environment, risk, operations } = filing.event;
  const decisions = read.flatMap(decisionOf);
  const counted = countedVotes(read, decisions);
  const runIds = [...new Set(rows.flatMap(({ runId }) => (runId === null ? [] : [runId])))];
  return {
    receipt: "countersign-receipt-v1",
    teamId: filing.row.teamId,
    planId: filing.row.planId,
    title,
    environment,
    risk,
    operations,
    versions: read.flatMap(versionOf),
    votes: read.flatMap((one) => voteOf(one, counted)),
    decisions,
    runs: runIds.flatMap((runId) => receiptOfRun(runId, read)),
    notes: read.flatMap(noteOf),
    head: headOf(rows.at(-1) ?? filing.row),
    rows,
  };
}

function headOf({ teamId, last, hash }: AuditRow): string {
  return `${teamId}/${last}/${hash}`;
}

function stated({ seq, at, actor }: AuditRow): Stated {
  return { seq, at: new Date(at).toISOString(), by: actor };
}

function versionOf({ row, event }: ReadRow): readonly ReceiptVersion[] {
  if (event.kind !== "plan.filed" && event.kind !== "plan.edited") return [];
  const { version, hash, policyVersion, rule, requestId } = event;
  return [{ ...stated(row), version, hash, policyVersion, rule, requestId }];
}

function voteOf({ row, event }: ReadRow, counted: ReadonlySet<number>): readonly ReceiptVote[] {
  if (event.kind !== "vote.cast") return [];
  const { kind: _kind, requestId: _request, ...vote } = event;
  return [{ ...stated(row), ...vote, counted: counted.has(row.seq) }];
}

/** Rows of the votes that made a quorum: of each person the approval names, the newest before it. */
function countedVotes(
  read: readonly ReadRow[],
  decisions: readonly ReceiptDecision[],
): ReadonlySet<number> {
  const approvals = decisions.filter(({ outcome }) => outcome === "approved");
  const seqs = approvals.flatMap(({ seq, counted }) =>
    counted.flatMap((userId) => {
      const vote = read.findLast(
        ({ row, event }) =>
          event.kind === "vote.cast" && row.seq < seq && row.actor === `person:${userId}`,
      );
      return vote === undefined ? [] : [vote.row.seq];
    }),
  );
  return new Set(seqs);
}

function decisionOf({ row, event }: ReadRow): readonly ReceiptDecision[] {
  const of = (
    outcome: ReceiptDecision["outcome"],
    { version, ...more }: { readonly version: number } & Partial<ReceiptDecision>,
  ): readonly ReceiptDecision[] => [
    { ...stated(row), outcome, version, hash: null, counted: [], explanation: null, ...more },
  ];
  switch (event.kind) {
    case "plan.approved": {
      const { version, hash, counted, explanation } = event;
      return of("approved", { version, hash, counted, explanation });
    }
    case "plan.rejected": {
      const { version, hash, explanation } = event;
      return of("rejected", { version, hash, explanation });
    }
    case "plan.glass-broken": {
      const { version, hash, reason } = event;
      return of("approved alone, the glass broken", { version, hash, explanation: reason });
    }
    case "plan.expired":
      return of("expired", { version: event.version, explanation: `${event.clock} had passed` });
    case "plan.withdrawn":
      return of("withdrawn", { version: event.version, explanation: event.reason });
    case "plan.superseded": {
      const explanation = `${event.byPlanId} was filed in its place`;
      return of("superseded", { version: event.version, explanation });
    }
    default:
      return [];
  }
}

const TOLD: readonly string[] = [
  "plan.filed",
  "plan.edited",
  "vote.cast",
  "plan.approved",
  "plan.rejected",
  "plan.glass-broken",
  "plan.expired",
  "plan.withdrawn",
  "plan.superseded",
] satisfies readonly DecisionEvent["kind"][];

function noteOf({ row, event }: ReadRow): readonly ReceiptNote[] {
  if (TOLD.includes(event.kind) || /^(run|step|attempt)\./.test(event.kind)) return [];
  return [{ ...stated(row), kind: event.kind, about: aboutOf(event) }];
}

function aboutOf(event: ReadRow["event"]): string | null {
  switch (event.kind) {
    case "refused":
      return `${event.attempted}: ${event.code}`;
    case "plan.viewed":
      return `version ${event.version}, page ${event.page}${event.last ? ", the last" : ""}`;
    case "plan.reviewed":
      return event.note;
    case "control.requested":
      return event.request;
    default:
      return null;
  }
}
