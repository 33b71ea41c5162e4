// A playbook: a reusable plan with typed inputs, read from a YAML file by an adapter. Knows no file system.

import { z } from "zod";
import type { Json, JsonObject } from "./json.ts";
import { coerce } from "./operation-input.ts";
import { nearestName } from "./nearest-name.ts";
import type { Problem } from "./plan.ts";
import { parsePlanSource, sizeProblem } from "./plan-source.ts";
import { accept, refuse } from "./result.ts";
import type { Result } from "./result.ts";
import { evaluate } from "./expression.ts";
import { asText } from "./template.ts";
import { foundText, problemsOfZodError } from "./zod-problems.ts";

const inputSpec = z.strictObject({
  type: z.enum(["string", "integer", "number", "boolean", "list"]).default("string"),
  description: z.string().max(300).default(""),
  default: z.json().optional(),
  one_of: z.array(z.json()).min(1).optional(),
  pattern: z.string().min(1).max(300).optional(),
  min: z.number().optional(),
  max: z.number().optional(),
});

const head = z.object({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9_-]{0,59}$/, "a name of lower-case letters, digits, - and _"),
  summary: z.string().trim().min(1).max(300),
  inputs: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,59}$/), inputSpec).default({}),
});

/** One typed input of a playbook. */
export type InputSpec = {
  readonly type: "string" | "integer" | "number" | "boolean" | "list";
  readonly description: string;
  /** Used when the input is not given; without it the input must be given. */
  readonly default?: Json;
  /** The only values allowed. */
  readonly oneOf?: readonly Json[];
  /** RE2 pattern that a string, or each item of a list, must match as a whole. */
  readonly pattern?: string;
  /** Least value of a number, least length of a string or list. */
  readonly min?: number;
  readonly max?: number;
};

export type Playbook = {
  readonly name: string;
  readonly summary: string;
  /** File name it was read from, for people. */
  readonly file: string;
  readonly inputs: Readonly<Record<string, InputSpec>>;
  /** Plan source without `name`, `summary` and `inputs`. */
  readonly body: JsonObject;
  /** The file as written. */
  readonly text: string;
};

/** @param value the parsed YAML of `text`. */
export function parsePlaybook(
  file: string,
  text: string,
  value: unknown,
): Result<Playbook, readonly Problem[]> {
  const size = sizeProblem(value);
  if (size !== null) return refuse([size]);
  const parsed = head.safeParse(value);
  if (!parsed.success) {
    return refuse(problemsOfZodError(parsed.error, value, () => Object.keys(inputSpec.shape)));
  }
  const { name, summary, inputs: specs } = parsed.data;
  const { name: _name, summary: _summary, inputs: _inputs, ...rest } = value as JsonObject;
  const body: JsonObject = { title: summary.slice(0, 150), ...rest };
  const shape = parsePlanSource(body);
  if (!shape.ok) return shape;
  const inputs = Object.fromEntries(
    Object.entries(specs).map(([key, spec]) => [key, specOf(spec)]),
  );
  const problems = Object.entries(inputs).flatMap(([key, spec]) =>
    spec.default === undefined ? [] : valueProblems(spec, spec.default, `inputs.${key}.default`),
  );
  if (problems.length > 0) return refuse(problems);
  return accept({ name, summary, file, inputs, body, text });
}

function specOf(spec: z.infer<typeof inputSpec>): InputSpec {
  return {
    type: spec.type,
    description: spec.description,
    ...(spec.default !== undefined && { default: spec.default }),
    ...(spec.one_of !== undefined && { oneOf: spec.one_of }),
    ...(spec.pattern !== undefined && { pattern: spec.pattern }),
    ...(spec.min !== undefined && { min: spec.min }),
    ...(spec.max !== undefined && { max: spec.max }),
  };
}

/** Arguments as the playbook's inputs: typed, with defaults, or every mistake in them. */
export function playbookInputs(
  playbook: Playbook,
  given: JsonObject,
): Result<JsonObject, readonly Problem[]> {
  const names = Object.keys(playbook.inputs);
  const problems: Problem[] = [];
  for (const key of Object.keys(given)) {
    if (Object.hasOwn(playbook.inputs, key)) continue;
    const nearest = nearestName(key, names);
    problems.push({
      path: key,
      found: `unknown input ${foundText(key)}`,
      expected: names.length === 0 ? "no inputs" : `one of ${names.join(", ")}`,
      ...(nearest !== null && { nearest }),
    });
  }
  const inputs: [string, Json][] = [];
  for (const [key, spec] of Object.entries(playbook.inputs)) {
    const value = Object.hasOwn(given, key) ? given[key] : spec.default;
    if (value === undefined) {
      const hint = spec.description === "" ? "" : ` (${spec.description})`;
      problems.push({ path: key, found: "nothing", expected: `${key}=<${spec.type}>${hint}` });
      continue;
    }
    const typed = coerce({ type: spec.type === "list" ? "array" : spec.type }, value);
    problems.push(...valueProblems(spec, typed, key));
    inputs.push([key, typed]);
  }
  return problems.length > 0 ? refuse(problems) : accept(Object.fromEntries(inputs));
}

function valueProblems(spec: InputSpec, value: Json, path: string): readonly Problem[] {
  if (!hasType(spec.type, value)) {
    return [
      {
        path,
        found: foundText(value),
        expected: spec.type === "integer" ? "a whole number" : `a ${spec.type}`,
      },
    ];
  }
  if (spec.oneOf !== undefined && !spec.oneOf.some((option) => option === value)) {
    const options = spec.oneOf.map(asText);
    const nearest = nearestName(asText(value), options);
    return [
      {
        path,
        found: foundText(value),
        expected: `one of ${options.join(", ")}`,
        ...(nearest !== null && { nearest }),
      },
    ];
  }
  const size = typeof value === "number" ? value : lengthOf(value);
  const unit = typeof value === "number" ? "" : Array.isArray(value) ? " items" : " characters";
  if (spec.min !== undefined && size < spec.min) {
    return [{ path, found: `${size}${unit}`, expected: `at least ${spec.min}${unit}` }];
  }
  if (spec.max !== undefined && size > spec.max) {
    return [{ path, found: `${size}${unit}`, expected: `at most ${spec.max}${unit}` }];
  }
  return patternProblems(spec, value, path);
}

/** Patterns are RE2, run by the expression evaluator, so a hostile one can't hang the process. */
function patternProblems(spec: InputSpec, value: Json, path: string): readonly Problem[] {
  if (spec.pattern === undefined) return [];
  const pattern = `^(?:${spec.pattern})$`;
  const texts = Array.isArray(value) ? (value as readonly Json[]) : [value];
  return texts.flatMap((text) => {
    const matched = evaluate("text.matches(pattern)", { text: asText(text), pattern });
    if (matched.ok && matched.value === true) return [];
    const expected = matched.ok
      ? `text that matches ${spec.pattern}`
      : `a pattern, but ${matched.refusal}`;
    return [{ path, found: foundText(text), expected }];
  });
}

function hasType(type: InputSpec["type"], value: Json): boolean {
  if (type === "list") return Array.isArray(value);
  if (type === "integer") return Number.isSafeInteger(value);
  return typeof value === type;
}

function lengthOf(value: Json): number {
  return typeof value === "string" || Array.isArray(value) ? value.length : 0;
}
