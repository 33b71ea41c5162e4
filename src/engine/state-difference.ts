// Two captured states compared field by field, for people to read. Pure; knows no operation.

import { isJsonObject } from "./json.ts";
import type { Json } from "./json.ts";
import { pathText } from "./zod-problems.ts";

export type StateDifference = {
  /** `states.i-0abc`; empty for the whole state. */
  readonly path: string;
  /** As JSON, shortened; `nothing` where there is none. Untrusted text. */
  readonly was: string;
  readonly is: string;
};

const SHOWN = 120;

/** Every field in which they differ, in the order of the first. Lists of other lengths differ as a whole. */
export function stateDifferences(was: Json, is: Json): readonly StateDifference[] {
  return differencesAt(was, is, []);
}

function differencesAt(
  was: Json | undefined,
  is: Json | undefined,
  path: readonly PropertyKey[],
): readonly StateDifference[] {
  if (was === is) return [];
  if (isObject(was) && isObject(is)) {
    const keys = [...new Set([...Object.keys(was), ...Object.keys(is)])];
    return keys.flatMap((key) =>
      differencesAt(memberOf(was, key), memberOf(is, key), [...path, key]),
    );
  }
  if (Array.isArray(was) && Array.isArray(is) && was.length === is.length) {
    return was.flatMap((item: Json, index) => differencesAt(item, is[index], [...path, index]));
  }
  return [{ path: pathText(path), was: valueText(was), is: valueText(is) }];
}

function isObject(value: Json | undefined): value is { readonly [key: string]: Json } {
  return value !== undefined && isJsonObject(value);
}

function memberOf(value: { readonly [key: string]: Json }, key: string): Json | undefined {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

function valueText(value: Json | undefined): string {
  if (value === undefined) return "nothing";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}
