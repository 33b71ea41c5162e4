// Who could approve a plan, who can't and why, for its card's window and for `/ops policy`. Says what the decision would
// say of each person now; decides nothing.

import { decideVerdict } from "./decide-verdict.ts";
import { candidatesOf, eligibilityOf, lentTo, sourceText } from "./eligibility.ts";
import { CANDIDATES_ASKED, circleOf, factsOf, verdictOf } from "./explain-policy.ts";
import { freezeOf } from "./freeze-of-plan.ts";
import type { PlanFreeze } from "./freeze-of-plan.ts";
import { gatherStandings, groupsOf, remedyOf } from "./gather-facts.ts";
import type { FactPorts } from "./gather-facts.ts";
import { DirectoryUnavailable } from "./identity.ts";
import type { Standing } from "./identity.ts";
import { effectiveStatus } from "./plan-life.ts";
import type { AwaitingPlan, PlanRecord } from "./plan.ts";
import type { EnginePorts } from "./use-case-ports.ts";
import type { Verdict, VerdictFacts } from "./verdict.ts";

export type PersonsSay = {
  readonly userId: string;
  readonly say: "could" | "counts" | "cannot" | "unknown";
  /** For what, or why not: part of a sentence, people as `@<user id>`. */
  readonly detail: string;
};

export type Approvers = {
  readonly verdict: Verdict;
  /** Whoever asks first, then who could, who counts, who can't, and who is not known. Empty: nothing is waited for. */
  readonly people: readonly PersonsSay[];
  /** Members of large groups who were not asked about. */
  readonly notAsked: number;
  readonly widened: boolean;
  /** Groups it depends on whose members can't be asked; null: all are known. */
  readonly unknown: UnknownGroups | null;
  /** A freeze that is on now. */
  readonly freeze: PlanFreeze | null;
  /** The configuration is another one than it was filed under; it is asked again at the start. */
  readonly policyChanged: boolean;
};

export type UnknownGroups = {
  readonly names: readonly string[];
  /** What an operator must do, in complete sentences; null: waiting may help. */
  readonly remedy: string | null;
};

type Asking = FactPorts & Pick<EnginePorts, "calendar">;

/** @param viewerId whoever wants to know; null: nobody in particular. */
export async function explainApprovers(
  ports: Asking,
  record: PlanRecord,
  viewerId: string | null,
): Promise<Approvers> {
  const now = ports.clock.now();
  const about = {
    freeze: freezeOf(ports, record, now),
    policyChanged: record.policyVersion !== ports.policy.version,
  };
  if (record.status !== "awaiting-approval" || effectiveStatus(record, now) === "expired") {
    const verdict = await verdictOf(ports, record, "cached");
    return { ...about, verdict, people: [], notAsked: 0, widened: false, unknown: null };
  }
  const { facts, listed, notAsked } = await peopleAround(ports, record, viewerId);
  const verdict = decideVerdict(facts);
  const { teamId } = record.requester;
  const says = await Promise.all(
    listed.map((userId) => sayOf(ports, userId, { facts, verdict, teamId })),
  );
  const people = says.toSorted(
    (a, b) =>
      Number(b.userId === viewerId) - Number(a.userId === viewerId) ||
      ORDER.indexOf(a.say) - ORDER.indexOf(b.say),
  );
  const unknown = unknownGroupsOf(ports, facts);
  return { ...about, verdict, people, notAsked, widened: facts.widened, unknown };
}

function unknownGroupsOf(ports: Asking, { rule, members }: VerdictFacts): UnknownGroups | null {
  const names = groupsOf(rule).filter((group) => members[group] === undefined);
  return names.length === 0 ? null : { names, remedy: remedyOf(ports, names) };
}

const ORDER: readonly PersonsSay["say"][] = ["could", "counts", "cannot", "unknown"];

