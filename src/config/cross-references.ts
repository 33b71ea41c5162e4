// The names in countersign.yml that must resolve inside it: groups, profiles, environments, secrets, channels.

import { RISKS } from "#engine/risk.ts";
import type { ConfigFile } from "./config-file.ts";

type Unresolved = {
  readonly path: readonly PropertyKey[];
  readonly found: string;
  readonly known: readonly string[];
  /** What should be there, when it is more than a name that the file defines. */
  readonly expected?: string;
};

/** Names in the file that don't resolve inside it: path, found, and the names there are. */
export function crossReferences(file: ConfigFile): readonly Unresolved[] {
  const groups = Object.keys(file.groups);
  const profiles = Object.keys(file.profiles);
  const environments = Object.keys(file.environments);
  const wrong: Unresolved[] = [];
  const check = (
    path: readonly PropertyKey[],
    names: readonly string[],
    known: readonly string[],
  ): void => {
    names.forEach((found, index) => {
      if (!known.includes(found)) wrong.push({ path: [...path, index], found, known });
    });
  };
  const checkTerms = (
    path: readonly PropertyKey[],
    given: Pick<ConfigFile["policies"][number], "require" | "widen_to" | "silent"> | undefined,
  ): void => {
    given?.require?.forEach((one, index) => {
      check([...path, "require", index, "from"], one.from, groups);
      check([...path, "require", index, "not_from"], one.not_from, groups);
    });
    check([...path, "widen_to", "groups"], given?.widen_to?.groups ?? [], groups);
    check([...path, "silent", "groups"], given?.silent?.groups ?? [], groups);
  };
  for (const [key, value] of Object.entries(file.environments)) {
    const at = ["environments", key];
    check([...at, "approvers"], value.approvers, groups);
    value.allow.forEach((allowed, index) => {
      check([...at, "allow", index, "groups"], allowed.groups, groups);
      check([...at, "allow", index, "profiles"], allowed.profiles, profiles);
      wrong.push(
        ...unservedChannels([...at, "allow", index, "channels"], allowed, servedIn(value, file)),
      );
    });
    for (const risk of RISKS) checkTerms([...at, "approval", risk], value.approval[risk]);
  }
  check(["break_glass", "groups"], file.break_glass?.groups ?? [], groups);
  check(["break_glass", "environments"], file.break_glass?.environments ?? [], environments);
  file.policies.forEach((given, index) => {
    const at = ["policies", index];
    check([...at, "match", "environments"], given.match.environments ?? [], environments);
    check([...at, "match", "requesters"], given.match.requesters ?? [], groups);
    checkTerms(at, given);
  });
  file.auto_approve.forEach((given, index) => {
    const at = ["auto_approve", index];
    if (!environments.includes(given.environment))
      wrong.push({ path: [...at, "environment"], found: given.environment, known: environments });
    check([...at, "requesters"], given.requesters, groups);
  });
  file.freeze.forEach((given, index) => {
    check(["freeze", index, "environments"], given.environments, environments);
  });
  for (const [key, secret] of Object.entries(file.secrets)) {
    const at = ["secrets", key];
    if (secret.environments !== "*")
      check([...at, "environments"], secret.environments, environments);
    if (secret.profile !== undefined && file.profiles[secret.profile]?.type !== "aws") {
      const known = profiles.filter((one) => file.profiles[one]?.type === "aws");
      wrong.push({ path: [...at, "profile"], found: secret.profile, known });
    }
  }
  if (file.default_environment !== undefined && !environments.includes(file.default_environment)) {
    wrong.push({
      path: ["default_environment"],
      found: file.default_environment,
      known: environments,
    });
  }
  return wrong;
}

/** A permission for a channel in which its environment is not served would be a right nobody can use. */
function unservedChannels(
  path: readonly PropertyKey[],
  { channels = "*" }: ConfigFile["environments"][string]["allow"][number],
  served: readonly string[] | null,
): readonly Unresolved[] {
  if (channels === "*" || served === null) return [];
  const some = served.length === 0 ? "there is none" : served.join(", ");
  const expected = `a channel in which this environment is served by channels.allow and its own channels: ${some}`;
  return channels.flatMap((found, index) =>
    served.includes(found) ? [] : [{ path: [...path, index], found, known: served, expected }],
  );
}

/** Channels in which plans for an environment can be asked for at all; null: any. */
function servedIn(
  { channels }: ConfigFile["environments"][string],
  { channels: { allow } }: ConfigFile,
): readonly string[] | null {
  if (channels === "*") return allow === "*" ? null : allow;
  return allow === "*" ? channels : channels.filter((id) => allow.includes(id));
}
