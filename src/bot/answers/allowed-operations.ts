// What a person may ask for where they are, environment by environment, for help and lists. Shows; filing checks it
// again, live.

import { gatherMembers } from "#engine/gather-facts.ts";
import { operationMatches } from "#engine/policy.ts";
import { askingGroups, holdsIn } from "#engine/rights-to-ask.ts";
import type { Desk, Requester } from "../requester.ts";

export type AllowedHere = {
  readonly name: string;
  readonly operations: readonly string[];
  /** Channels in which this person may ask for more than here. */
  readonly moreIn: readonly string[];
};

export async function allowedOperations(
  { ports, slack }: Desk,
  { userId, place: { channelId } }: Pick<Requester, "userId" | "place">,
): Promise<readonly AllowedHere[]> {
  const environments = Object.values(ports.policy.environments);
  const groups = environments.flatMap((environment) => askingGroups(environment));
  const members = await gatherMembers(ports, slack.identity.teamId, groups, "cached");
  const names = ports.registry.list().map(({ name }) => name);
  return environments.map((environment) => {
    const theirs = environment.allow.filter(
      ({ users, groups: asking }) =>
        users.includes(userId) || asking.some((group) => members[group]?.includes(userId) === true),
    );
    const here = theirs.filter((permission) => holdsIn(permission, channelId));
    const patterns = here.flatMap(({ operations }) => operations);
    const elsewhere = theirs.filter((permission) => !here.includes(permission));
    return {
      name: environment.name,
      operations: names.filter((name) =>
        patterns.some((pattern) => operationMatches(pattern, name)),
      ),
      moreIn: [...new Set(elsewhere.flatMap(({ channels = [] }) => channels))].toSorted(),
    };
  });
}
