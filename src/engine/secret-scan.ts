// Finds what looks like a secret in a plan, so that it is refused before it is stored or shown. A small net:
// masking in output is the redactor's work.

import { isJsonObject } from "./json.ts";
import type { Json } from "./json.ts";
import { pathText } from "./zod-problems.ts";

const SHAPES: readonly (readonly [RegExp, string])[] = [
  [/\b(AKIA|ASIA)[A-Z0-9]{16}\b/, "an AWS access key id"],
  [/-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----/, "a private key"],
  [/\bxox[abeoprs]-[A-Za-z0-9-]{10,}/, "a Slack token"],
  [/\bxapp-[0-9]-[A-Za-z0-9-]{10,}/, "a Slack token"],
  [/\bgh[oprsu]_[A-Za-z0-9]{30,}/, "a GitHub token"],
  [/\bgithub_pat_[A-Za-z0-9_]{30,}/, "a GitHub token"],
  [/\bglpat-[A-Za-z0-9_-]{20,}/, "a GitLab token"],
  [/\bsk-(ant-|proj-)?[A-Za-z0-9_-]{32,}/, "an API key"],
  [/\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}/, "a JSON web token"],
  [/\bBearer\s+[A-Za-z0-9._~+/-]{16,}/i, "a bearer token"],
  [/\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:@/]{1,100}:[^\s@/]{3,200}@/i, "a password in an address"],
];

const SECRET_KEY =
  /(^|[_.-])(password|passwd|passphrase|secret|api_?key|access_?key|private_?key|auth_?token|token|authorization)$/i;

export type FoundSecret = { readonly path: string; readonly what: string };

/** The first thing in the value that looks like a secret, or null. */
export function findSecret(value: Json): FoundSecret | null {
  const walk = (item: Json, path: readonly PropertyKey[]): FoundSecret | null => {
    if (typeof item === "string") {
      const what = secretIn(item) ?? secretByName(path.at(-1), item);
      return what === null ? null : { path: pathText(path), what };
    }
    const members: readonly (readonly [PropertyKey, Json])[] = Array.isArray(item)
      ? (item as readonly Json[]).map((member, index) => [index, member] as const)
      : isJsonObject(item)
        ? Object.entries(item)
        : [];
    for (const [key, member] of members) {
      const found = walk(member, [...path, key]);
      if (found !== null) return found;
    }
    return null;
  };
  return walk(value, []);
}

/** What kind of secret a text holds, as told by its shape; null: none. */
export function secretIn(text: string): string | null {
  return SHAPES.find(([shape]) => shape.test(text))?.[1] ?? null;
}

/** Reading one from elsewhere (an expression) or leaving it empty is no secret. */
function secretByName(key: PropertyKey | undefined, value: string): string | null {
  if (typeof key !== "string" || !SECRET_KEY.test(key) || value === "" || value.includes("${{"))
    return null;
  return `a value for ${key}`;
}
