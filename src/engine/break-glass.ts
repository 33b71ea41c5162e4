// One named person acts without the quorum. Everyone who is passed over is told, and until somebody else has looked
// at what came of it the same person can't do it again (reference: approval rules 12 and 13).

import type { AuditEntry } from "./audit-event.ts";
import { audited, personActor } from "./audited-use-case.ts";
import { candidatesOf, eligibilityOf } from "./eligibility.ts";
import { circleOf, factsOf, verdictOf } from "./explain-policy.ts";
import { approvedEntry, entryOf } from "./file-plan.ts";
import { gatherMembers, groupsOf } from "./gather-facts.ts";
import type { Circle } from "./gather-facts.ts";
import type { Notice } from "./notice.ts";
import { breakGlass as moveOn, effectiveStatus } from "./plan-life.ts";
import type { ApprovedPlan, Emergency, PlanRecord, SpentPlan } from "./plan.ts";
import { NO_CHANGE, ReviewOpen } from "./plan-store.ts";
import type { PlanChange } from "./plan-store.ts";
import type { ApprovalRule, BreakGlassPolicy } from "./policy.ts";
import { unknownMembers } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";
import { accept, refuse } from "./result.ts";
import type { Result } from "./result.ts";
import { ruleOfPlan } from "./rule-of-plan.ts";
import { memberOrRefusal, permittedRefusal, rightsCheck } from "./sound-plan.ts";
import type { Asker, EnginePorts } from "./use-case-ports.ts";
import type { Verdict } from "./verdict.ts";

export const MOST_OF_A_REASON = 1000;
/** Votes that come in meanwhile are looked at, too; this many rounds are more than a quorum has. */
const ROUNDS = 20;

export type BreakGlass = {
  readonly planId: string;
  readonly planVersion: number;
  readonly reason: string;
  /** Digest of what was shown to the person, and how it was drawn. */
  readonly viewHash: string | null;
  readonly viewFormat: number | null;
};

type StartedPlan = ApprovedPlan | SpentPlan;
export type GlassBroken = { readonly record: StartedPlan; readonly told: readonly string[] };

/** The environment has somebody who may: its cards offer it. */
export function glassPolicyOf(
  { policy }: Pick<EnginePorts, "policy">,
  { plan }: PlanRecord,
): BreakGlassPolicy | null {
  const { breakGlass } = policy;
  return breakGlass?.environments.includes(plan.environment) === true ? breakGlass : null;
}

/** Queues the run without its quorum. Every refusal is in the audit log when this returns. */
export async function breakGlass(
  ports: EnginePorts,
  asker: Asker,
  wish: BreakGlass,
): Promise<Result<GlassBroken, Refusal>> {
  const { planId } = wish;
  const attempt = { attempted: `break the glass for plan ${planId}`, planId, runId: null };
  return audited(ports, asker, attempt, async () => {
    let record = await ports.plans.get(planId);
    const runId = ports.ids.next("run");
    for (let round = 0; record !== null && round < ROUNDS; round += 1) {
      if (record.conversation.teamId !== asker.teamId) break;
      const again = repeated(record, asker);
      if (again !== null) return accept({ record: again, told: [] });
      const barred = await glassBarrier(ports, asker, record);
      if (barred !== null) return refuse(barred);
      const reason = wish.reason.trim().slice(0, MOST_OF_A_REASON);
      if (reason === "") return refuse({ code: "reason-missing", of: "glass" });
      const circle = await circleOf(ports, record, "fresh");
      const found = passedOver(ports, asker, record, circle);
      if (!found.ok) return found;
      const stands = await verdictOf(ports, record, "fresh", circle);
      const verdict = glassVerdict(stands, asker.userId);
      const seen = record.revision;
      const at = ports.clock.now();
      const reviewWithinMs = glassPolicyOf(ports, record)?.reviewWithinMs ?? 0;
      const { userId } = asker;
      const reviewBy = at + reviewWithinMs;
      const emergency = { userId, reason, at, reviewBy, remindedAt: null, review: null };
      const given = { asker, wish, emergency, verdict, runId, skipped: found.value, seen };
      const answer = await change(ports, planId, given);
      if (answer === "changed") record = await ports.plans.get(planId);
      else return answer;
    }
    return refuse(
      record?.conversation.teamId === asker.teamId
        ? { code: "directory-unavailable", detail: "the plan changed faster than could be asked" }
        : { code: "plan-not-found", planId },
    );
  });
}

