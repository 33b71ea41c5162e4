// `check.contains`: a value that the plan holds has a text or a pattern in it. Reaches nothing.

import { z } from "zod";
import { abortFailure, OperationError } from "#engine/failure.ts";
import type { Json } from "#engine/json.ts";
import type { Operation } from "#engine/operation.ts";
import { badInput, notHeld, quoted, READS } from "./condition.ts";
import { affordable, compilePattern, patternText } from "./text-pattern.ts";

const json: z.ZodType<Json> = z.json();

const input = z
  .strictObject({
    /** Text is searched as it is, anything else as JSON. */
    value: json,
    text: z.string().min(1).max(10_000).optional(),
    pattern: patternText.optional(),
  })
  .superRefine(({ text, pattern }, context) => {
    if ((text === undefined) === (pattern === undefined)) {
      context.addIssue({ code: "custom", path: ["text"], message: "give either text or pattern" });
    }
  });
type Input = z.infer<typeof input>;

const result = z.strictObject({ contained: z.literal(true) });

export function contains(): Operation<Input, z.infer<typeof result>> {
  return {
    ...READS,
    name: "check.contains",
    summary: "Check that a value contains a text or a pattern.",
    input,
    result,
    example: { value: "${{ result.body }}", text: "ready" },
    defaultTimeoutMs: 10_000,
    describe: (given) => `Check that a value contains ${sought(given)}.`,
    run: async (given, { signal }) => {
      if (signal.aborted) throw new OperationError(abortFailure("the value was not looked at"));
      const searched = typeof given.value === "string" ? given.value : JSON.stringify(given.value);
      if (!isIn(searched, given)) {
        throw notHeld(
          `Found ${quoted(given.value, 300)}, expected it to contain ${sought(given)}.`,
        );
      }
      return { contained: true };
    },
  };
}

function isIn(searched: string, { text, pattern = "" }: Input): boolean {
  if (text !== undefined) return searched.includes(text);
  const compiled = compilePattern(pattern);
  if (!compiled.ok) throw badInput(`The pattern ${compiled.reason}.`);
  if (!affordable(compiled.pattern, searched)) {
    throw badInput(
      `The pattern is too large for a value of ${searched.length} characters: shorten one of them.`,
    );
  }
  return compiled.pattern.found(searched);
}

function sought({ text, pattern }: Input): string {
  return text === undefined ? `the pattern ${quoted(pattern)}` : quoted(text);
}
