// Finds what looks like a secret in a plan, so that it is refused before it is stored or shown. A small net:
// masking in output is the redactor's work.

import { isJsonObject } from "./json.ts";
import type { Json } from "./json.ts";
import type { Redactor } from "./redactor.ts";
import { namesSecret, REMOVED, shapeIn } from "./secret-shapes.ts";
import { pathText } from "./zod-problems.ts";

export type FoundSecret = { readonly path: string; readonly what: string };

/** True when the text holds a secret that is known by its value. */
export type KnowsSecret = (text: string) => boolean;

/** The first thing in the value that is or looks like a secret, or null. */
export function findSecret(value: Json, knows: KnowsSecret): FoundSecret | null {
  const walk = (item: Json, path: readonly PropertyKey[]): FoundSecret | null => {
    if (typeof item === "string") {
      const what = secretIn(item, knows) ?? secretByName(path.at(-1), item);
      return what === null ? null : { path: pathText(path), what };
    }
    const members: readonly (readonly [PropertyKey, Json])[] = Array.isArray(item)
      ? (item as readonly Json[]).map((member, index) => [index, member] as const)
      : isJsonObject(item)
        ? Object.entries(item)
        : [];
    for (const [key, member] of members) {
      const named = typeof key === "string" ? secretIn(key, knows) : null;
      // The name itself is the secret, so it is no part of the path.
      if (named !== null) return { path: pathText([...path, "(a name)"]), what: named };
      const found = walk(member, [...path, key]);
      if (found !== null) return found;
    }
    return null;
  };
  return walk(value, []);
}

/** What kind of secret a text holds, as told by its value or its shape; null: none. */
export function secretIn(text: string, knows: KnowsSecret): string | null {
  return knows(text) ? "a secret that Countersign itself uses" : shapeIn(text);
}

/** Reading one from elsewhere (an expression, a reference) or leaving it empty is no secret. */
function secretByName(key: PropertyKey | undefined, value: string): string | null {
  if (typeof key !== "string" || !namesSecret(key) || value === "") return null;
  if (value.includes("${{") || /^secret:[a-z]/.test(value)) return null;
  return `a value for ${key}`;
}

/** What a person wrote, with a mark where each secret stood that is one wherever it stands. A plan with the mark is refused. */
export function withoutSecrets(text: string, redactor: Pick<Redactor, "certain">): string {
  return redactor.certain(text, REMOVED);
}