/** Why this person can't break the glass of the plan now; null: they can. Refusals are audited. */
export async function glassRefusal(
  ports: EnginePorts,
  asker: Asker,
  record: PlanRecord,
): Promise<Refusal | null> {
  const planId = record.id;
  const attempt = { attempted: `break the glass for plan ${planId}`, planId, runId: null };
  const result = await audited<null>(ports, asker, attempt, async () => {
    const barred = await glassBarrier(ports, asker, record);
    return barred === null ? accept(null) : refuse(barred);
  });
  return result.ok ? null : result.refusal;
}

/** In the order of rule 12: who, then what is denied for everybody, then the freeze. */
async function glassBarrier(
  ports: EnginePorts,
  asker: Asker,
  record: PlanRecord,
): Promise<Refusal | null> {
  if (record.conversation.teamId !== asker.teamId)
    return { code: "plan-not-found", planId: record.id };
  const person = await memberOrRefusal(ports, asker);
  if (!person.ok) return person.refusal;
  const named = await namedRefusal(ports, asker.userId, record);
  if (named !== null) return named;
  const now = ports.clock.now();
  const status = effectiveStatus(record, now);
  if (status === "expired")
    return { code: "expired", clock: record.status === "approved" ? "start-by" : "approve-by" };
  if (record.status !== "awaiting-approval")
    return { code: "already-decided", status, byUserIds: [] };
  const { plan, requester, conversation } = record;
  const who = { ...requester, channelId: conversation.channelId };
  const denied = permittedRefusal(plan, ports.registry) ?? (await rightsCheck(ports, who, plan));
  if (denied !== null) return denied;
  const asked = { plan, teamId: requester.teamId, requesterId: requester.userId };
  const ruled = await ruleOfPlan(ports, asked);
  if (!ruled.ok) return ruled.refusal;
  const { freeze, rule } = ruled.value;
  const passkey = passkeyRefusal(ports, record, rule) ?? passkeyRefusal(ports, record, record.rule);
  if (passkey !== null) return passkey;
  if (freeze !== null && !freeze.breakGlass) {
    const { name, reason, until } = freeze;
    return { code: "glass-frozen", name, reason, environment: plan.environment, until };
  }
  return openReviewRefusal(ports, asker, record.id);
}

/** Null when the configuration in force names them. @throws {DirectoryUnavailable} */
export async function namedRefusal(
  ports: Pick<EnginePorts, "policy" | "directory">,
  userId: string,
  record: PlanRecord,
): Promise<Refusal | null> {
  const { environment } = record.plan;
  const policy = glassPolicyOf(ports, record);
  if (policy === null) return { code: "glass-not-yours", environment, whoCan: [] };
  if (policy.users.includes(userId)) return null;
  const members = await gatherMembers(ports, record.conversation.teamId, policy.groups, "fresh");
  const inside = policy.groups.some((group) => members[group]?.includes(userId) === true);
  if (inside) return null;
  const unasked = policy.groups.filter((group) => members[group] === undefined);
  if (unasked.length > 0) return unknownMembers(unasked);
  const whoCan = [...policy.users, ...policy.groups.flatMap((group) => members[group] ?? [])];
  return { code: "glass-not-yours", environment, whoCan: [...new Set(whoCan)] };
}

/** One click in Slack must not do what two of them can't without a passkey, unless the configuration says so. */
export function passkeyRefusal(
  ports: Pick<EnginePorts, "policy">,
  record: PlanRecord,
  { stepUp }: ApprovalRule,
): Refusal | null {
  return stepUp === null || glassPolicyOf(ports, record)?.withoutPasskey === true
    ? null
    : { code: "glass-passkey", planId: record.id };
}

/** One of this plan itself is their other click's, which was quicker: the plan's next reading tells. */
async function openReviewRefusal(
  ports: Pick<EnginePorts, "plans">,
  { teamId, userId }: Asker,
  planId: string,
): Promise<Refusal | null> {
  const open = (await ports.plans.openReviews(teamId)).find(
    ({ id, emergency }) => id !== planId && emergency?.userId === userId,
  );
  if (open === undefined || open.emergency === null) return null;
  return { code: "review-open", planId: open.id, at: open.emergency.at };
}

