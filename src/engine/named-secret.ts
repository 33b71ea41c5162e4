// Secrets that the configuration names: `secret:<name>` as the whole of a text in a step's input. Plans, hashes, events
// and messages hold the reference; what it stands for is fetched inside the attempt.

import { isJsonObject } from "./json.ts";
import type { Json } from "./json.ts";
import { nearestName } from "./nearest-name.ts";
import type { Problem } from "./plan.ts";
import { operationMatches } from "./policy.ts";
import type { Policy } from "./policy.ts";
import { parseReference } from "./secret-box.ts";
import { pathText } from "./zod-problems.ts";

/** Where the secrets are. */
export type NamedSecrets = {
  /**
   * The text, for one attempt.
   * @param wanted.operation which wants it; the configuration lists those that may.
   * @param wanted.signal stops the search: the attempt is over.
   * @throws {SecretUnavailable} saying why in words that hold nothing of the secret.
   */
  readonly resolve: (
    name: string,
    wanted: { readonly operation: string; readonly signal: AbortSignal },
  ) => Promise<string>;
};

const PREFIX = "secret:";
const NAME = "[a-z][a-z0-9_-]{0,39}";
const REFERENCE = new RegExp(`^${PREFIX}(${NAME})$`);
/** A word after the prefix that may have been meant as a name, a path or the secret itself. */
const LIKE_REFERENCE = new RegExp(`^${PREFIX}(\\S+)$`);
const INSIDE = new RegExp(`${PREFIX}(${NAME})`, "g");

/** The name in `secret:<name>`; null for every other text. */
export function namedReference(text: string): string | null {
  return REFERENCE.exec(text)?.[1] ?? null;
}

/** The names that the value refers to, each once. */
export function namesReferredTo(value: unknown): readonly string[] {
  const names = new Set<string>();
  eachText(value, [], (text) => {
    const name = namedReference(text);
    if (name !== null) names.add(name);
  });
  return [...names];
}

/** What is wrong with the references in an operation's input: unknown names, and those that may not be used here. */
export function namedSecretProblems(
  value: Json,
  at: {
    readonly path: string;
    readonly operation: string;
    /** Null: the plan names no environment that exists, which is told elsewhere. */
    readonly environment: string | null;
  },
  { secrets }: Pick<Policy, "secrets">,
): readonly Problem[] {
  const problems: Problem[] = [];
  eachText(value, [at.path], (text, place) => {
    const path = pathText(place);
    const name = parseReference(text) === null ? LIKE_REFERENCE.exec(text)?.[1] : undefined;
    const problem =
      name === undefined ? aroundProblem(text, secrets) : useProblem(name, at, secrets);
    if (problem !== null) problems.push({ path, ...problem });
  });
  return problems;
}

function useProblem(
  name: string,
  at: { readonly operation: string; readonly environment: string | null },
  secrets: Policy["secrets"],
): Omit<Problem, "path"> | null {
  const secret = Object.hasOwn(secrets, name) ? secrets[name] : undefined;
  if (secret === undefined) return unknownProblem(name, Object.keys(secrets));
  const { environments, operations } = secret;
  if (
    at.environment !== null &&
    !environments.includes("*") &&
    !environments.includes(at.environment)
  )
    return {
      found: `${PREFIX}${name} in ${at.environment}`,
      expected: `a secret of that environment: ${name} is for ${environments.join(", ")}`,
    };
  if (!operations.some((pattern) => operationMatches(pattern, at.operation)))
    return {
      found: `${PREFIX}${name} in ${at.operation}`,
      expected: `a secret that this operation may use: ${name} is for ${operations.join(", ")}`,
    };
  return null;
}

/** Somebody may have written the secret itself after the prefix: what is no name is not repeated. */
function unknownProblem(name: string, names: readonly string[]): Omit<Problem, "path"> {
  const nearest = nearestName(name, names);
  return {
    found: "a secret that is not known",
    expected:
      names.length === 0
        ? "a secret that the configuration names under secrets, where there is none"
        : `one of ${names.slice(0, 50).join(", ")}`,
    ...(nearest !== null && { nearest: `${PREFIX}${nearest}` }),
  };
}

/** A known name with something around it would be sent as it is written. */
function aroundProblem(text: string, secrets: Policy["secrets"]): Omit<Problem, "path"> | null {
  const name = [...text.matchAll(INSIDE)]
    .map(([, found = ""]) => found)
    .find((found) => Object.hasOwn(secrets, found));
  if (name === undefined) return null;
  return {
    found: `${PREFIX}${name} with something around it`,
    expected: `${PREFIX}${name} as the whole of the text: keep what belongs around it in the secret`,
  };
}

/**
 * Where expressions that were filled in have made a reference that nobody wrote and approved: a target's answer
 * must not be able to name a secret. Null: nowhere.
 * @param written the same value before it was filled in.
 */
export function forgedReference(written: Json, filled: Json): string | null {
  if (typeof filled === "string")
    return filled !== written && namedReference(filled) !== null ? "" : null;
  if (typeof filled !== "object" || filled === null) return null;
  for (const [key, item] of Object.entries(filled)) {
    const forged = forgedReference(memberOf(written, key), item);
    if (forged !== null) return forged === "" ? key : `${key}.${forged}`;
  }
  return null;
}

function memberOf(value: Json, key: string): Json {
  if (Array.isArray(value)) return (value[Number(key)] as Json | undefined) ?? null;
  return isJsonObject(value) && Object.hasOwn(value, key) ? (value[key] ?? null) : null;
}

function eachText(
  value: unknown,
  path: readonly PropertyKey[],
  look: (text: string, path: readonly PropertyKey[]) => void,
): void {
  if (typeof value === "string") return look(value, path);
  if (typeof value !== "object" || value === null) return;
  for (const [key, item] of Object.entries(value))
    eachText(item, [...path, Array.isArray(value) ? Number(key) : key], look);
}
