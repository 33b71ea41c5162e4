// From a reported code to its category, by the one table; and the code out of whatever was thrown.

import { ERROR_SOURCES, ERROR_TABLE } from "./error-table.ts";
import type { ErrorRow, ErrorSource } from "./error-table.ts";
import type { ErrorCategory } from "./failure.ts";

type Lookup = {
  readonly exact: ReadonlyMap<string, ErrorCategory>;
  readonly patterns: readonly (readonly [(code: string) => boolean, ErrorCategory])[];
};

const LOOKUPS: ReadonlyMap<ErrorSource, Lookup> = new Map(
  ERROR_SOURCES.map((source) => [source, lookupOf(ERROR_TABLE[source])]),
);

/**
 * The category of a code, asking the sources in this order; null where none of them knows it.
 * @param code numbers are HTTP statuses and exit codes.
 */
export function categoryOf(
  sources: ErrorSource | readonly ErrorSource[],
  code: string | number,
): ErrorCategory | null {
  const text = String(code);
  const lookups = [sources].flat().map((source) => LOOKUPS.get(source));
  for (const lookup of lookups) {
    const known = lookup?.exact.get(text);
    if (known !== undefined) return known;
  }
  for (const lookup of lookups) {
    const known = lookup?.patterns.find(([covers]) => covers(text));
    if (known !== undefined) return known[1];
  }
  return null;
}

/**
 * The first code on the way down the causes; null where there is none. A connection tried on several
 * addresses carries several errors: the first of them speaks.
 */
export function errorCode(error: unknown, depth = 0): string | null {
  if (typeof error !== "object" || error === null || depth > 5) return null;
  if ("code" in error && typeof error.code === "string") return error.code;
  const inner: unknown =
    error instanceof AggregateError ? error.errors[0] : "cause" in error ? error.cause : null;
  return errorCode(inner, depth + 1);
}

function lookupOf(rows: readonly ErrorRow[]): Lookup {
  const exact = new Map<string, ErrorCategory>();
  const patterns: [(code: string) => boolean, ErrorCategory][] = [];
  for (const { codes, category } of rows) {
    for (const code of codes) {
      const covers = patternOf(code);
      if (covers === null) exact.set(code, category);
      else patterns.push([covers, category]);
    }
  }
  return { exact, patterns };
}

/** Null: the code stands for itself. */
function patternOf(code: string): ((found: string) => boolean) | null {
  const [, from, to] = /^(\d+)-(\d+)$/.exec(code) ?? [];
  if (from !== undefined && to !== undefined) {
    return (found) =>
      /^\d+$/.test(found) && Number(found) >= Number(from) && Number(found) <= Number(to);
  }
  if (!code.includes("*")) return null;
  const pattern = new RegExp(`^${code.replaceAll(".", String.raw`\.`).replaceAll("*", ".*")}$`);
  return (found) => pattern.test(found);
}
