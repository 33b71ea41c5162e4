// The smallest operation that changes something, as docs/operations/writing-an-operation.md builds it.
// It keeps the conformance suite honest: it uses every optional member.

import { z } from "zod";
import { abortFailure, OperationError, OutcomeUnknown } from "#engine/failure.ts";
import type { Operation } from "#engine/operation.ts";

/** A counter that remembers who added what. */
export type Counter = {
  readonly read: () => number;
  readonly added: (key: string) => boolean;
  readonly add: (key: string, amount: number, signal: AbortSignal) => Promise<number>;
};

const input = z.strictObject({ amount: z.int().min(-1000).max(1000) });
const result = z.strictObject({ total: z.int() });

export function addToCounter(
  counter: Counter,
): Operation<z.infer<typeof input>, z.infer<typeof result>> {
  return {
    name: "counter.add",
    summary: "Add a number to the counter.",
    input,
    result,
    example: { amount: 1 },
    worstRisk: "modify",
    risk: () => "modify",
    effect: () => "probe",
    defaultTimeoutMs: 1_000,
    describe: ({ amount }) => `Add ${amount} to the counter.`,
    describeUndo: ({ amount }) => `Add ${-amount} to the counter.`,
    locks: () => ["counter:main"],
    target: () => "counter:main",
    preview: async () => ({ wouldSucceed: true, lines: [`The counter is at ${counter.read()}.`] }),
    capture: async () => ({ total: counter.read() }),
    undoRisk: "modify",
    undo: ({ amount }) => ({ uses: "counter.add", with: { amount: -amount } }),
    restore: (_input, then, now) => {
      const amount = Number(then["total"]) - Number(now["total"]);
      return {
        calls: amount === 0 ? [] : [{ uses: "counter.add", with: { amount } }],
        impossible: [],
      };
    },
    probe: async (_input, _captured, { idempotencyKey }) =>
      counter.added(idempotencyKey)
        ? { happened: true, result: { total: counter.read() } }
        : { happened: false },
    run: async ({ amount }, { signal, idempotencyKey, output }) => {
      if (signal.aborted) throw new OperationError(abortFailure("nothing was added"));
      try {
        const total = await counter.add(idempotencyKey, amount, signal);
        output(`the counter is at ${total}\n`);
        return { total };
      } catch (error) {
        if (signal.aborted) throw new OutcomeUnknown(abortFailure("the counter had been asked"));
        throw new OperationError({ category: "temporary", message: String(error) });
      }
    },
  };
}
