// The question a step asks a person before it goes on: its form, who may answer, and what silence means.

import { knownValue, unknownName } from "./compile-call.ts";
import type { StepContext } from "./compile-call.ts";
import type { DraftStep } from "./expand-steps.ts";
import type { AskSource, FieldSource } from "./gate-source.ts";
import { answerProblem, patternProblem } from "./inquiry-answer.ts";
import type { Inquiry, InquiryField, Problem } from "./plan.ts";
import type { Policy } from "./policy.ts";
import { accept, refuse } from "./result.ts";
import type { Result } from "./result.ts";
import { asText } from "./template.ts";

/** The field of a question that has only one and doesn't name it. */
const SINGLE_FIELD = "answer";
/** A form that people fill in on a phone; Slack's modals end at 100 blocks. */
const MOST_FIELDS = 20;

/** The question; null: the step asks nothing. */
export function compileInquiry(
  draft: DraftStep,
  context: StepContext,
): Result<Inquiry | null, readonly Problem[]> {
  const { ask } = draft.source;
  if (ask === undefined) return accept(null);
  const path = `${draft.path}.ask`;
  const problems: Problem[] = [];
  const why = "the question is part of what gets approved";
  const message = knownValue(ask.message, `${path}.message`, draft, why);
  if (!message.ok) problems.push(...message.refusal);
  const sources = fieldSources(ask, path);
  if (!sources.ok) return refuse([...problems, ...sources.refusal]);
  const fields = sources.value.map(([name, source]) => {
    const at = ask.fields === undefined ? path : `${path}.fields.${name}`;
    const field = fieldOf(name, source);
    problems.push(...fieldProblems(field, source, at));
    if (ask.on_timeout === "continue" && field.required && field.default === null) {
      problems.push({
        path: `${path}.on_timeout`,
        found: `continue, while ${name} must be answered and has no default`,
        expected:
          field.type === "secret"
            ? "fail, rollback or skip: a secret has no default"
            : "a default for every field that is required",
      });
    }
    return field;
  });
  const from = fromOf(ask, path, context.policy);
  if (!from.ok) problems.push(...from.refusal);
  if (problems.length > 0 || !message.ok || !from.ok) return refuse(problems);
  return accept({
    message: asText(message.value),
    fields,
    from: from.value,
    timeoutMs: ask.timeout,
    onTimeout: ask.on_timeout,
  });
}

/** The names and types of what a step asks, before anything else of it is looked at. */
export function askedFields(ask: AskSource | undefined): ReadonlyMap<string, FieldSource["type"]> {
  if (ask === undefined) return new Map();
  if (ask.fields === undefined) return new Map([[SINGLE_FIELD, ask.type ?? "text"]]);
  return new Map(Object.entries(ask.fields).map(([name, { type }]) => [name, type]));
}

function fieldSources(
  ask: AskSource,
  path: string,
): Result<readonly (readonly [string, FieldSource])[], readonly Problem[]> {
  const { label, options, default: given, min, max, pattern, type, required } = ask;
  const single = { label, options, default: given, min, max, pattern, type, required };
  if (ask.fields === undefined) {
    return accept([
      [SINGLE_FIELD, { ...single, type: type ?? "text", required: required ?? true }],
    ]);
  }
  const both = Object.entries(single).find(([, value]) => value !== undefined);
  if (both !== undefined) {
    const expected = `either fields, or ${both[0]} of a single field`;
    return refuse([{ path: `${path}.${both[0]}`, found: `${both[0]} beside fields`, expected }]);
  }
  const fields = Object.entries(ask.fields);
  if (fields.length > 0 && fields.length <= MOST_FIELDS) return accept(fields);
  const expected = `1 to ${MOST_FIELDS} fields`;
  return refuse([{ path: `${path}.fields`, found: `${fields.length} fields`, expected }]);
}

function fieldOf(name: string, source: FieldSource): InquiryField {
  return {
    name,
    type: source.type,
    label: source.label ?? name,
    required: source.required,
    options: source.options ?? [],
    default: source.default ?? null,
    min: source.min ?? null,
    max: source.max ?? null,
    pattern: source.pattern ?? null,
  };
}

function fieldProblems(field: InquiryField, source: FieldSource, path: string): readonly Problem[] {
  const problems: Problem[] = [];
  const only = (key: keyof FieldSource, types: readonly string[]): void => {
    if (source[key] === undefined || types.includes(field.type)) return;
    const found = `${key} on a field of type ${field.type}`;
    problems.push({
      path: `${path}.${key}`,
      found,
      expected: `${key} only with ${types.join(", ")}`,
    });
  };
  only("options", ["choice"]);
  only("min", ["number", "text", "secret"]);
  only("max", ["number", "text", "secret"]);
  only("pattern", ["text", "secret"]);
  only("default", ["text", "number", "choice", "user", "date"]);
  if (field.type === "choice" && field.options.length === 0)
    problems.push({ path: `${path}.options`, found: "nothing", expected: "the answers allowed" });
  if (new Set(field.options).size < field.options.length)
    problems.push({ path: `${path}.options`, found: "an option twice", expected: "each once" });
  if (field.min !== null && field.max !== null && field.min > field.max)
    problems.push({
      path: `${path}.min`,
      found: String(field.min),
      expected: `at most ${field.max}`,
    });
  const bad = field.pattern === null ? null : patternProblem(field.pattern);
  if (bad !== null)
    problems.push({ path: `${path}.pattern`, found: bad, expected: "a pattern (RE2)" });
  if (problems.length > 0 || field.default === null) return problems;
  const wrong = answerProblem(field, field.default);
  return wrong === null ? [] : [{ path: `${path}.default`, ...wrong }];
}

function fromOf(
  ask: AskSource,
  path: string,
  policy: Policy,
): Result<Inquiry["from"], readonly Problem[]> {
  if (ask.from === undefined) return accept(null);
  const from = Array.isArray(ask.from) ? { groups: ask.from, users: [] } : ask.from;
  const at = Array.isArray(ask.from) ? `${path}.from` : `${path}.from.groups`;
  const problems = unknownGroups(from.groups, at, policy);
  if (from.groups.length + from.users.length === 0)
    problems.push({ path: `${path}.from`, found: "nobody", expected: "a group or a person" });
  return problems.length > 0 ? refuse(problems) : accept(from);
}

/** The problems of group names that the configuration does not have. */
export function unknownGroups(groups: readonly string[], path: string, policy: Policy): Problem[] {
  return groups.flatMap((group, index) => {
    if (Object.hasOwn(policy.groups, group)) return [];
    const given = { path: `${path}[${index}]`, found: `unknown group ${group}`, name: group };
    return [unknownName(given, Object.keys(policy.groups), "a group, but none is configured")];
  });
}
