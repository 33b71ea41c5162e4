// What a person may ask for, environment by environment, for help and lists. Shows; filing checks it again, live.

import { gatherMembers } from "#engine/gather-facts.ts";
import { operationMatches } from "#engine/policy.ts";
import { askingGroups } from "#engine/rights-to-ask.ts";
import type { Desk } from "../requester.ts";

export type AllowedHere = { readonly name: string; readonly operations: readonly string[] };

export async function allowedOperations(
  { ports, slack }: Desk,
  userId: string,
): Promise<readonly AllowedHere[]> {
  const environments = Object.values(ports.policy.environments);
  const groups = environments.flatMap((environment) => askingGroups(environment));
  const members = await gatherMembers(ports, slack.identity.teamId, groups, "cached");
  const names = ports.registry.list().map(({ name }) => name);
  return environments.map((environment) => {
    const patterns = environment.allow
      .filter(
        ({ users, groups: asking }) =>
          users.includes(userId) ||
          asking.some((group) => members[group]?.includes(userId) === true),
      )
      .flatMap(({ operations }) => operations);
    return {
      name: environment.name,
      operations: names.filter((name) =>
        patterns.some((pattern) => operationMatches(pattern, name)),
      ),
    };
  });
}
