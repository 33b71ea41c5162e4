// Plans in Postgres. A decision is one transaction: the row locked, decided upon, and written by one statement.

import { z } from "zod";
import { ReviewOpen } from "#engine/plan-store.ts";
import type {
  FileAnswer,
  LockedRun,
  PlanChange,
  PlanStore,
  PlanVersion,
  Superseding,
} from "#engine/plan-store.ts";
import type { AwaitingPlan, PlanRecord } from "#engine/plan.ts";
import type { Refusal } from "#engine/refusal.ts";
import { refuse } from "#engine/result.ts";
import type { Result } from "#engine/result.ts";
import { RUN_STATUSES } from "#engine/run.ts";
import { lockKeysOf } from "#engine/run-locks.ts";
import type { Vote } from "#engine/verdict.ts";
import type { Ring } from "./after-commit.ts";
import { ringNobody } from "./after-commit.ts";
import { conversationDocuments, entryDocument, noticeDocuments } from "./audit-entry-row.ts";
import { REVIEW_OPEN } from "./broken-glass.ts";
import type { Database, Parameter, Queries } from "./database.ts";
import type { PlanRow } from "./plan-row.ts";
import { planColumns, readPlan, selectPlans } from "./plan-row.ts";
import { controlParameters } from "./run-controls.ts";
import { storedKeys } from "./run-locks.ts";
import { lockedProof, writeStepUp } from "./step-up-row.ts";
import { readAs, storableJson, storableText } from "./stored-json.ts";
import { readStoredPlan } from "./stored-plan.ts";

/** `ring` is told of queued runs and noted notices after the commit. */
export function createPlanStore(database: Database, ring: Ring = ringNobody): PlanStore {
  const plansWhere = async (clause: string, parameters: readonly Parameter[]) =>
    (await database.query<PlanRow>(`${selectPlans} ${clause}`, parameters)).map(readPlan);
  const planWhere = async (clause: string, parameters: readonly Parameter[]) =>
    (await plansWhere(`${clause} limit 1`, parameters))[0] ?? null;

  const readSoon = batchedReads((ids) =>
    plansWhere("where p.id in (select jsonb_array_elements_text($1::text::jsonb))", [
      JSON.stringify(ids),
    ]),
  );

  /** The plan in the way of one that takes the same run back; null when something else failed. */
  const rivalOf = async ({ origin }: PlanRecord, error: unknown): Promise<string | null> => {
    if (origin?.kind !== "rollback" || !String(error).includes("plans_one_rollback")) return null;
    const rival = await planWhere(
      `where ${rollsBack} and p.status in ('awaiting-approval', 'approved')`,
      [origin.runId],
    );
    return rival?.id ?? null;
  };

  const unlessRival =
    (record: PlanRecord) =>
    async (error: unknown): Promise<FileAnswer> => {
      const rival = await rivalOf(record, error);
      if (rival === null) throw error;
      return { kind: "rollback-pending", planId: rival };
    };

  return {
    async file(record, change, pendingCap) {
      const answer = await filePlan(database, { record, change }, pendingCap).catch(
        unlessRival(record),
      );
      if (answer.kind === "filed") announce(ring, change);
      return answer;
    },

    async supersede(planId, giveWay, successor, pendingCap) {
      const answer = await database
        .transaction(async (queries) => {
          const [earlier] = await queries.query<{ id: string }>(
            "select id from plans where team_id = $1 and request_id = $2",
            [successor.record.conversation.teamId, successor.record.requestId],
          );
          if (earlier !== undefined) return { kind: "already-filed", planId: earlier.id } as const;
          // The turn to file comes before the rows and the chain's head, as in a filing by itself.
          await queries.query("select countersign_line_to_file($1::text::jsonb)", [
            changeDocument(null, { ...successor.change, record: successor.record }),
          ]);
          const given = await letGiveWay(queries, planId, giveWay);
          if (!given.ok) return { kind: "refused", refusal: given.refusal } as const;
          const filed = await filePlan(queries, successor, pendingCap);
          // What gave way gets its place back.
          if (filed.kind !== "filed") throw new NotFiled(filed);
          return { kind: "superseded", given: given.value } as const;
        })
        .catch((error: unknown) =>
          error instanceof NotFiled ? error.answer : unlessRival(successor.record)(error),
        );
      if (answer.kind !== "superseded") return answer;
      announce(ring, answer.given);
      announce(ring, successor.change);
      if (answer.given.cancelRun !== null) ring("runs", answer.given.cancelRun.runId);
      return { kind: "filed" };
    },

    async change(planId, decide, proofId) {
      const decided = await database
        .transaction(async (queries) => {
          const record = await lockedPlan(queries, planId);
          if (record === null) return null;
          const stepUp = proofId === undefined ? null : await lockedProof(queries, proofId);
          const { change, answer } = decide(record, stepUp);
          if (change.stepUp !== undefined) await writeStepUp(queries, change.stepUp);
          await queries.query("select countersign_write_plan($1::text::jsonb)", [
            changeDocument(record, change),
          ]);
          return { change, answer };
        })
        .catch(asReviewOpen);
      if (decided === null) return null;
      announce(ring, decided.change);
      return decided.answer;
    },

    get: (planId) => readSoon(planId),

    async version(planId, version) {
      const [row] = await database.query<VersionRow>(
        "select hash, plan::text as plan, source, author_id, at from plan_versions where plan_id = $1 and version = $2",
        [planId, version],
      );
      return row === undefined ? null : readVersion(planId, version, row);
    },

    byThread: (teamId, channelId, threadTs) =>
      planWhere(
        "where c.team_id = $1 and c.channel_id = $2 and c.thread_ts = $3 order by p.filed_at desc, p.id",
        [teamId, channelId, threadTs],
      ),

    rollbacksOf: (runId) =>
      plansWhere(`where ${rollsBack} order by p.filed_at desc, p.id`, [runId]),

    openReviews: (teamId) =>
      plansWhere(
        `where ${REVIEW_OPEN} and ($1::text is null or p.team_id = $1) order by p.filed_at, p.id`,
        [teamId],
      ),

    async awaiting(teamId) {
      const records = await plansWhere(
        "where p.team_id = $1 and p.status = 'awaiting-approval' order by p.approve_by, p.id",
        [teamId],
      );
      return records.filter(
        (record): record is AwaitingPlan => record.status === "awaiting-approval",
      );
    },

    recentOf: (teamId, userId, limit) =>
      plansWhere(
        "where p.team_id = $1 and p.requester_id = $2 order by p.filed_at desc, p.id limit $3",
        [teamId, userId, limit],
      ),

    overdue: (now, limit) =>
      plansWhere("where p.attention_at <= $1 order by p.attention_at, p.id limit $2", [now, limit]),

    async threadOpened(planId, threadTs, permalink) {
      await database.query(
        `update conversations set thread_ts = coalesce(thread_ts, $2), permalink = coalesce(permalink, $3)
         where id = (select conversation_id from plans where id = $1)`,
        [planId, threadTs, permalink],
      );
    },
  };
}

