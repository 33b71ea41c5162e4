// Finds where in a text a problem's path stands. Knows the shape of YAML and JSON, and nothing of plans.

import { isAlias, isMap, isNode, isScalar, isSeq } from "yaml";
import type { Document, Pair, Range } from "yaml";
import type { Problem } from "#engine/plan.ts";
import { parseYaml, placeAt } from "./read-yaml.ts";
import type { Place, ReadProblem } from "./read-yaml.ts";

/** A problem and where it stands; null: the text can't be taken apart, so nobody can say. */
export type PlacedProblem = Problem & { readonly place: Place | null };

/**
 * Each problem with its place in the text: the key when the key itself is wrong, else its value; the nearest
 * thing around it when the path leads to nothing that is written.
 */
export function placeProblems(
  text: string,
  problems: readonly ReadProblem[],
): readonly PlacedProblem[] {
  const parsed = parseYaml(text, "core");
  return problems.map((problem) => {
    if (problem.place !== undefined) return { ...problem, place: problem.place };
    if (!parsed.ok) return { ...problem, place: null };
    const { document, lines } = parsed.value;
    const found = locate(document, problem.path);
    const range = isAboutKey(problem) ? (found.key ?? found.value) : found.value;
    return { ...problem, place: placeAt(lines, range?.[0] ?? 0) };
  });
}

/** The engine's words for a key that must not be there. */
function isAboutKey({ found }: Problem): boolean {
  return found.startsWith("unknown key ");
}

type Located = { readonly key: Range | null; readonly value: Range | null };

/** Follows the path as far as something is written. */
function locate(document: Document.Parsed, path: string): Located {
  let node: unknown = document.contents;
  let at: Located = { key: null, value: rangeOf(node) };
  let rest = path;
  while (rest !== "") {
    const whole = isAlias(node) ? node.resolve(document) : node;
    const step = isMap(whole)
      ? memberOf(whole.items, rest)
      : isSeq(whole)
        ? itemOf(whole.items, rest)
        : null;
    if (step === null) return at;
    node = step.value;
    rest = step.rest;
    // `key:` without a value stands where its key does.
    at = { key: rangeOf(step.key), value: rangeOf(node) ?? rangeOf(step.key) };
  }
  return at;
}

type Step = { readonly key: unknown; readonly value: unknown; readonly rest: string };

/** Keys may hold dots and brackets themselves: the longest key that begins the path is meant. */
function memberOf(pairs: readonly Pair[], path: string): Step | null {
  let best: Step | null = null;
  for (const { key, value } of pairs) {
    const name = isScalar(key) ? String(key.value) : null;
    if (name === null || !path.startsWith(name)) continue;
    const rest = path.slice(name.length);
    if (rest !== "" && !/^[.[]/.test(rest)) continue;
    if (best === null || rest.length < best.rest.length)
      best = { key, value, rest: rest.replace(/^\./, "") };
  }
  return best;
}

function itemOf(items: readonly unknown[], path: string): Step | null {
  const match = /^\[(\d+)\]\.?/.exec(path);
  const value = match === null ? undefined : items[Number(match[1])];
  if (match === null || value === undefined) return null;
  return { key: null, value, rest: path.slice(match[0].length) };
}

function rangeOf(node: unknown): Range | null {
  return isNode(node) ? (node.range ?? null) : null;
}
