// Plans in Postgres. A decision is one transaction: the row locked, decided upon, and written by one statement.

import { ReviewOpen } from "#engine/plan-store.ts";
import type { PlanChange, PlanStore, PlanVersion } from "#engine/plan-store.ts";
import type { AwaitingPlan } from "#engine/plan.ts";
import type { Ring } from "./after-commit.ts";
import { ringNobody } from "./after-commit.ts";
import { batchedReads } from "./batched-reads.ts";
import { REVIEW_OPEN } from "./broken-glass.ts";
import { changeDocument } from "./change-document.ts";
import type { Database } from "./database.ts";
import { filePlan, unlessRival } from "./file-plan.ts";
import { lockedPlan, plansWhere, rollsBack } from "./read-plans.ts";
import { lockedProof, writeStepUp } from "./step-up-row.ts";
import { readStoredPlan } from "./stored-plan.ts";
import { supersedePlan } from "./supersede-plan.ts";

/** `ring` is told of queued runs and noted notices after the commit. */
export function createPlanStore(database: Database, ring: Ring = ringNobody): PlanStore {
  const readSoon = batchedReads((ids) =>
    plansWhere(database, "where p.id in (select jsonb_array_elements_text($1::text::jsonb))", [
      JSON.stringify(ids),
    ]),
  );

  return {
    async file(record, change, pendingCap) {
      const answer = await filePlan(database, { record, change }, pendingCap).catch(
        unlessRival(database, record),
      );
      if (answer.kind === "filed") announce(ring, change);
      return answer;
    },

    async supersede(planId, giveWay, successor, pendingCap) {
      const answer = await supersedePlan(database, { planId, giveWay, successor, pendingCap });
      if (answer.kind !== "superseded") return answer;
      announce(ring, answer.gaveWay);
      announce(ring, successor.change);
      if (answer.gaveWay.cancelRun !== null) ring("runs", answer.gaveWay.cancelRun.runId);
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

    async byThread(teamId, channelId, threadTs) {
      const [newest] = await plansWhere(
        database,
        "where c.team_id = $1 and c.channel_id = $2 and c.thread_ts = $3 order by p.filed_at desc, p.id limit 1",
        [teamId, channelId, threadTs],
      );
      return newest ?? null;
    },

    rollbacksOf: (runId) =>
      plansWhere(database, `where ${rollsBack} order by p.filed_at desc, p.id`, [runId]),

    openReviews: (teamId) =>
      plansWhere(
        database,
        `where ${REVIEW_OPEN} and ($1::text is null or p.team_id = $1) order by p.filed_at, p.id`,
        [teamId],
      ),

    async awaiting(teamId) {
      const records = await plansWhere(
        database,
        "where p.team_id = $1 and p.status = 'awaiting-approval' order by p.approve_by, p.id",
        [teamId],
      );
      return records.filter(
        (record): record is AwaitingPlan => record.status === "awaiting-approval",
      );
    },

    recentOf: (teamId, userId, limit) =>
      plansWhere(
        database,
        "where p.team_id = $1 and p.requester_id = $2 order by p.filed_at desc, p.id limit $3",
        [teamId, userId, limit],
      ),

    overdue: (now, limit) =>
      plansWhere(database, "where p.attention_at <= $1 order by p.attention_at, p.id limit $2", [
        now,
        limit,
      ]),

    async threadOpened(planId, threadTs, permalink) {
      await database.query(
        `update conversations set thread_ts = coalesce(thread_ts, $2), permalink = coalesce(permalink, $3)
         where id = (select conversation_id from plans where id = $1)`,
        [planId, threadTs, permalink],
      );
    },
  };
}

function asReviewOpen(error: unknown): never {
  if (String(error).includes("plans_open_review"))
    throw new ReviewOpen("a review of the same person is open", { cause: error });
  throw error;
}

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

function announce(ring: Ring, change: PlanChange): void {
  if (change.queueRun !== undefined) ring("runs", change.queueRun.runId);
  if (change.notices.length > 0) ring("outbox", "due");
}
