// JSON to the evaluator's values and back. Whole numbers are CEL ints; what isn't JSON is refused, not rounded.

import { isCelList, isCelMap, isCelUint } from "@bufbuild/cel";
import type { CelInput } from "@bufbuild/cel";
import type { Json } from "./json.ts";

/** Values in a result, lists and maps included. */
const MAX_VALUES = 20_000;
const MAX_CHARACTERS = 500_000;

class NotJson extends Error {}

/** The evaluator's form of a JSON value. */
export function toCelInput(value: Json): CelInput {
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(toCelInput);
  return new Map(Object.entries(value).map(([key, member]) => [key, toCelInput(member)]));
}

/** The JSON form of an evaluator's value. @throws {NotJson} with what it is instead, or when it is too large. */
export function toJson(value: unknown): Json {
  let left = MAX_VALUES;
  let characters = MAX_CHARACTERS;
  const convert = (item: unknown): Json => {
    left -= 1;
    if (left < 0) throw new NotJson(`its result has more than ${MAX_VALUES} values`);
    if (item === null || typeof item === "boolean") return item;
    if (typeof item === "string") {
      characters -= item.length;
      if (characters < 0)
        throw new NotJson(`its result has more than ${MAX_CHARACTERS} characters`);
      return item;
    }
    if (typeof item === "bigint") return wholeNumber(item);
    if (typeof item === "number") {
      if (!Number.isFinite(item))
        throw new NotJson(`its result is ${item}, which is not a number in JSON`);
      return item;
    }
    if (isCelUint(item)) return wholeNumber(item.value);
    if (isCelList(item)) return Array.from(item, convert);
    if (isCelMap(item)) {
      return Object.fromEntries(
        Array.from(item, ([key, member]) => {
          if (typeof key !== "string")
            throw new NotJson("its result is a map whose keys are not all text");
          return [key, convert(member)];
        }),
      );
    }
    throw new NotJson(
      "its result is not plain data: write string(...) around times, durations and bytes",
    );
  };
  return convert(value);
}

function wholeNumber(value: bigint): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new NotJson(`its result ${value} is beyond 2^53`);
  return number;
}
