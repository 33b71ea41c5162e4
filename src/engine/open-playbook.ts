// What can be said of a playbook before its inputs are known: everything that does not depend on them.

import { compilePlan } from "./compile-plan.ts";
import type { CompileContext } from "./compile-plan.ts";
import type { Json, JsonObject } from "./json.ts";
import type { Problem } from "./plan.ts";
import { parsePlanSource } from "./plan-source.ts";
import type { InputSpec, Playbook } from "./playbook.ts";
import { referenceProblems } from "./reference-check.ts";

/** Inputs that must be given, as they are typed: `region=<string>`. */
export function missingInputs(playbook: Playbook, given: JsonObject): readonly string[] {
  return Object.entries(playbook.inputs)
    .filter(([name, spec]) => spec.default === undefined && !Object.hasOwn(given, name))
    .map(([name, spec]) => `${name}=<${spec.type}>`);
}

/**
 * Mistakes that stand whatever the inputs will be: unknown operations, keys, steps and names, circles. Values made
 * of inputs are not judged.
 */
export function openPlaybookProblems(
  playbook: Playbook,
  context: CompileContext,
): readonly Problem[] {
  const inputs = Object.fromEntries(
    Object.entries(playbook.inputs).map(([name, spec]) => [name, standIn(spec)]),
  );
  const value = { ...playbook.body, inputs };
  const compiled = compilePlan({ kind: "source", value, text: playbook.text }, context);
  if (compiled.ok) return [];
  const parsed = parsePlanSource(value);
  const ofNames = new Set(
    parsed.ok ? referenceProblems(parsed.value, context.policy).map(({ path }) => path) : [],
  );
  return compiled.refusal.filter(
    ({ path }) => ofNames.has(path) || !hasTemplate(writtenAt(playbook.body, path)),
  );
}

/** A value the input could have; what is made of it is not judged, so any will do. */
function standIn(spec: InputSpec): Json {
  if (spec.default !== undefined) return spec.default;
  const [first] = spec.oneOf ?? [];
  if (first !== undefined) return first;
  switch (spec.type) {
    case "string":
      return "unknown";
    case "integer":
    case "number":
      return spec.min ?? 1;
    case "boolean":
      return true;
    case "list":
      return ["unknown"];
  }
}

function hasTemplate(value: Json | undefined): boolean {
  return value !== undefined && JSON.stringify(value).includes("${{");
}

/** What the playbook's author wrote at a path; undefined: nothing. */
function writtenAt(value: Json, path: string): Json | undefined {
  if (path === "") return value;
  if (typeof value !== "object" || value === null) return undefined;
  // Keys may hold dots and brackets themselves: the longest that begins the path is meant.
  const members = Object.entries(value).toSorted(([a], [b]) => b.length - a.length);
  for (const [key, member] of members) {
    const begin = Array.isArray(value) ? `[${key}]` : key;
    const rest = path.slice(begin.length);
    if (path.startsWith(begin) && (rest === "" || /^[.[]/.test(rest)))
      return writtenAt(member, rest.replace(/^\./, ""));
  }
  return undefined;
}
