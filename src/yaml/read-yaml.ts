// Reads YAML or JSON that a person wrote, as data only: no tags, no duplicate keys, no alias bombs, nothing
// that JSON can't hold. Mistakes name line and column.

import { LineCounter, parseDocument, visit } from "yaml";
import type { Document } from "yaml";
import type { Json } from "#engine/json.ts";
import type { Problem } from "#engine/plan.ts";
import { accept, refuse } from "#engine/result.ts";
import type { Result } from "#engine/result.ts";

/** Larger than any plan a person can read. */
export const LARGEST_SOURCE_BYTES = 256_000;
const DEEPEST = 40;
/** Brackets, counted before the parser recurses; some may stand unbalanced inside texts. */
const DEEPEST_BRACKETS = 200;
/** Aliases in all, each counted with what it repeats: enough to share a block, too few to blow up. */
const MOST_ALIASES = 100;
const MOST_VALUES = 100_000;

/** Where something stands in a text, both 1-based; columns count UTF-16 units, as editors do. */
export type Place = { readonly line: number; readonly column: number };

/** A mistake in the text itself has its place; one in the values has a path, see place-problems.ts. */
export type ReadProblem = Problem & { readonly place?: Place };

type Schema = "core" | "failsafe";

/**
 * The value, or every mistake with its place.
 * @param schema `failsafe` leaves every scalar as text.
 */
export function readYaml(
  text: string,
  schema: Schema = "core",
): Result<Json, readonly ReadProblem[]> {
  const parsed = parseYaml(text, schema);
  if (!parsed.ok) return parsed;
  const { document, lines } = parsed.value;
  const value = expand(() => document.toJS({ maxAliasCount: MOST_ALIASES }));
  if (!(value instanceof Error)) return plainJson(value);
  const place = strayAlias(document);
  const problem = { path: "", found: value.message, expected: "fewer aliases" };
  return refuse([
    place === null
      ? problem
      : { ...problem, expected: "an anchor before the alias", place: placeAt(lines, place) },
  ]);
}

/** The text as the parser's nodes, which know where they stand. Nothing too large or too deep reaches the parser. */
export function parseYaml(
  text: string,
  schema: Schema,
): Result<
  { readonly document: Document.Parsed; readonly lines: LineCounter },
  readonly ReadProblem[]
> {
  if (Buffer.byteLength(text) > LARGEST_SOURCE_BYTES) {
    return mistake("", `${Buffer.byteLength(text)} bytes`, `at most ${LARGEST_SOURCE_BYTES} bytes`);
  }
  if (text.trim() === "") return mistake("", "nothing", "a plan as YAML or JSON");
  if (deepestNesting(text) > DEEPEST_BRACKETS)
    return mistake("", "brackets nested too deeply", `at most ${DEEPEST} levels`);
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    schema,
    version: "1.2",
    uniqueKeys: true,
    stringKeys: true,
    merge: false,
    prettyErrors: false,
  });
  // An unknown tag is only a warning to the parser. Here it is a mistake: tags have no meaning in a plan.
  const wrong = [...document.errors, ...document.warnings];
  if (wrong.length === 0) return accept({ document, lines });
  return refuse(
    wrong.slice(0, 10).map(({ pos, message }): ReadProblem => {
      const place = placeAt(lines, pos[0]);
      return {
        path: `line ${place.line}, column ${place.column}`,
        found: firstLine(message),
        expected: "valid YAML or JSON",
        place,
      };
    }),
  );
}

export function placeAt(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
}

/** Checks that a value is plain JSON of a bearable size. */
function plainJson(value: unknown): Result<Json, readonly Problem[]> {
  let left = MOST_VALUES;
  const problems: Problem[] = [];
  const walk = (inner: unknown, path: string, depth: number): void => {
    left -= 1;
    if (left < 0 || problems.length >= 10) return;
    if (depth > DEEPEST)
      problems.push({
        path,
        found: "values nested too deeply",
        expected: `at most ${DEEPEST} levels`,
      });
    else if (Array.isArray(inner))
      inner.forEach((item, index) => walk(item, `${path}[${index}]`, depth + 1));
    else if (typeof inner === "object" && inner !== null) {
      for (const [key, item] of Object.entries(inner)) {
        if (key === "__proto__")
          problems.push({ path, found: "the key __proto__", expected: "another name" });
        else walk(item, path === "" ? key : `${path}.${key}`, depth + 1);
      }
    } else if (typeof inner === "number" && !isExact(inner)) {
      problems.push({
        path,
        found: String(inner),
        expected: "a number that fits in 53 bits, or the same in quotes",
      });
    } else if (!["string", "number", "boolean"].includes(typeof inner) && inner !== null) {
      problems.push({
        path,
        found: typeof inner,
        expected: "text, a number, true, false, null, a list or an object",
      });
    }
  };
  walk(value, "", 0);
  if (left < 0) return mistake("", "too many values", `at most ${MOST_VALUES}`);
  return problems.length === 0 ? accept(value as Json) : refuse(problems);
}

/** An integer too large for a double would be rounded silently: an id would become another id. */
function isExact(value: number): boolean {
  return Number.isInteger(value) ? Number.isSafeInteger(value) : Number.isFinite(value);
}

function expand(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    // The parser's answer to an alias bomb and to an alias without an anchor.
    if (error instanceof ReferenceError) return new Error(firstLine(error.message));
    throw error;
  }
}

/** Where the first alias without an anchor stands. */
function strayAlias(document: Document.Parsed): number | null {
  let offset: number | null = null;
  visit(document, {
    Alias: (_key, alias) => {
      if (alias.resolve(document) !== undefined) return undefined;
      offset = alias.range?.[0] ?? null;
      return visit.BREAK;
    },
  });
  return offset;
}

/** How deep brackets could nest, from above: the parser recurses, so this is asked before it runs. */
function deepestNesting(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const character of text) {
    if (character === "[" || character === "{") deepest = Math.max(deepest, (depth += 1));
    else if (character === "]" || character === "}") depth = Math.max(0, depth - 1);
  }
  const dashes = Math.max(
    0,
    ...[...text.matchAll(/^[ \t]*((?:[-?] )+)/gm)].map((match) => (match[1]?.length ?? 0) / 2),
  );
  return deepest + dashes;
}

function mistake(
  path: string,
  found: string,
  expected: string,
): { ok: false; refusal: readonly Problem[] } {
  return refuse([{ path, found, expected }]);
}

function firstLine(message: string): string {
  return message.split("\n")[0] ?? message;
}
