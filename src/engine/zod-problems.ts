// What zod found wrong, told as Problems: where, what was found, what was expected, the nearest valid name.

import type { z } from "zod";
import { nearestName } from "./nearest-name.ts";
import type { Problem } from "./plan.ts";

/**
 * Problems of a failed parse, one for each mistake.
 * @param value what was parsed, to say what was found.
 * @param known names allowed where an unknown key was found, by path; used for the nearest one.
 * @param at path under which `value` stands in the document.
 */
export function problemsOfZodError(
  error: z.ZodError,
  value: unknown,
  known: (path: readonly PropertyKey[]) => readonly string[] = () => [],
  at: readonly PropertyKey[] = [],
): readonly Problem[] {
  return error.issues.flatMap((issue) => problemsOfIssue(issue, value, known, at));
}

type Issue = z.core.$ZodIssue;

function problemsOfIssue(
  issue: Issue,
  value: unknown,
  known: (path: readonly PropertyKey[]) => readonly string[],
  at: readonly PropertyKey[],
): readonly Problem[] {
  const path = [...at, ...issue.path];
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => {
      const names = known(issue.path);
      const nearest = nearestName(key, names);
      return {
        path: pathText([...path, key]),
        found: `unknown key ${quoted(key)}`,
        expected: names.length === 0 ? "no such key" : `one of ${names.join(", ")}`,
        ...(nearest !== null && { nearest }),
      };
    });
  }
  if (issue.code === "invalid_union") return unionProblems(issue, value, known, at);
  const found = valueAt(value, issue.path);
  const nearest =
    issue.code === "invalid_value" && typeof found === "string"
      ? nearestName(
          found,
          issue.values.filter((item) => typeof item === "string"),
        )
      : null;
  return [
    {
      path: pathText(path),
      found: foundText(found),
      expected: expectedText(issue),
      ...(nearest !== null && { nearest }),
    },
  ];
}

/** The branch that got furthest explains the mistake best; ties are told together. */
function unionProblems(
  issue: Extract<Issue, { code: "invalid_union" }>,
  value: unknown,
  known: (path: readonly PropertyKey[]) => readonly string[],
  at: readonly PropertyKey[],
): readonly Problem[] {
  const here = {
    path: pathText([...at, ...issue.path]),
    found: foundText(valueAt(value, issue.path)),
  };
  const branches = issue.errors.filter((branch) => branch.length > 0);
  const deep = branches.find((branch) => branch.some((inner) => inner.path.length > 0));
  if (deep !== undefined) {
    return deep.flatMap((inner) =>
      problemsOfIssue({ ...inner, path: [...issue.path, ...inner.path] }, value, known, at),
    );
  }
  const expected = new Set(branches.flatMap((branch) => branch.map(expectedText)));
  return [{ ...here, expected: expected.size === 0 ? issue.message : [...expected].join(", or ") }];
}

function expectedText(issue: Issue): string {
  switch (issue.code) {
    case "invalid_type":
      return articled(issue.expected);
    case "invalid_value":
      return issue.values.length === 1
        ? String(issue.values[0])
        : `one of ${issue.values.map(String).join(", ")}`;
    case "too_small":
      return `at least ${issue.minimum}${unitOf(issue.origin)}`;
    case "too_big":
      return `at most ${issue.maximum}${unitOf(issue.origin)}`;
    default:
      return issue.message;
  }
}

function unitOf(origin: string): string {
  if (origin === "string") return " characters";
  return origin === "array" || origin === "set" ? " items" : "";
}

function articled(type: string): string {
  const word =
    { array: "list", record: "mapping", object: "mapping", int: "whole number" }[type] ?? type;
  return /^[aeio]/.test(word) ? `an ${word}` : `a ${word}`;
}

/** A path as people write it: `steps[2].with.url`. */
export function pathText(path: readonly PropertyKey[]): string {
  let text = "";
  for (const part of path) {
    if (typeof part === "number") text += `[${part}]`;
    else text += text === "" ? String(part) : `.${String(part)}`;
  }
  return text;
}

/** What was found, short and on one line. */
export function foundText(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (typeof value === "string") return quoted(value);
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "a mapping" : `a ${typeof value}`;
}

function quoted(text: string): string {
  const line = text.replaceAll(/\s+/g, " ");
  return JSON.stringify(line.length > 60 ? `${line.slice(0, 59)}…` : line);
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let found = value;
  for (const part of path) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, part))
      return undefined;
    found = (found as Record<PropertyKey, unknown>)[part];
  }
  return found;
}
