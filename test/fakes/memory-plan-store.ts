// Plans kept in memory, for tests: one change at a time, as the database's row lock has it. Runs under the same
// contract suite as the Postgres store.

import type { AuditEntry } from "#engine/audit-event.ts";
import type { Notice } from "#engine/notice.ts";
import { attentionAt, effectiveStatus } from "#engine/plan-life.ts";
import type { AwaitingPlan, PlanRecord } from "#engine/plan.ts";
import { ReviewOpen } from "#engine/plan-store.ts";
import type { FileAnswer, PlanChange, PlanStore, PlanVersion } from "#engine/plan-store.ts";
import type { StepUpStore } from "#engine/passkey.ts";
import type { RunStore } from "#engine/run-store.ts";
import type { StepUp } from "#engine/step-up.ts";

export type MemoryPlanStore = PlanStore & {
  readonly notices: readonly Notice[];
  readonly queued: readonly { readonly planId: string; readonly runId: string }[];
};

/** @param append where the events of a change go: the same log the use cases write refusals to. @param runs those of the plans, where a test has any. @param stepUps those whose proofs votes spend. */
export function createMemoryPlanStore(
  append: (entries: readonly AuditEntry[]) => void,
  runs: Pick<RunStore, "byPlan" | "requestControl"> | null = null,
  stepUps: Pick<StepUpStore, "change"> | null = null,
): MemoryPlanStore {
  const records = new Map<string, PlanRecord>();
  const versions = new Map<string, PlanVersion>();
  const notices: Notice[] = [];
  const queued: { planId: string; runId: string }[] = [];

  const save = (record: PlanRecord): void => {
    records.set(record.id, record);
    const key = `${record.id}/${record.version}`;
    if (versions.has(key)) return;
    const { id: planId, version, hash, plan, source } = record;
    const authorId = record.editors.at(-1) ?? record.requester.userId;
    const at =
      record.status === "awaiting-approval"
        ? record.approveBy - record.rule.approveWithinMs
        : record.filedAt;
    versions.set(key, { planId, version, hash, plan, source, authorId, at });
  };
  const apply = (planId: string, change: PlanChange): void => {
    if (change.record !== undefined) save(change.record);
    if (change.queueRun !== undefined) queued.push({ planId, runId: change.queueRun.runId });
    append(change.events);
    notices.push(...change.notices);
  };
  const newestFirst = (): readonly PlanRecord[] =>
    [...records.values()].toSorted((a, b) => b.filedAt - a.filedAt || (a.id < b.id ? 1 : -1));

  const earlierOf = ({ requestId }: PlanRecord): PlanRecord | undefined =>
    [...records.values()].find((other) => other.requestId === requestId);

  /** Another plan whose glass the same person broke, and that nobody has looked at. */
  const openReviewOf = (record: PlanRecord): PlanRecord | undefined =>
    isUnreviewed(record)
      ? [...records.values()].find(
          (other) =>
            other.id !== record.id &&
            isUnreviewed(other) &&
            other.emergency?.userId === record.emergency?.userId &&
            other.conversation.teamId === record.conversation.teamId,
        )
      : undefined;

  const answerTo = (record: PlanRecord, pendingCap: number): FileAnswer => {
    const earlier = earlierOf(record);
    if (earlier !== undefined) return { kind: "already-filed", planId: earlier.id };
    const same = samePlan(record, records.values());
    if (same !== undefined) return { kind: "same-plan-waits", planId: same.id };
    const pending = [...records.values()].filter(
      (other) =>
        effectiveStatus(other, record.filedAt) === "awaiting-approval" &&
        other.requester.userId === record.requester.userId &&
        other.requester.teamId === record.requester.teamId,
    ).length;
    if (record.status === "awaiting-approval" && pending >= pendingCap)
      return { kind: "too-many-pending", pending };
    const rival = rivalOf(record, records.values());
    if (rival !== undefined) return { kind: "rollback-pending", planId: rival.id };
    return { kind: "filed" };
  };

  return {
    notices,
    queued,
    supersede: async (planId, giveWay, { record: next, change }, pendingCap) => {
      const earlier = earlierOf(next);
      if (earlier !== undefined) return { kind: "already-filed", planId: earlier.id };
      const run = (await runs?.byPlan(planId)) ?? null;
      const old = records.get(planId);
      if (old === undefined)
        return { kind: "refused", refusal: { code: "plan-not-found", planId } };
      const given = giveWay(old, run);
      if (!given.ok) return { kind: "refused", refusal: given.refusal };
      if (given.value.record !== undefined) records.set(planId, given.value.record);
      const filed = answerTo(next, pendingCap);
      records.set(planId, old);
      if (filed.kind !== "filed") return filed;
      apply(planId, given.value);
      apply(next.id, { ...change, record: next });
      const { cancelRun } = given.value;
      if (cancelRun !== null)
        await runs?.requestControl(cancelRun.runId, cancelRun.request, cancelRun.entry);
      return filed;
    },
    file: async (record, change, pendingCap) => {
      const answer = answerTo(record, pendingCap);
      if (answer.kind === "filed") apply(record.id, { ...change, record });
      return answer;
    },
    change: async (planId, decide, proofId) => {
      const changed = (stepUp: StepUp | null) => {
        const record = records.get(planId);
        if (record === undefined) return null;
        const { change, answer } = decide(record, stepUp);
        if (change.record !== undefined && change.record.revision <= record.revision) {
          throw new Error(`revision ${change.record.revision} does not follow ${record.revision}`);
        }
        const rival = change.record === undefined ? undefined : openReviewOf(change.record);
        if (rival !== undefined) throw new ReviewOpen("a review of the same person is open");
        apply(planId, change);
        return { change, answer };
      };
      let asked: ReturnType<typeof changed> | undefined;
      if (proofId !== undefined)
        await stepUps?.change({ proof: proofId }, (stepUp) => {
          asked = changed(stepUp);
          return { stepUp: asked?.change.stepUp ?? null, answer: null };
        });
      return (asked === undefined ? changed(null) : asked)?.answer ?? null;
    },
    openReviews: async (teamId) =>
      [...records.values()]
        .filter(isUnreviewed)
        .filter(({ conversation }) => teamId === null || conversation.teamId === teamId)
        .toSorted((a, b) => a.filedAt - b.filedAt),
    get: async (planId) => records.get(planId) ?? null,
    version: async (planId, version) => versions.get(`${planId}/${version}`) ?? null,
    byThread: async (teamId, channelId, threadTs) =>
      newestFirst().find(
        ({ conversation }) =>
          conversation.teamId === teamId &&
          conversation.channelId === channelId &&
          conversation.threadTs === threadTs,
      ) ?? null,
    rollbacksOf: async (runId) => newestFirst().filter((record) => takenBackBy(record) === runId),
    awaiting: async (teamId) =>
      newestFirst()
        .filter((record): record is AwaitingPlan => record.status === "awaiting-approval")
        .filter((record) => record.conversation.teamId === teamId)
        .toSorted((a, b) => a.approveBy - b.approveBy),
    recentOf: async (teamId, userId, limit) =>
      newestFirst()
        .filter(({ requester }) => requester.teamId === teamId && requester.userId === userId)
        .slice(0, limit),
    overdue: async (now, limit) =>
      newestFirst()
        .filter((record) => (attentionAt(record) ?? Number.POSITIVE_INFINITY) <= now)
        .slice(0, limit),
    threadOpened: async (planId, threadTs, permalink) => {
      const record = records.get(planId);
      if (record === undefined) return;
      records.set(planId, {
        ...record,
        conversation: { ...record.conversation, threadTs, permalink },
      });
    },
  };
}

/** The plan with this hash that waits already; what takes back or puts back stands by itself. */
function samePlan(record: PlanRecord, others: Iterable<PlanRecord>): PlanRecord | undefined {
  if (record.status !== "awaiting-approval" || record.origin !== null) return undefined;
  return [...others]
    .toSorted((a, b) => a.filedAt - b.filedAt)
    .find(
      (other) =>
        other.origin === null &&
        other.hash === record.hash &&
        other.conversation.teamId === record.conversation.teamId &&
        effectiveStatus(other, record.filedAt) === "awaiting-approval",
    );
}

function isUnreviewed({ emergency }: PlanRecord): boolean {
  return emergency !== null && emergency.review === null;
}

/** The run that a plan takes back. */
function takenBackBy({ origin }: PlanRecord): string | null {
  return origin?.kind === "rollback" ? origin.runId : null;
}

/** A plan that is to take the same run back and is not over, as the database's unique index finds it. */
function rivalOf(record: PlanRecord, others: Iterable<PlanRecord>): PlanRecord | undefined {
  const runId = takenBackBy(record);
  return [...others].find(
    (other) =>
      runId !== null &&
      takenBackBy(other) === runId &&
      (other.status === "awaiting-approval" || other.status === "approved"),
  );
}
