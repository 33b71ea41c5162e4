// JSON text with exactly one spelling per value (RFC 8785), so that two equal plans hash alike.

import type { Json, JsonObject } from "./json.ts";

/**
 * The canonical JSON of a value: keys sorted by UTF-16 code units, no white space, numbers as ECMAScript
 * writes them. A key whose value is `undefined` is left out.
 * @throws {TypeError} for what is not JSON: NaN, infinities, lone surrogates, functions, bigints.
 */
export function canonicalJson(value: Json): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "string") return canonicalString(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new TypeError(`${value} is not JSON`);
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value !== "object") throw new TypeError(`a ${typeof value} is not JSON`);
  let members = "";
  for (const key of sortedKeys(value as JsonObject)) {
    const member = (value as JsonObject)[key];
    if (member === undefined) continue;
    members += `${members === "" ? "" : ","}${canonicalString(key)}:${canonicalJson(member)}`;
  }
  return `{${members}}`;
}

/** Without a comparator the order is that of UTF-16 code units, which is what RFC 8785 section 3.2.3 asks for. */
function sortedKeys(value: JsonObject): readonly string[] {
  const keys = Object.keys(value);
  for (let at = 1; at < keys.length; at += 1) {
    if ((keys[at - 1] ?? "") > (keys[at] ?? "")) return keys.toSorted();
  }
  return keys;
}

/** Printable ASCII without what is escaped: nearly every string, and ten times faster than asking for each character. */
const PLAIN = /^[ !#-[\]-~]*$/;

function canonicalString(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`;
  // RFC 8785 section 3.2.2.2: a lone surrogate has no UTF-8 form and must be an error.
  if (!text.isWellFormed()) throw new TypeError("a string holds half of a surrogate pair");
  return JSON.stringify(text);
}
