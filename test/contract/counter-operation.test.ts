import { eraseOperation } from "#engine/operation.ts";
import { addToCounter } from "./counter-operation.ts";
import { describeOperation } from "./operation-conformance.ts";

async function makeBench() {
  const keys = new Set<string>();
  let total = 0;
  let broken = false;
  let taken: (() => void) | null = null;
  const operation = eraseOperation(
    addToCounter({
      read: () => total,
      added: (key) => keys.has(key),
      add: async (key, amount, signal) => {
        if (broken) throw new Error("the counter is stuck");
        keys.add(key);
        total += amount;
        if (taken !== null) {
          taken();
          await new Promise((_resolve, reject) => {
            signal.addEventListener("abort", () => reject(new Error("stopped")), { once: true });
          });
        }
        return total;
      },
    }),
  );
  return {
    operation,
    family: [operation],
    state: () => total,
    changes: () => keys.size,
    stall: () =>
      new Promise<void>((resolve) => {
        taken = resolve;
      }),
    secrets: [],
    tearDown: async () => {},
    breakIt: () => {
      broken = true;
    },
  };
}

describeOperation("counter.add", makeBench, {
  "a number": {
    risk: "modify",
    effect: "probe",
    undo: true,
    restore: "all",
    target: () => "counter:main",
    input: () => ({ amount: 3 }),
    failures: { "a stuck counter": ({ breakIt }) => breakIt() },
  },
});
