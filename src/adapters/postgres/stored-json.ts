// How values become text that Postgres keeps unchanged, and come back checked.

import type { z } from "zod";
import { canonicalJson } from "#engine/canonical-json.ts";
import type { Json } from "#engine/json.ts";

/** Text that a `text` column takes: U+0000 and halves of surrogate pairs, which it can't hold, become U+FFFD. */
export function storableText(text: string): string {
  return text.replaceAll("\0", "\uFFFD").toWellFormed();
}

/** Canonical JSON, also of results that hold halves of surrogate pairs: those become U+FFFD. */
export function storableJson(value: Json): string {
  try {
    return canonicalJson(value);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return canonicalJson(wellFormed(value));
  }
}

function wellFormed(value: Json): Json {
  if (typeof value === "string") return value.toWellFormed();
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item: Json) => wellFormed(item));
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key.toWellFormed(), wellFormed(member)]),
  );
}

/** A stored value that doesn't fit what the engine knows: a defect or a hand at work in the database. */
export class UnreadableRow extends Error {
  override readonly name = "UnreadableRow";
}

/** @throws {UnreadableRow} naming the row and the first path that doesn't fit. */
export function readAs<T>(schema: z.ZodType<T>, value: unknown, row: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new UnreadableRow(
    `${row} can't be read: ${issue === undefined ? "unknown" : `${issue.path.join(".")}: ${issue.message}`}`,
    { cause: parsed.error },
  );
}