/** The run a plan takes back, as the indexes have it. */
const rollsBack = "p.state #>> '{origin,runId}' = $1";

async function lockedPlan(queries: Queries, planId: string): Promise<PlanRecord | null> {
  await queries.query("select 1 from plans where id = $1 for update", [planId]);
  // Read by a statement that begins with the lock had: an earlier snapshot would miss the last change.
  const [row] = await queries.query<PlanRow>(`${selectPlans} where p.id = $1`, [planId]);
  return row === undefined ? null : readPlan(row);
}

async function filePlan(
  queries: Queries,
  { record, change }: { readonly record: PlanRecord; readonly change: PlanChange },
  pendingCap: number,
): Promise<FileAnswer> {
  const [row] = await queries.query<FileRow>(
    "select kind, plan_id, pending from countersign_file_plan($1::text::jsonb, $2)",
    [changeDocument(null, { ...change, record }), pendingCap],
  );
  switch (row?.kind) {
    case "filed":
      return { kind: "filed" };
    case "already-filed":
    case "same-plan-waits":
      return { kind: row.kind, planId: row.plan_id };
    case "too-many-pending":
      return { kind: "too-many-pending", pending: row.pending };
    default:
      throw new Error(`filing plan ${record.id} answered ${row?.kind ?? "nothing"}`);
  }
}

/** Takes a transaction back whose plan could not be filed. */
class NotFiled extends Error {
  override readonly name = "NotFiled";
  readonly answer: FileAnswer;
  constructor(answer: FileAnswer) {
    super(`not filed: ${answer.kind}`);
    this.answer = answer;
  }
}

async function letGiveWay(
  queries: Queries,
  planId: string,
  giveWay: Parameters<PlanStore["supersede"]>[1],
): Promise<Result<Superseding, Refusal>> {
  // The run first, as a run's own writes lock: the other way round the two could wait for each other.
  const [run] = await queries.query<{ id: string; status: string }>(
    "select id, status from runs where plan_id = $1 for update",
    [planId],
  );
  const record = await lockedPlan(queries, planId);
  if (record === null) return refuse({ code: "plan-not-found", planId });
  const given = giveWay(record, run === undefined ? null : readLockedRun(run));
  if (!given.ok) return given;
  await queries.query("select countersign_write_plan($1::text::jsonb)", [
    changeDocument(record, given.value),
  ]);
  const { cancelRun } = given.value;
  if (cancelRun !== null)
    await queries.query(
      "select countersign_control($1, $2, $3, $4::text::jsonb, $5::text::jsonb)",
      controlParameters(cancelRun.runId, cancelRun.request, cancelRun.entry),
    );
  return given;
}

function readLockedRun({
  id,
  status,
}: {
  readonly id: string;
  readonly status: string;
}): LockedRun {
  return { runId: id, status: readAs(z.enum(RUN_STATUSES), status, `the status of run ${id}`) };
}

function asReviewOpen(error: unknown): never {
  if (String(error).includes("plans_open_review"))
    throw new ReviewOpen("a review of the same person is open", { cause: error });
  throw error;
}

