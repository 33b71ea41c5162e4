import { describe, expect, test } from "vitest";
import { createFlowOperations } from "#adapters/flow/flow-operations.ts";
import { OperationError } from "#engine/failure.ts";
import type { JsonObject } from "#engine/json.ts";
import { describeOperation } from "./operation-conformance.ts";

const operations = createFlowOperations();

function operationNamed(name: string) {
  const operation = operations.find((one) => one.name === name);
  if (operation === undefined) throw new Error(`there is no ${name}`);
  return operation;
}

function benchOf(name: string) {
  return async () => ({
    operation: operationNamed(name),
    family: operations,
    state: () => null,
    changes: () => 0,
    secrets: [],
    tearDown: async () => {},
  });
}

const READS = { risk: "read-only", effect: "idempotent", undo: false, instant: true } as const;

describeOperation("flow.continue", benchOf("flow.continue"), {
  "no input": { ...READS, input: () => ({}) },
});

describeOperation("flow.outputs", benchOf("flow.outputs"), {
  "two values": { ...READS, input: () => ({ outputs: { version: "1.2.3", hosts: [1, 2] } }) },
});

describe("flow.outputs", () => {
  test("takes so much and no more", () => {
    const { input } = operationNamed("flow.outputs");
    const size = (length: number) => input.safeParse({ outputs: { a: "x".repeat(length) } });
    expect(size(499_000).success).toBe(true);
    const tooMuch = size(500_000);
    expect(tooMuch.error?.issues[0]?.message).toBe("at most 500000 characters in all");
  });
});

describeOperation("check.expression", benchOf("check.expression"), {
  "a true condition": { ...READS, input: () => ({ expression: "1 < 2", holds: true }) },
  "a condition of several lines": {
    ...READS,
    input: () => ({ expression: "1 < 2 &&\n  2 < 3", holds: true }),
  },
});

describe("check.expression", () => {
  const run = (input: JsonObject) => {
    const operation = operationNamed("check.expression");
    return operation.run(operation.input.parse(input), {
      signal: new AbortController().signal,
      idempotencyKey: "k",
      output: () => {},
      profile: null,
      timeoutMs: 1000,
    });
  };

  test("fails with the condition in words when it is false", async () => {
    const error = await run({ expression: "inputs.count < 5", holds: false }).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(OperationError);
    expect(error).toMatchObject({
      failure: {
        category: "validation",
        code: "CHECK",
        message: "The condition is false: inputs.count < 5.",
      },
    });
  });
});
