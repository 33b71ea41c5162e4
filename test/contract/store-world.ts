// What the stores' contract suites share: the stores under test, and plans and runs to put into them. Each
// test has a workspace of its own, so that tests can share a database.

import type { AuditEntry } from "#engine/audit-event.ts";
import type { Actor } from "#engine/identity.ts";
import type { CheckpointStore } from "#engine/checkpoint.ts";
import type { DelegationStore } from "#engine/delegation.ts";
import type { AuditLog, Inbox, Outbox } from "#engine/message-store.ts";
import type { ApprovedPlan, AwaitingPlan, Plan, PlanRecord } from "#engine/plan.ts";
import type { PlanStore } from "#engine/plan-store.ts";
import type { ClaimedRun, RunFlush, RunStore } from "#engine/run-store.ts";
import type { RunEvent } from "#engine/run.ts";
import type { Vote } from "#engine/verdict.ts";
import { ringNobody } from "#adapters/postgres/after-commit.ts";
import type { Ring } from "#adapters/postgres/after-commit.ts";
import { createAuditLog } from "#adapters/postgres/audit-log.ts";
import { createCheckpointStore } from "#adapters/postgres/checkpoint-store.ts";
import { createDelegationStore } from "#adapters/postgres/delegation-store.ts";
import type { Database } from "#adapters/postgres/database.ts";
import { createInbox } from "#adapters/postgres/inbox.ts";
import { createOutbox } from "#adapters/postgres/outbox.ts";
import { createPlanStore } from "#adapters/postgres/plan-store.ts";
import { createRunStore } from "#adapters/postgres/run-store.ts";
import { aPlan, aRecord, aVerdict, NOON } from "#test/builders/plan-records.ts";

export type Stores = {
  readonly database: Database;
  readonly plans: PlanStore;
  readonly runs: RunStore;
  readonly checkpoints: CheckpointStore;
  readonly delegations: DelegationStore;
  readonly audit: AuditLog;
  readonly inbox: Inbox;
  readonly outbox: Outbox;
};

/** The stores as one process has them: opened twice on a database they are two processes. */
export function openStores(database: Database, ring: Ring = ringNobody): Stores {
  return {
    database,
    plans: createPlanStore(database, ring),
    runs: createRunStore(database, ring, { trustsClocks: true }),
    checkpoints: createCheckpointStore(database),
    delegations: createDelegationStore(database),
    audit: createAuditLog(database),
    inbox: createInbox(database),
    outbox: createOutbox(database),
  };
}

/** Stores in which every run that tests before left behind is out of the way. */
export async function clearedStores(open: () => Stores): Promise<Stores> {
  const stores = open();
  const far = Number.MAX_SAFE_INTEGER - LEASE_MS;
  const end: RunEvent = { kind: "run.completed", failedSteps: [] };
  for (;;) {
    const left = await stores.runs.claim("sweeping", 100, LEASE_MS, far);
    for (const run of left)
      await stores.runs.flush(flushOf(run, [end], { status: "completed", release: true }));
    if (left.length === 0) return openStores(stores.database);
  }
}

const worker: Actor = { kind: "system", part: "worker" };
export const LEASE_MS = 30_000;

let workspaces = 0;

export type Workspace = {
  readonly teamId: string;
  /** An identifier nobody else has: `id("pl")`. */
  readonly id: (prefix: string) => string;
  readonly person: (userId: string) => Actor;
  readonly awaiting: (changes?: Partial<AwaitingPlan>) => AwaitingPlan;
  readonly approved: (changes?: Partial<ApprovedPlan>) => ApprovedPlan;
  readonly entry: (changes?: Partial<AuditEntry>) => AuditEntry;
};

export function aWorkspace(): Workspace {
  workspaces += 1;
  const number = workspaces;
  const teamId = `T${number}`;
  let ids = 0;
  const id = (prefix: string): string => {
    ids += 1;
    return `${prefix}-${number}-${ids}`;
  };
  const awaiting = (changes: Partial<AwaitingPlan> = {}): AwaitingPlan => {
    const base = aRecord();
    return {
      ...base,
      plan: lockingPlan([]),
      id: id("pl"),
      // A plan of its own each time: the same one twice would be filed once.
      hash: id("hash"),
      requestId: id("Ev"),
      conversation: { ...base.conversation, id: id("cv"), teamId },
      requester: { ...base.requester, teamId },
      ...changes,
    };
  };
  return {
    teamId,
    id,
    person: (userId) => ({ kind: "person", teamId, userId }),
    awaiting,
    approved: (changes = {}) => ({ ...approve(awaiting(), id("run")), ...changes }),
    entry: (changes = {}) => ({
      at: NOON,
      teamId,
      actor: { kind: "person", teamId, userId: "U0RITA" },
      conversation: null,
      planId: null,
      runId: null,
      event: { kind: "plan.withdrawn", version: 1, reason: null },
      ...changes,
    }),
  };
}