async function peopleAround(ports: Asking, record: AwaitingPlan, viewerId: string | null) {
  const circle = await circleOf(ports, record, "cached");
  const candidates = candidatesOf(record.rule.require, circle);
  const asked = candidates.slice(0, CANDIDATES_ASKED);
  const { teamId, userId: requesterId } = record.requester;
  const voters = record.votes.map(({ userId }) => userId);
  const listed = [
    ...new Set([
      ...(viewerId === null ? [] : [viewerId]),
      requesterId,
      ...record.editors,
      ...voters,
      ...asked,
    ]),
  ];
  const lenders = circle.delegations.map(({ fromUserId }) => fromUserId);
  const standings = await gatherStandings(
    ports.directory,
    teamId,
    [...listed, ...lenders],
    "cached",
  );
  const facts = factsOf(record, { circle, standings, now: ports.clock.now() });
  return {
    facts,
    listed,
    notAsked: candidates.filter((userId) => !listed.includes(userId)).length,
  };
}

type Around = {
  readonly teamId: string;
  readonly facts: VerdictFacts;
  readonly verdict: Verdict;
};

async function sayOf(
  ports: Asking,
  userId: string,
  { facts, verdict, teamId }: Around,
): Promise<PersonsSay> {
  const counted = verdict.counted.filter((entry) => entry.userId === userId);
  if (counted.length > 0) {
    const clauses = counted.map(({ clause }) => clause);
    return { userId, say: "counts", detail: `has approved, for ${clauseNames(clauses, facts)}` };
  }
  const own = facts.votes.find((vote) => vote.userId === userId);
  const eligibility = eligibilityOf(userId, facts, own?.groups);
  if (eligibility.kind === "excluded") {
    const wrote = userId === facts.requesterId || facts.editorIds.includes(userId);
    const refused = !wrote && facts.standings[userId] === "refused";
    const known = refused
      ? await whyRefused(ports, teamId, userId)
      : wrote
        ? null
        : barByDelegation(userId, facts);
    return { userId, say: "cannot", detail: known ?? eligibility.reason };
  }
  if (own?.choice === "reject") return { userId, say: "cannot", detail: "they have rejected it" };
  if (eligibility.kind === "unknown") return { userId, say: "unknown", detail: eligibility.reason };
  const names = clauseNames(eligibility.clauses, facts);
  return verdict.couldApprove.includes(userId)
    ? { userId, say: "could", detail: `for ${names}${placeText(userId, facts)}` }
    : { userId, say: "cannot", detail: `what they could fill (${names}) is filled already` };
}

function clauseNames(clauses: readonly number[], { rule }: VerdictFacts): string {
  const names = clauses.flatMap((index) => {
    const clause = rule.require[index];
    return clause === undefined ? [] : [sourceText(clause)];
  });
  return [...new Set(names)].join(" and ");
}

/** That they stand in for somebody, and that somebody stands in for them. */
function placeText(userId: string, facts: VerdictFacts): string {
  const places = lentTo(userId, facts).filter(({ bar }) => bar === null);
  const lent = facts.delegations.find(({ fromUserId }) => fromUserId === userId);
  return [
    ...places.map(({ fromUserId }) => `, in the place of @${fromUserId}`),
    ...(lent === undefined ? [] : [`, unless @${lent.toUserId} decides in their place`]),
  ].join("");
}

/** They are only in it for somebody else, whose say can't be used. */
function barByDelegation(userId: string, facts: VerdictFacts): string | null {
  const [lent] = lentTo(userId, facts);
  if (lent === undefined || lent.bar === null) return null;
  return `@${lent.fromUserId}, in whose place they would decide, ${lent.bar}`;
}

type RefusedStanding = Extract<Standing, { kind: "refused" }>["reason"];

const REFUSED: Readonly<Record<RefusedStanding, string>> = {
  guest: "they are a guest of the workspace",
  stranger: "they are of another organization",
  bot: "they are a bot",
  deactivated: "they are deactivated",
  "other-workspace": "they are of another workspace",
  "not-found": "Slack does not know them",
};

/** Null when they are a member again, or nobody can say: then the decision's own words serve. */
async function whyRefused(
  { directory }: Asking,
  teamId: string,
  userId: string,
): Promise<string | null> {
  try {
    const standing = await directory.standing(teamId, userId, "cached");
    return standing.kind === "refused" ? REFUSED[standing.reason] : null;
  } catch (error) {
    if (error instanceof DirectoryUnavailable) return null;
    throw error;
  }
}