/** Everyone who could have approved. While that can't be told, nobody could be told either. */
function passedOver(
  ports: Pick<EnginePorts, "clock">,
  asker: Asker,
  record: PlanRecord,
  circle: Circle,
): Result<readonly string[], Refusal> {
  const unasked = groupsOf(record.rule).filter((group) => circle.members[group] === undefined);
  if (unasked.length > 0) {
    const detail = `who is passed over could not be told: the members of ${unasked.join(" and ")} are not known`;
    return refuse({ code: "directory-unavailable", detail });
  }
  const facts = factsOf(record, { circle, standings: {}, now: ports.clock.now() });
  const people = candidatesOf(record.rule.require, circle).filter(
    (userId) => userId !== asker.userId && eligibilityOf(userId, facts).kind !== "excluded",
  );
  return accept(people);
}

function glassVerdict(verdict: Verdict, userId: string): Verdict {
  const { tree, had, needed } = verdict;
  const sentence = `@${userId} broke the glass; the plan had ${had} of ${needed} approvals.`;
  return {
    ...verdict,
    outcome: "approved",
    by: "break-glass",
    tree: { ...tree, status: "met", sentence },
    counted: [],
    couldApprove: [],
  };
}

/** The same request delivered twice breaks the glass once, however far the run has come meanwhile. */
function repeated(record: PlanRecord, { userId }: Asker): StartedPlan | null {
  const started = record.status === "approved" || record.status === "spent";
  return started && record.emergency?.userId === userId ? record : null;
}

type Deciding = {
  readonly asker: Asker;
  readonly wish: BreakGlass;
  readonly emergency: Emergency;
  readonly verdict: Verdict;
  readonly runId: string;
  readonly skipped: readonly string[];
  /** The revision that all of this was found out about. */
  readonly seen: number;
};

type Answer = Result<GlassBroken, Refusal> | "changed";

async function change(ports: EnginePorts, planId: string, given: Deciding): Promise<Answer> {
  try {
    const answer = await ports.plans.change(planId, (locked) => decide(locked, given));
    return answer ?? refuse({ code: "plan-not-found", planId });
  } catch (error) {
    if (!(error instanceof ReviewOpen)) throw error;
    const open = await openReviewRefusal(ports, given.asker, planId);
    return open === null ? "changed" : refuse(open);
  }
}

function decide(record: PlanRecord, given: Deciding): { change: PlanChange; answer: Answer } {
  const { asker, wish, emergency, verdict, runId, skipped } = given;
  if (wish.planVersion !== record.version) {
    const stale = {
      code: "stale-version",
      seen: wish.planVersion,
      current: record.version,
    } as const;
    return { change: NO_CHANGE, answer: refuse(stale) };
  }
  if (record.revision !== given.seen) return { change: NO_CHANGE, answer: "changed" };
  const moved = moveOn(record, { verdict, runId, emergency });
  if (!moved.ok) return { change: NO_CHANGE, answer: moved };
  const approved = moved.value;
  const event: AuditEntry["event"] = {
    kind: "plan.glass-broken",
    version: record.version,
    hash: record.hash,
    policyVersion: record.policyVersion,
    viewHash: wish.viewHash,
    viewFormat: wish.viewHash === null ? null : wish.viewFormat,
    reason: emergency.reason,
    skipped,
    reviewBy: emergency.reviewBy,
    requestId: asker.requestId,
    entry: asker.entry,
  };
  const told = [...new Set([...skipped, record.requester.userId])].filter(
    (userId) => userId !== asker.userId,
  );
  const notices: Notice[] = [
    { kind: "plan-card", planId: record.id },
    { kind: "glass-broken", planId: record.id },
    { kind: "run-progress", runId },
    ...told.map((userId) => ({ kind: "glass-broken-private", planId: record.id, userId }) as const),
  ];
  return {
    change: {
      record: approved,
      queueRun: { runId },
      events: [
        { ...entryOf(record, emergency.at), actor: personActor(asker), event },
        approvedEntry(approved, verdict),
      ],
      notices,
    },
    answer: accept({ record: approved, told }),
  };
}
