// Asks Slack, through the directory, what a decision needs to know. Decides nothing; what can't be asked is
// said to be unavailable and never made up.

import { DirectoryUnavailable } from "./identity.ts";
import type { Directory, Standing } from "./identity.ts";
import type { ApprovalRule, Policy } from "./policy.ts";
import type { Instant } from "./time.ts";
import type { EnginePorts } from "./use-case-ports.ts";
import type { VerdictFacts } from "./verdict.ts";

/** Questions to Slack at the same time; it allows about 100 a minute. */
const AT_ONCE = 10;

export type Freshness = "fresh" | "cached";
export type Members = VerdictFacts["members"];
export type Standings = VerdictFacts["standings"];
type Asking = { readonly directory: Directory; readonly policy: Policy };

/** All that the facts of a decision are asked of. */
export type FactPorts = Asking & {
  readonly clock: Pick<EnginePorts["clock"], "now">;
  readonly delegations: Pick<EnginePorts["delegations"], "active">;
};

/** The groups a rule names: of its clauses, their exceptions and filters, the silent people and those it is widened to. */
export function groupsOf({ require, silent, widen }: ApprovalRule): readonly string[] {
  const named = require.flatMap(({ fromGroups, except, filterGroups = [] }) => [
    ...fromGroups,
    ...(except?.groups ?? []),
    ...filterGroups,
  ]);
  // Without a clause nobody has anything to fill.
  const more = require.length === 0 ? [] : [...silent.groups, ...(widen?.groups ?? [])];
  return [...new Set([...named, ...more])];
}

/** Who may fill a rule's clauses, as far as Slack could be asked. */
export type Circle = Pick<VerdictFacts, "rule" | "widened" | "members" | "delegations">;

/** The people around a plan's decision. @param about.decidedAt null: it is being decided. */
export async function gatherCircle(
  ports: FactPorts,
  about: {
    readonly teamId: string;
    readonly rule: ApprovalRule;
    readonly begunAt: Instant;
    readonly decidedAt: Instant | null;
  },
  freshness: Freshness,
): Promise<Circle> {
  const { teamId, rule, begunAt } = about;
  const members = await gatherMembers(ports, teamId, groupsOf(rule), freshness);
  const now = ports.clock.now();
  const widened = rule.widen !== null && (about.decidedAt ?? now) >= begunAt + rule.widen.afterMs;
  const delegations = await ports.delegations.active(teamId, now);
  return { rule, widened, members, delegations };
}

/** Members of each group now; a group that could not be asked, or that the policy doesn't have, is absent. */
export async function gatherMembers(
  { directory, policy }: Asking,
  teamId: string,
  groups: readonly string[],
  freshness: Freshness,
): Promise<Members> {
  const asked = await inChunks([...new Set(groups)], async (name) => {
    const group = policy.groups[name];
    if (group === undefined) return null;
    try {
      const members = new Set(group.userIds);
      for (const id of group.slackGroupIds) {
        for (const userId of await directory.groupMembers(teamId, id, freshness))
          members.add(userId);
      }
      if (group.onCall !== null)
        for (const userId of await directory.onCall(name, group.onCall)) members.add(userId);
      return [name, [...members].toSorted()] as const;
    } catch (error) {
      if (error instanceof DirectoryUnavailable) return null;
      throw error;
    }
  });
  return Object.fromEntries(asked.filter((entry) => entry !== null));
}

/** What an operator must do before these groups are known, one sentence each; null: waiting may help. */
export function remedyOf({ directory, policy }: Asking, groups: readonly string[]): string | null {
  const sentences = groups.flatMap((name) =>
    (policy.groups[name]?.slackGroupIds ?? []).flatMap((id) => {
      const remedy = directory.groupRemedy?.(id) ?? null;
      return remedy === null ? [] : [`Group ${name} (${id}): ${remedy}.`];
    }),
  );
  return sentences.length === 0 ? null : sentences.join(" ");
}

/** In whose place these people vote. */
export function lendersOf({ delegations }: Circle, voters: readonly string[]): readonly string[] {
  return delegations
    .filter(({ toUserId }) => voters.includes(toUserId))
    .map(({ fromUserId }) => fromUserId);
}

/** Standing of each person now. */
export async function gatherStandings(
  directory: Directory,
  teamId: string,
  userIds: Iterable<string>,
  freshness: Freshness,
): Promise<Standings> {
  const asked = await inChunks([...new Set(userIds)], async (userId) => {
    try {
      const { kind } = await directory.standing(teamId, userId, freshness);
      return [userId, kind] as const;
    } catch (error) {
      if (error instanceof DirectoryUnavailable) return [userId, "unavailable"] as const;
      throw error;
    }
  });
  return Object.fromEntries(asked);
}

/** @throws {DirectoryUnavailable} */
export async function standingNow(
  { directory, policy }: Asking,
  person: { readonly teamId: string; readonly userId: string },
): Promise<Standing> {
  if (policy.teamId !== null && policy.teamId !== person.teamId) {
    return {
      kind: "refused",
      reason: "other-workspace",
      person: { ...person, name: person.userId },
    };
  }
  return directory.standing(person.teamId, person.userId, "fresh");
}

async function inChunks<T, R>(
  items: readonly T[],
  ask: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const answers: R[] = [];
  for (let at = 0; at < items.length; at += AT_ONCE) {
    answers.push(...(await Promise.all(items.slice(at, at + AT_ONCE).map(ask))));
  }
  return answers;
}
