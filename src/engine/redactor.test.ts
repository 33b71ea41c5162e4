import { expect, test } from "vitest";
import { z } from "zod";
import { OperationError } from "./failure.ts";
import { eraseOperation } from "./operation.ts";
import type { AttemptContext } from "./operation.ts";
import { redactedOperation } from "./redactor.ts";
import type { Redactor } from "./redactor.ts";

const SECRET = "hunter22";
const redactor: Redactor = {
  mask: "[redacted]",
  text: (text) => text.replaceAll(SECRET, "[redacted]"),
  certain: (text) => redactor.text(text),
  knows: (text) => text.includes(SECRET),
  stream: () => {
    let held = "";
    return {
      push: (chunk) => {
        held += chunk;
        return "";
      },
      end: () => redactor.text(held),
    };
  },
};

const leaky = eraseOperation({
  name: "test.leak",
  summary: "Leak a secret everywhere.",
  input: z.strictObject({ fail: z.boolean() }),
  result: z.strictObject({ token: z.string() }),
  example: { fail: false },
  worstRisk: "modify",
  risk: () => "modify",
  effect: () => "idempotent",
  defaultTimeoutMs: 1000,
  describe: () => "Leak a secret.",
  describeUndo: () => "Put it back.",
  locks: () => ["test"],
  capture: () => Promise.resolve({ before: [SECRET] }),
  undo: (_input, _result, captured) => ({ uses: "test.leak", with: { ...captured } }),
  restore: (_input, then) => ({
    calls: [
      { uses: "test.leak", with: { ...then } },
      { uses: "test.leak", with: { before: ["y"] } },
    ],
    impossible: [`${SECRET} is gone.`],
  }),
  run: async ({ fail }: { fail: boolean }, context: AttemptContext) => {
    context.output("hunt");
    context.output("er22\n");
    if (fail) throw new OperationError({ category: "permanent", message: `no ${SECRET}` });
    return { token: SECRET };
  },
});
const operation = redactedOperation(leaky, redactor);

function context(shown: string[]): AttemptContext {
  return {
    signal: new AbortController().signal,
    idempotencyKey: "key",
    output: (text) => shown.push(text),
    profile: null,
    timeoutMs: 1000,
  };
}

test("a secret is masked in the result and in output cut in two", async () => {
  const shown: string[] = [];
  expect(await operation.run({ fail: false }, context(shown))).toEqual({ token: "[redacted]" });
  expect(shown.join("")).toBe("[redacted]\n");
});

test("a secret is masked in a failure", async () => {
  await expect(operation.run({ fail: true }, context([]))).rejects.toMatchObject({
    failure: { category: "permanent", message: "no [redacted]" },
  });
});

test("a masked state is never put back in place of the secret", async () => {
  const captured = await operation.capture?.({ fail: false }, context([]));
  expect(captured).toEqual({ before: ["[redacted]"] });
  expect(() => operation.undo?.({ fail: false }, null, captured ?? null)).toThrow(/by hand/);
});

test("a state without a secret is put back as it was", () => {
  expect(operation.undo?.({ fail: false }, null, { before: ["x"] })).toEqual({
    uses: "test.leak",
    with: { before: ["x"] },
  });
});

test("a restore leaves out what would put the mask in place of the secret, and says so", () => {
  const then = { before: ["[redacted]"] };
  expect(operation.restore?.({ fail: false }, then, {})).toEqual({
    calls: [{ uses: "test.leak", with: { before: ["y"] } }],
    impossible: ["[redacted] is gone.", expect.stringContaining("by hand")],
  });
});
