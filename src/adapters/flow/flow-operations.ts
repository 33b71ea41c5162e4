// The operations that the plan language itself stands on. They reach nothing.

import { z } from "zod";
import { CHECK_EXPRESSION, FLOW_CONTINUE, FLOW_OUTPUTS } from "#engine/built-in-operations.ts";
import { abortFailure, OperationError } from "#engine/failure.ts";
import { eraseOperation } from "#engine/operation.ts";
import type { Json } from "#engine/json.ts";
import type { AnyOperation, Effect, Operation } from "#engine/operation.ts";
import type { Risk } from "#engine/risk.ts";

const READS = {
  worstRisk: "read-only",
  risk: (): Risk => "read-only",
  effect: (): Effect => "idempotent",
  defaultTimeoutMs: 10_000,
  describeUndo: () => null,
  locks: () => [],
} as const;

const nothing = z.strictObject({});

const continueRun: Operation<z.infer<typeof nothing>, z.infer<typeof nothing>> = {
  ...READS,
  name: FLOW_CONTINUE,
  summary: "Do nothing and go on.",
  input: nothing,
  result: nothing,
  example: {},
  describe: () => "Go on.",
  run: async (_input, { signal }) => {
    if (signal.aborted) throw new OperationError(abortFailure("nothing was done"));
    return {};
  },
};

/** All outputs of one playbook, as JSON: they are recorded with the run and read by every later expression. */
const MOST_CHARACTERS = 500_000;

const outputs = z.strictObject({
  /** By name, what each has come to. */
  outputs: z
    .record(z.string().min(1).max(100), z.json())
    .refine((values) => JSON.stringify(values).length <= MOST_CHARACTERS, {
      error: `at most ${MOST_CHARACTERS} characters in all`,
    }),
});

const handOut: Operation<z.infer<typeof outputs>, Json> = {
  ...READS,
  name: FLOW_OUTPUTS,
  summary: "Hand out what a playbook has come to.",
  input: outputs,
  result: z.json(),
  example: { outputs: { version: "1.2.3" } },
  describe: ({ outputs: values }) => `Hand out ${onOneLine(Object.keys(values).join(", "))}.`,
  run: async ({ outputs: values }, { signal }) => {
    if (signal.aborted) throw new OperationError(abortFailure("nothing was handed out"));
    return values;
  },
};

const condition = z.strictObject({
  /** The expression as written, for people. */
  expression: z.string().min(1).max(4000),
  /** What it answers. */
  holds: z.boolean(),
});

const checkExpression: Operation<z.infer<typeof condition>, z.infer<typeof nothing>> = {
  ...READS,
  name: CHECK_EXPRESSION,
  summary: "Check that an expression is true.",
  input: condition,
  result: nothing,
  example: { expression: "inputs.count < 5", holds: true },
  describe: ({ expression }) => `Check that ${onOneLine(expression)}.`,
  run: async ({ expression, holds }, { signal }) => {
    if (signal.aborted) throw new OperationError(abortFailure("the condition was not looked at"));
    if (holds) return {};
    // Nothing in it changes by waiting, so there is no category that a retry would help.
    throw new OperationError({
      category: "validation",
      code: "CHECK",
      message: `The condition is false: ${onOneLine(expression)}.`,
    });
  },
};

/** The expression without line breaks and other marks that end a line. */
function onOneLine(text: string): string {
  return text.replaceAll(/[\s\p{Cc}\p{Zl}\p{Zp}]+/gu, " ").trim();
}

export function createFlowOperations(): readonly AnyOperation[] {
  return [eraseOperation(continueRun), eraseOperation(handOut), eraseOperation(checkExpression)];
}