/** A plan whose steps take these locks between them. */
export function lockingPlan(keys: readonly string[]): Plan {
  const plan = aPlan();
  const steps = plan.steps.map((step, index) => ({
    ...step,
    locks: keys.filter((_key, place) => place % plan.steps.length === index),
  }));
  return { ...plan, steps };
}

export function approve(record: PlanRecord, runId: string): ApprovedPlan {
  const { id, version, plan, hash, source, conversation, requester, editors, rule } = record;
  const { origin, policyVersion, requestId, filedAt, begunAt, emergency, votes } = record;
  const { supersedes, supersededBy } = record;
  return {
    id,
    version,
    plan,
    hash,
    source,
    origin,
    conversation,
    requester,
    editors,
    rule,
    policyVersion,
    requestId,
    filedAt,
    begunAt,
    emergency,
    votes,
    supersedes,
    supersededBy,
    status: "approved",
    revision: record.revision + 1,
    verdict: aVerdict({ outcome: "approved" }),
    decidedAt: NOON,
    startBy: NOON + 30 * 60_000,
    runId,
  };
}

export function voteOn(record: PlanRecord, userId: string, changes: Partial<Vote> = {}): Vote {
  return {
    planVersion: record.version,
    planHash: record.hash,
    userId,
    choice: "approve",
    reason: null,
    groups: ["sre"],
    policyVersion: record.policyVersion,
    requestId: `Ev-${record.id}-${userId}`,
    at: NOON,
    ...changes,
  };
}

/** Files an approved plan with its run and answers the run's id. */
export async function queueRun(
  stores: Stores,
  workspace: Workspace,
  locks: readonly string[] = [],
): Promise<string> {
  const record = workspace.approved({ plan: lockingPlan(locks) });
  const change = { queueRun: { runId: record.runId }, events: [], notices: [] };
  await stores.plans.file(record, change, 1_000);
  return record.runId;
}

/** Queues runs and claims them all. */
export async function claimRuns(
  stores: Stores,
  workspace: Workspace,
  count = 1,
  owner = "worker-1",
): Promise<readonly ClaimedRun[]> {
  const ids: string[] = [];
  for (let left = count; left > 0; left -= 1) ids.push(await queueRun(stores, workspace));
  const claimed = await stores.runs.claim(owner, 1_000, LEASE_MS, NOON);
  const mine = claimed.filter(({ runId }) => ids.includes(runId));
  if (mine.length !== count) throw new Error(`claimed ${mine.length} of ${count} runs`);
  return mine;
}

export async function claimRun(stores: Stores, workspace: Workspace): Promise<ClaimedRun> {
  const [run] = await claimRuns(stores, workspace);
  if (run === undefined) throw new Error("no run claimed");
  return run;
}

let flushes = 0;

/** A flush of these events, one second after NOON. */
export function flushOf(
  run: Pick<ClaimedRun, "runId" | "epoch">,
  events: readonly RunEvent[],
  changes: Partial<RunFlush> = {},
): RunFlush {
  flushes += 1;
  return {
    runId: run.runId,
    epoch: run.epoch,
    number: flushes,
    at: NOON + 1_000,
    events: events.map((event) => ({ actor: worker, event })),
    status: "running",
    wakeAt: null,
    controlSeen: 0,
    release: false,
    spendPlan: false,
    notices: [],
    ...changes,
  };
}

export function started(stepId: string, attempt = 1): RunEvent {
  return {
    kind: "attempt.started",
    call: { phase: "forward", stepId },
    attempt,
    idempotencyKey: `key-${stepId}`,
    uses: "http.request",
    input: {},
    captured: null,
  };
}

export function succeeded(stepId: string, attempt = 1): RunEvent {
  return {
    kind: "attempt.succeeded",
    call: { phase: "forward", stepId },
    attempt,
    result: { status: 200 },
    durationMs: 5,
  };
}

export async function collect<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
