// `check.json_path`: what a path selects in a JSON value that the plan holds. Reaches nothing.

import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { abortFailure, OperationError } from "#engine/failure.ts";
import type { Json } from "#engine/json.ts";
import type { Operation } from "#engine/operation.ts";
import { badInput, notHeld, quoted, READS } from "./condition.ts";
import { PathRefused, pathProblem, selectValues } from "./json-path-query.ts";
import { affordable, compilePattern, patternText } from "./text-pattern.ts";

const json: z.ZodType<Json> = z.json();

const CONDITIONS = ["equals", "exists", "matches"] as const;

const input = z
  .strictObject({
    /** JSON, or text that holds JSON. */
    value: json,
    path: z
      .string()
      .max(1000)
      .superRefine((path, context) => {
        const problem = pathProblem(path);
        if (problem === null) return;
        context.addIssue({ code: "custom", message: `is not a JSONPath (RFC 9535): ${problem}` });
      }),
    /** Every selected value is this one, and there is at least one. */
    equals: json.optional(),
    /** There is a selected value, or there is none. */
    exists: z.boolean().optional(),
    /** Every selected value has this in it, and there is at least one. */
    matches: patternText.optional(),
  })
  .superRefine((given, context) => {
    if (CONDITIONS.filter((key) => given[key] !== undefined).length !== 1) {
      context.addIssue({
        code: "custom",
        path: ["equals"],
        message: "give exactly one of equals, exists and matches",
      });
    }
  });
type Input = z.infer<typeof input>;

const result = z.strictObject({
  /** How many values the path selected. */
  selected: z.int(),
});

export function jsonPath(): Operation<Input, z.infer<typeof result>> {
  return {
    ...READS,
    name: "check.json_path",
    summary: "Check what a JSONPath selects in a value.",
    input,
    result,
    example: { value: { state: "running" }, path: "$.state", equals: "running" },
    defaultTimeoutMs: 10_000,
    describe: (given) => `Check that ${given.path.replaceAll(/\s+/g, " ")} ${wanted(given)}.`,
    run: async (given, { signal }) => {
      if (signal.aborted) throw new OperationError(abortFailure("the value was not looked at"));
      const selected = select(given);
      if (!holds(given, selected)) {
        throw notHeld(
          `${given.path} found ${inWords(selected)}, expected that it ${wanted(given)}.`,
        );
      }
      return { selected: selected.length };
    },
  };
}

function select({ path, value }: Input): readonly Json[] {
  try {
    return selectValues(path, typeof value === "string" ? parsed(value) : value);
  } catch (error) {
    if (error instanceof PathRefused) throw badInput(`${path} ${error.message}.`);
    throw error;
  }
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw badInput(`The value ${quoted(text)} is text that is not JSON.`);
  }
}

function holds({ equals, exists, matches }: Input, selected: readonly Json[]): boolean {
  if (exists !== undefined) return exists === selected.length > 0;
  if (selected.length === 0) return false;
  if (matches === undefined) return selected.every((one) => isDeepStrictEqual(one, equals));
  const compiled = compilePattern(matches);
  if (!compiled.ok) throw badInput(`The pattern ${compiled.reason}.`);
  const texts = selected.map((one) => (typeof one === "string" ? one : JSON.stringify(one)));
  if (!affordable(compiled.pattern, texts.join(""))) {
    throw badInput("The pattern is too large for what the path selects: shorten one of them.");
  }
  return texts.every((text) => compiled.pattern.found(text));
}

function wanted({ equals, exists, matches }: Input): string {
  if (exists !== undefined) return exists ? "is there" : "is not there";
  return matches === undefined ? `is ${quoted(equals)}` : `matches ${quoted(matches)}`;
}

function inWords(selected: readonly Json[]): string {
  if (selected.length === 0) return "nothing";
  const shown = selected.slice(0, 3).map((one) => quoted(one));
  const more = selected.length > 3 ? ` and ${selected.length - 3} more` : "";
  return `${shown.join(", ")}${more}`;
}
