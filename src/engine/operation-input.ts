// A call's input against its operation's schema: unknown keys, wrong values, and `key=value` words turned into
// the types the schema wants. Knows schemas, not operations' meanings.

import { z } from "zod";
import { isJsonObject } from "./json.ts";
import type { Json, JsonObject } from "./json.ts";
import { nearestName } from "./nearest-name.ts";
import type { AnyOperation } from "./operation.ts";
import type { Problem } from "./plan.ts";
import { hasExpressions } from "./template.ts";
import { foundText, pathText, problemsOfZodError } from "./zod-problems.ts";

const schemas = new WeakMap<AnyOperation, JsonObject>();

/** The JSON Schema of an operation's input, as a person must write it. */
export function inputSchema(operation: AnyOperation): JsonObject {
  const known = schemas.get(operation);
  if (known !== undefined) return known;
  const schema = z.toJSONSchema(operation.input, { io: "input", unrepresentable: "any" });
  const plain = schema as unknown as JsonObject;
  schemas.set(operation, plain);
  return plain;
}

export type CheckedInput =
  | { readonly ok: true; readonly parsed: unknown }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Parses an input that holds no expressions. */
export function checkInput(
  operation: AnyOperation,
  input: JsonObject,
  at: readonly PropertyKey[],
): CheckedInput {
  const unknown = unknownKeys(inputSchema(operation), input, at);
  const parsed = operation.input.safeParse(input);
  if (parsed.success) {
    return unknown.length > 0
      ? { ok: false, problems: unknown }
      : { ok: true, parsed: parsed.data };
  }
  const wrong = problemsOfZodError(
    parsed.error,
    input,
    (path) => keysAt(inputSchema(operation), path),
    at,
  );
  const told = new Set(wrong.map(({ path }) => path));
  return { ok: false, problems: [...wrong, ...unknown.filter(({ path }) => !told.has(path))] };
}

/** What can be said of an input that still holds expressions: unknown, missing and fully written keys. */
export function checkDeferredInput(
  operation: AnyOperation,
  input: JsonObject,
  at: readonly PropertyKey[],
): readonly Problem[] {
  const schema = inputSchema(operation);
  const problems = [...unknownKeys(schema, input, at)];
  const required = Array.isArray(schema["required"]) ? schema["required"] : [];
  for (const key of required) {
    if (typeof key === "string" && !Object.hasOwn(input, key)) {
      problems.push({
        path: pathText([...at, key]),
        found: "nothing",
        expected: `a value for ${key}`,
      });
    }
  }
  if (!(operation.input instanceof z.ZodObject)) return problems;
  const shape = operation.input.shape as Readonly<Record<string, z.ZodType>>;
  for (const [key, value] of Object.entries(input)) {
    const parsed = hasExpressions(value) ? undefined : shape[key]?.safeParse(value);
    if (parsed?.success === false) {
      problems.push(...problemsOfZodError(parsed.error, value, () => [], [...at, key]));
    }
  }
  return problems;
}

/** Keys the schema does not have. Schemas that only strip such keys would let a typo pass unseen. */
function unknownKeys(schema: Json, value: Json, at: readonly PropertyKey[]): readonly Problem[] {
  if (!isJsonObject(schema)) return [];
  if (Array.isArray(value)) {
    const { items } = schema;
    return items === undefined
      ? []
      : value.flatMap((item: Json, index) => unknownKeys(items, item, [...at, index]));
  }
  const { properties } = schema;
  if (!isJsonObject(value) || !isJsonObject(properties)) return [];
  if (isJsonObject(schema["additionalProperties"])) return [];
  const names = Object.keys(properties);
  return Object.entries(value).flatMap(([key, member]) => {
    if (Object.hasOwn(properties, key))
      return unknownKeys(properties[key] ?? null, member, [...at, key]);
    const nearest = nearestName(key, names);
    return [
      {
        path: pathText([...at, key]),
        found: `unknown key ${foundText(key)}`,
        expected: `one of ${names.join(", ")}`,
        ...(nearest !== null && { nearest }),
      },
    ];
  });
}

function keysAt(schema: Json, path: readonly PropertyKey[]): readonly string[] {
  let found: Json | undefined = schema;
  for (const part of path) {
    if (!isJsonObject(found)) return [];
    const { items, properties }: JsonObject = found;
    if (typeof part === "number") found = items;
    else found = isJsonObject(properties) ? properties[String(part)] : undefined;
  }
  return isJsonObject(found) && isJsonObject(found["properties"])
    ? Object.keys(found["properties"])
    : [];
}

/**
 * A word from `key=value` as the type the schema wants: whole numbers, numbers, true and false, lists from
 * commas. What doesn't fit is left as it is, for the schema to complain about.
 */
export function coerce(schema: Json | undefined, value: Json): Json {
  if (!isJsonObject(schema)) return value;
  const types = typesOf(schema);
  if (types.has("array") && !types.has(typeof value)) {
    const { items } = schema;
    if (typeof value === "string") {
      const parts = value === "" ? [] : value.split(",").map((part) => part.trim());
      return parts.map((part) => coerce(items, part));
    }
    if (Array.isArray(value)) return value.map((item: Json) => coerce(items, item));
  }
  if (typeof value !== "string" || types.has("string") || value.includes("${{")) return value;
  if (types.has("boolean") && /^(true|false|yes|no)$/i.test(value))
    return /^(true|yes)$/i.test(value);
  if ((types.has("integer") || types.has("number")) && /^-?\d+(\.\d+)?$/.test(value))
    return Number(value);
  return value;
}

function typesOf(schema: JsonObject): ReadonlySet<string> {
  const types = new Set<string>();
  const { type } = schema;
  if (typeof type === "string") types.add(type);
  if (Array.isArray(schema["enum"])) for (const option of schema["enum"]) types.add(typeof option);
  if (schema["const"] !== undefined) types.add(typeof schema["const"]);
  for (const branches of [schema["anyOf"], schema["oneOf"]]) {
    if (!Array.isArray(branches)) continue;
    for (const branch of branches as readonly Json[]) {
      if (isJsonObject(branch)) for (const inner of typesOf(branch)) types.add(inner);
    }
  }
  return types;
}