type FileRow = { readonly kind: string; readonly plan_id: string; readonly pending: number };
type VersionRow = {
  readonly hash: string;
  /** JSON text. */
  readonly plan: string;
  readonly source: string;
  readonly author_id: string;
  readonly at: number;
};

function readVersion(planId: string, version: number, row: VersionRow): PlanVersion {
  return {
    planId,
    version,
    hash: row.hash,
    plan: readStoredPlan(row.plan, `version ${version} of plan ${planId}`),
    source: row.source,
    authorId: row.author_id,
    at: row.at,
  };
}

/** What `countersign_write_plan` takes. */
function changeDocument(before: PlanRecord | null, change: PlanChange): string {
  const { record } = change;
  const isNewVersion = record !== undefined && record.version !== before?.version;
  const expected = before?.revision ?? null;
  const isNew = (vote: Vote) => before?.votes.includes(vote) !== true;
  return JSON.stringify({
    expected_revision: expected,
    plan:
      record === undefined
        ? null
        : {
            ...planColumns(record, isNewVersion),
            ...(expected !== null && { revision: expected + 1 }),
          },
    versions: isNewVersion ? [versionDocument(record, change)] : [],
    votes: (record?.votes ?? []).filter(isNew).map((vote) => ({
      plan_id: record?.id,
      plan_version: vote.planVersion,
      user_id: vote.userId,
      plan_hash: vote.planHash,
      choice: vote.choice,
      reason: vote.reason === null ? null : storableText(vote.reason),
      groups: JSON.stringify(vote.groups),
      policy_version: vote.policyVersion,
      request_id: vote.requestId,
      at: vote.at,
      carried_from: vote.carriedFrom ?? null,
      step_up: vote.stepUp ?? null,
    })),
    runs: change.queueRun === undefined ? [] : [runDocument(record, change.queueRun.runId)],
    conversations: conversationDocuments([
      ...(before === null && record !== undefined ? [record.conversation] : []),
      ...change.events.map((entry) => entry.conversation),
    ]),
    notices: noticeDocuments(change.notices, latest(change)),
    entries: [
      ...change.events.map(entryDocument),
      ...(change.queueRun === undefined ? [] : [queuedEntry(record, change.queueRun.runId)]),
    ],
  });
}

function versionDocument(record: PlanRecord, change: PlanChange) {
  const edit = change.events.find((entry) => entry.event.kind === "plan.edited");
  const editor = edit?.actor.kind === "person" ? edit.actor.userId : undefined;
  return {
    plan_id: record.id,
    version: record.version,
    hash: record.hash,
    plan: storableJson(record.plan),
    source: storableText(record.source),
    author_id: editor ?? record.requester.userId,
    at: edit?.at ?? record.filedAt,
  };
}

function runDocument(record: PlanRecord | undefined, runId: string) {
  const plan = approvedFor(record, runId);
  return {
    id: runId,
    team_id: plan.conversation.teamId,
    plan_id: plan.id,
    plan_version: plan.version,
    plan_hash: plan.hash,
    requester_id: plan.requester.userId,
    conversation_id: plan.conversation.id,
    queued_at: plan.decidedAt,
    locks: storedKeys(lockKeysOf(plan.plan)),
  };
}

function queuedEntry(record: PlanRecord | undefined, runId: string) {
  const plan = approvedFor(record, runId);
  return entryDocument({
    at: plan.decidedAt,
    teamId: plan.conversation.teamId,
    actor: { kind: "system", part: "engine" },
    conversation: plan.conversation,
    planId: plan.id,
    runId,
    event: { kind: "run.queued", planVersion: plan.version, planHash: plan.hash },
  });
}

/** Only an approved plan can have a run, and only the run it names. */
function approvedFor(record: PlanRecord | undefined, runId: string) {
  if (record?.status !== "approved" || record.runId !== runId) {
    throw new Error(
      `run ${runId} can't be queued: its plan is ${record?.status ?? "not being changed"}`,
    );
  }
  return record;
}

/** When the change was made: notices are due from then on. */
function latest(change: PlanChange): number {
  return Math.max(change.record?.filedAt ?? 0, ...change.events.map((entry) => entry.at));
}

function announce(ring: Ring, change: PlanChange): void {
  if (change.queueRun !== undefined) ring("runs", change.queueRun.runId);
  if (change.notices.length > 0) ring("outbox", "due");
}

/** Reads of one moment share a statement: the plans of all runs that were claimed together are looked at once more. */
function batchedReads(
  read: (ids: readonly string[]) => Promise<readonly PlanRecord[]>,
): (id: string) => Promise<PlanRecord | null> {
  let next: { readonly ids: Set<string>; readonly found: Promise<Map<string, PlanRecord>> } | null =
    null;
  return async (id) => {
    if (next === null) {
      const ids = new Set<string>();
      next = { ids, found: Promise.resolve().then(() => readAll(ids)) };
    }
    next.ids.add(id);
    return (await next.found).get(id) ?? null;
  };

  async function readAll(ids: ReadonlySet<string>): Promise<Map<string, PlanRecord>> {
    next = null;
    return new Map((await read([...ids])).map((record) => [record.id, record]));
  }
}
