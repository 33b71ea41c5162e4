// JSONPath (RFC 9535) with a meter: every look into the document and every pattern is paid for, so that no path
// can hold up the process, whatever document it is given. Patterns are RE2, not the host's backtracking ones.

import { FunctionExpressionType, JSONPathEnvironment, JSONPathError } from "json-p3";
import type { FilterFunction, JSONValue } from "json-p3";
import type { Json } from "#engine/json.ts";
import { compilePattern } from "./text-pattern.ts";
import type { CompiledPattern } from "./text-pattern.ts";

/** Looks of about a microsecond each (measured): a second at worst. */
const LOOKS_ALLOWED = 1_000_000;
/** Steps of a pattern for one look. */
const STEPS_A_LOOK = 20;
const MOST_SELECTED = 1000;
const DEEPEST = 100;

export class PathRefused extends Error {
  override readonly name = "PathRefused";
}

type Charge = (looks: number) => void;

/** Null when it is a JSONPath query, else what is wrong with it. */
export function pathProblem(path: string): string | null {
  try {
    environment(meter()).compile(path);
    return null;
  } catch (error) {
    return problemOf(error);
  }
}

/** The values that the path selects. @throws {PathRefused} no path, or too much work for this document. */
export function selectValues(path: string, document: Json): readonly Json[] {
  const charge = meter();
  const originals = new WeakMap<object, Json>();
  const selected: Json[] = [];
  try {
    const query = environment(charge).compile(path);
    for (const { value } of query.lazyQuery(watched(document, charge, originals))) {
      const original = typeof value === "object" && value !== null ? originals.get(value) : value;
      selected.push(original as Json);
      if (selected.length > MOST_SELECTED) {
        throw new PathRefused(`selects more than ${MOST_SELECTED} values`);
      }
    }
  } catch (error) {
    throw new PathRefused(problemOf(error), { cause: error });
  }
  return selected;
}

/** A range error is the library's recursion or its argument lists overflowing. Others are defects. */
function problemOf(error: unknown): string {
  if (error instanceof PathRefused || error instanceof JSONPathError) return error.message;
  if (error instanceof RangeError) return "selects too much or goes too deep";
  throw error;
}

function meter(): Charge {
  let left = LOOKS_ALLOWED;
  return (looks) => {
    left -= looks;
    if (left < 0) throw new PathRefused("takes too long for this document: use a narrower path");
  };
}

/** The document as proxies that charge for each look. */
function watched(value: Json, charge: Charge, originals: WeakMap<object, Json>): JSONValue {
  if (typeof value !== "object" || value === null) return value;
  charge(1);
  const inner: object = Array.isArray(value)
    ? value.map((item: Json) => watched(item, charge, originals))
    : Object.fromEntries(
        Object.entries(value).map(([key, item]) => [key, watched(item, charge, originals)]),
      );
  const proxy = new Proxy(inner, {
    get: (target, key): unknown => {
      const found: unknown = Reflect.get(target, key);
      // Comparing long texts costs by their length.
      charge(1 + (typeof found === "string" ? found.length / 1000 : 0));
      return found;
    },
    ownKeys: (target) => {
      const keys = Reflect.ownKeys(target);
      charge(keys.length);
      return keys;
    },
  });
  originals.set(proxy, value);
  return proxy as JSONValue;
}

function environment(charge: Charge): JSONPathEnvironment {
  const made = new JSONPathEnvironment({ maxRecursionDepth: DEEPEST });
  const patterns = new Map<string, CompiledPattern>();
  const compiled = (source: string): CompiledPattern => {
    const known = patterns.get(source);
    if (known !== undefined) return known;
    charge(source.length * 50);
    const pattern = compilePattern(source);
    patterns.set(source, pattern);
    return pattern;
  };
  const patternFunction = (how: "found" | "whole"): FilterFunction => ({
    argTypes: [FunctionExpressionType.ValueType, FunctionExpressionType.ValueType],
    returnType: FunctionExpressionType.LogicalType,
    // RFC 9535, 2.4.6: what is no text, or no pattern, does not match.
    call: (text: unknown, source: unknown) => {
      if (typeof text !== "string" || typeof source !== "string") return false;
      const found = compiled(source);
      if (!found.ok) return false;
      charge(found.pattern.steps(text) / STEPS_A_LOOK);
      return found.pattern[how](text);
    },
  });
  made.functionRegister.set("search", patternFunction("found"));
  made.functionRegister.set("match", patternFunction("whole"));
  return made;
}
