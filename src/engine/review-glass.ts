// The after-review of a broken glass: somebody else who could have approved says what they found. Until then the
// person can't break it again, and an overdue review is remembered once a day.

import { audited, personActor } from "./audited-use-case.ts";
import { entryOf } from "./file-plan.ts";
import { SWEEPER } from "./identity.ts";
import { closeReview } from "./plan-life.ts";
import { approverRefusal, approversOf } from "./plan-powers.ts";
import type { PlanRecord } from "./plan.ts";
import { NO_CHANGE } from "./plan-store.ts";
import type { PlanChange } from "./plan-store.ts";
import type { Refusal } from "./refusal.ts";
import { accept, refuse } from "./result.ts";
import type { Result } from "./result.ts";
import { isFinal } from "./run.ts";
import { memberOrRefusal } from "./sound-plan.ts";
import type { Instant } from "./time.ts";
import type { Asker, EnginePorts } from "./use-case-ports.ts";

const MOST_OF_A_NOTE = 2000;
const ONE_DAY_MS = 86_400_000;

type Reviewed = { readonly record: PlanRecord };

/** Every refusal is in the audit log when this returns. */
export async function reviewGlass(
  ports: EnginePorts,
  asker: Asker,
  review: { readonly planId: string; readonly note: string },
): Promise<Result<Reviewed, Refusal>> {
  const { planId } = review;
  const attempt = { attempted: `review the broken glass of plan ${planId}`, planId, runId: null };
  return audited(ports, asker, attempt, async () => {
    const record = await ports.plans.get(planId);
    if (record === null || record.conversation.teamId !== asker.teamId)
      return refuse({ code: "plan-not-found", planId });
    const person = await memberOrRefusal(ports, asker);
    if (!person.ok) return person;
    if (record.emergency === null) return refuse({ code: "nothing-to-review", planId });
    const barred = await reviewerRefusal(ports, asker, record, record.emergency.userId);
    if (barred !== null) return refuse(barred);
    const note = review.note.trim().slice(0, MOST_OF_A_NOTE);
    if (note === "") return refuse({ code: "reason-missing", of: "review" });
    const at = ports.clock.now();
    const answer = await ports.plans.change(planId, (locked) =>
      decide(locked, { asker, note, at }),
    );
    return answer ?? refuse({ code: "plan-not-found", planId });
  });
}

/** Who could close its review, as far as the directory knows. */
export async function reviewersOf(
  ports: Parameters<typeof approversOf>[0],
  record: PlanRecord,
): Promise<readonly string[]> {
  const approvers = (await approversOf(ports, record)) ?? [];
  return approvers.filter((userId) => userId !== record.emergency?.userId);
}

async function reviewerRefusal(
  ports: EnginePorts,
  asker: Asker,
  record: PlanRecord,
  brokenBy: string,
): Promise<Refusal | null> {
  if (asker.userId === brokenBy)
    return { code: "own-glass", whoCan: await reviewersOf(ports, record) };
  const attempted = "review this plan's broken glass";
  // Nor does whoever decides in the place of the one who broke it.
  const given = { attempted, own: "self-review", barred: brokenBy } as const;
  const barred = await approverRefusal(ports, asker, record, given);
  if (barred !== null) return barred;
  const run = await ports.runs.byPlan(record.id);
  return run === null || isFinal(run.status)
    ? null
    : { code: "review-too-early", planId: record.id, status: run.status };
}

function decide(
  record: PlanRecord,
  given: { readonly asker: Asker; readonly note: string; readonly at: Instant },
): { change: PlanChange; answer: Result<Reviewed, Refusal> } {
  const { asker, note, at } = given;
  const { userId, requestId, entry } = asker;
  const reviewed = closeReview(record, { userId, note, at });
  if (!reviewed.ok) return { change: NO_CHANGE, answer: reviewed };
  const brokenBy = record.emergency?.userId ?? "";
  const { version } = record;
  const event = { kind: "plan.reviewed", version, brokenBy, note, requestId, entry } as const;
  const change: PlanChange = {
    record: reviewed.value,
    events: [{ ...entryOf(record, at), actor: personActor(asker), event }],
    notices: [
      { kind: "plan-card", planId: record.id },
      { kind: "glass-broken", planId: record.id },
      { kind: "glass-reviewed", planId: record.id },
    ],
  };
  return { change, answer: accept({ record: reviewed.value }) };
}

/** Reminds the threads of reviews that are overdue, each once a day. Answers how many. */
export async function remindReviews(ports: Pick<EnginePorts, "plans" | "clock">): Promise<number> {
  const now = ports.clock.now();
  let reminded = 0;
  for (const record of await ports.plans.openReviews(null)) {
    if (!isDue(record, now)) continue;
    const done = await ports.plans.change(record.id, (locked) => remind(locked, now));
    if (done === true) reminded += 1;
  }
  return reminded;
}

/** Those whose time to be looked at is over. */
export function overdueReviews(open: readonly PlanRecord[], now: Instant): readonly PlanRecord[] {
  return open.filter(({ emergency }) => emergency !== null && now >= emergency.reviewBy);
}

function isDue({ emergency }: PlanRecord, now: Instant): boolean {
  if (emergency === null || emergency.review !== null) return false;
  const { reviewBy, remindedAt } = emergency;
  return now >= (remindedAt === null ? reviewBy : remindedAt + ONE_DAY_MS);
}

function remind(record: PlanRecord, now: Instant): { change: PlanChange; answer: boolean } {
  const { emergency, version } = record;
  if (emergency === null || !isDue(record, now)) return { change: NO_CHANGE, answer: false };
  const event = { kind: "plan.review-overdue", version, brokenBy: emergency.userId } as const;
  const next = { ...emergency, remindedAt: now };
  return {
    change: {
      record: { ...record, emergency: next, revision: record.revision + 1 },
      events: [{ ...entryOf(record, now), actor: SWEEPER, event }],
      notices: [{ kind: "review-overdue", planId: record.id }],
    },
    answer: true,
  };
}
