// Operations that touch nothing, one of each risk and effect, for tests of plans.

import { z } from "zod";
import { createFlowOperations } from "#adapters/flow/flow-operations.ts";
import { createRegistry, eraseOperation } from "#engine/operation.ts";
import type { AnyOperation, Registry } from "#engine/operation.ts";

const server = z.strictObject({
  name: z.string().min(1),
  count: z.int().min(1).max(100).default(1),
  tags: z.array(z.string()).default([]),
  urgent: z.boolean().default(false),
});

export type ToyCalls = { readonly runs: string[]; readonly previews: string[] };

/** @param calls what was called, so that a test can say what never was. */
export function toyOperations(
  calls: ToyCalls = { runs: [], previews: [] },
): readonly AnyOperation[] {
  const shared = {
    input: server,
    result: z.json(),
    example: { name: "web-1" },
    defaultTimeoutMs: 30_000,
    locks: ({ name }: z.infer<typeof server>) => [`toy:${name}`],
    describeUndo: () => null,
  };
  return [
    eraseOperation({
      ...shared,
      name: "toy.read",
      locks: () => [],
      summary: "Look at a server.",
      worstRisk: "read-only",
      risk: () => "read-only",
      effect: () => "idempotent",
      describe: ({ name }) => `Look at ${name}.`,
      preview: async ({ name }) => {
        calls.previews.push(name);
        return { wouldSucceed: true, lines: [`${name} is there.`] };
      },
      run: async ({ name }) => {
        calls.runs.push(name);
        return { name };
      },
    }),
    eraseOperation({
      ...shared,
      name: "toy.change",
      target: ({ name }) => `toy:${name}`,
      summary: "Change a server.",
      worstRisk: "destructive",
      risk: ({ urgent }) => (urgent ? "destructive" : "modify"),
      effect: () => "probe",
      describe: ({ name, count }) => `Change ${name} ${count} times.`,
      permitted: ({ name }, profile) =>
        name === "forbidden"
          ? `${name} is not listed${profile === null ? "" : ` for ${profile}`}.`
          : null,
      run: async ({ name }) => {
        calls.runs.push(name);
        return { name };
      },
    }),
    eraseOperation({
      ...shared,
      name: "toy.destroy",
      summary: "Destroy a server.",
      worstRisk: "destructive",
      risk: () => "destructive",
      effect: () => "once",
      describe: ({ name }) => `Destroy ${name}.`,
      describeUndo: ({ name }) => `Build ${name} again.`,
      undoRisk: "modify",
      undo: ({ name }) => ({ uses: "toy.change", with: { name } }),
      run: async ({ name }) => {
        calls.runs.push(name);
        return { name };
      },
    }),
  ];
}

const door = z.strictObject({ name: z.string(), open: z.boolean().default(true) });

/** A check, an operation whose state can be read and put back, and what the plan language stands on. */
function moreToyOperations(): readonly AnyOperation[] {
  const shared = { input: door, result: z.json(), example: { name: "north" } };
  return [
    ...createFlowOperations(),
    eraseOperation({
      ...shared,
      name: "check.door",
      summary: "Check that a door is open.",
      worstRisk: "read-only",
      risk: () => "read-only",
      effect: () => "idempotent",
      defaultTimeoutMs: 5_000,
      describe: ({ name }) => `Check that ${name} is open.`,
      describeUndo: () => null,
      locks: () => [],
      run: async () => ({}),
    }),
    eraseOperation({
      ...shared,
      name: "door.set",
      summary: "Open or close a door.",
      worstRisk: "modify",
      risk: () => "modify",
      effect: () => "idempotent",
      defaultTimeoutMs: 5_000,
      describe: ({ name, open }) => `${open ? "Open" : "Close"} ${name}.`,
      describeUndo: ({ name }) => `Put ${name} back.`,
      locks: ({ name }) => [`door:${name}`],
      capture: async () => ({ open: false }),
      undoRisk: "modify",
      undo: ({ name }, _result, captured) => ({
        uses: "door.set",
        with: { name, open: captured?.["open"] ?? false },
      }),
      run: async () => ({}),
    }),
  ];
}

/** Everything there is for tests of the plan language. */
export function languageRegistry(): Registry {
  return createRegistry([...toyOperations(), ...moreToyOperations()]);
}

export function toyRegistry(calls?: ToyCalls): Registry {
  return createRegistry(toyOperations(calls));
}
