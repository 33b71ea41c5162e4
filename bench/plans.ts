// The work that is measured: plans of ten steps, asked for and approved like any other. The policy lets them
// run without a signature, so that no person is part of what is measured.

import { appendFileSync, readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import type { PlanRequest } from "../src/engine/compile-plan.ts";
import { abortFailure, OperationError } from "../src/engine/failure.ts";
import type { Directory } from "../src/engine/identity.ts";
import { createRegistry, eraseOperation } from "../src/engine/operation.ts";
import type { Operation } from "../src/engine/operation.ts";
import type { Asker } from "../src/engine/use-case-ports.ts";
import { anEnvironment, aPolicy, aRule } from "../test/builders/a-policy.ts";
import { createFakeDirectory } from "../test/fakes/fake-directory.ts";

export const STEPS = 10;

/** Steps of each stage: 3 + 4 + 3. */
export const STAGES = [3, 4, 3] as const;

/** How long a step with an effect takes, in milliseconds. */
const EFFECT_MS = 30;

type Listener = (runId: string) => void;
let onStep: Listener | null = null;
let gate: Promise<void> | null = null;

/** Told of every step that begins, until the next listener; null: nobody is. */
export function hearSteps(listener: Listener | null): void {
  onStep = listener;
}

/** Steps that wait for the gate don't end until it is opened. */
export function closeGate(): () => void {
  const { promise, resolve } = Promise.withResolvers<void>();
  gate = promise;
  return () => {
    gate = null;
    resolve();
  };
}

const target = z.strictObject({ target: z.string() });
type Target = z.infer<typeof target>;

const noOp: Operation<Target, Target> = {
  name: "bench.no_op",
  summary: "Do nothing.",
  input: target,
  result: target,
  example: { target: "web-1" },
  worstRisk: "read-only",
  risk: () => "read-only",
  effect: () => "idempotent",
  defaultTimeoutMs: 30_000,
  describe: (input) => `Do nothing to ${input.target}`,
  describeUndo: () => null,
  locks: () => [],
  run: (input, { step }) => {
    if (step !== undefined) onStep?.(step.runId);
    return Promise.resolve(input);
  },
};

/** Counts as a change, so that it is written down before it begins. */
const waitForGate: Operation<Target, Target> = {
  ...noOp,
  name: "bench.wait",
  summary: "Wait until the gate is open.",
  worstRisk: "modify",
  risk: () => "modify",
  defaultTimeoutMs: 600_000,
  async run(input, { step }) {
    if (step !== undefined) onStep?.(step.runId);
    await gate;
    return input;
  },
};

export type HoldListener = (what: "began" | "stopped", runId: string) => void;
let onHold: HoldListener = () => undefined;

/** Told when a step that never ends by itself has begun, and when it was told to stop. */
export function hearHolds(listener: HoldListener): void {
  onHold = listener;
}

const holdOn: Operation<Target, Target> = {
  ...noOp,
  name: "bench.hold",
  summary: "Go on until it is stopped.",
  worstRisk: "modify",
  risk: () => "modify",
  defaultTimeoutMs: 600_000,
  run: (_input, { step, signal }) =>
    new Promise((_resolve, reject) => {
      const runId = step?.runId ?? "";
      const stop = (): void => {
        onHold("stopped", runId);
        reject(new OperationError(abortFailure("nothing was done")));
      };
      signal.addEventListener("abort", stop, { once: true });
      onHold("began", runId);
    }),
};

const file = z.strictObject({ path: z.string() });
type File = z.infer<typeof file>;

/** Changes something that everybody can see: a line in a file, in the middle of its time. Can be asked about it. */
const appendLine: Operation<File, File> = {
  name: "bench.append",
  summary: "Write a line.",
  input: file,
  result: file,
  example: { path: "/tmp/effects" },
  worstRisk: "modify",
  risk: () => "modify",
  effect: () => "probe",
  defaultTimeoutMs: 30_000,
  describe: ({ path }) => `Write a line to ${path}`,
  describeUndo: () => null,
  locks: () => [],
  async run(input, { idempotencyKey }) {
    await pause(EFFECT_MS / 2);
    appendFileSync(input.path, `${idempotencyKey}\n`);
    await pause(EFFECT_MS / 2);
    return input;
  },
  probe: (input, _captured, { idempotencyKey }) =>
    Promise.resolve(
      readFileSync(input.path, "utf8").includes(idempotencyKey)
        ? { happened: true, result: input }
        : { happened: false },
    ),
};

export const registry = createRegistry([
  eraseOperation(noOp),
  eraseOperation(waitForGate),
  eraseOperation(appendLine),
  eraseOperation(holdOn),
]);

const production = anEnvironment();

export const policy = aPolicy({
  limits: {
    parallelism: 10,
    runTimeMs: 3_600_000,
    holdTimeMs: 3_600_000,
    pendingPlansPerRequester: 100_000,
    stepsPerPlan: 10_000,
  },
  environments: {
    production: { ...production, approval: { ...production.approval, modify: aRule([]) } },
  },
});

/** Slack as it answers when it takes no time: its own latency is not what is measured. */
export function immediateDirectory(): Directory {
  return createFakeDirectory();
}

export type Mode = "stages" | "sequential" | "parallel";

const COUNTS: Readonly<Record<Mode, readonly number[]>> = {
  stages: STAGES,
  sequential: [STEPS],
  parallel: [STEPS],
};

/** Ten steps that do nothing: in three stages, one after the other, or all at the same time. */
export function noOpRequest(mode: Mode): PlanRequest {
  return tenSteps(mode, (stage, place) => ({
    uses: noOp.name,
    with: { target: `web-${stage}-${place}` },
  }));
}

/** Ten steps that wait for the gate. */
export function waitingRequest(mode: Mode): PlanRequest {
  return tenSteps(mode, (stage, place) => ({
    uses: waitForGate.name,
    with: { target: `web-${stage}-${place}` },
  }));
}

/** Ten steps of 30 ms that each write a line to the file. */
export function appendingRequest(mode: Mode, path: string): PlanRequest {
  return tenSteps(mode, () => ({ uses: appendLine.name, with: { path } }));
}

/** Ten steps of which the first asks a person, so that nothing begins until somebody answers. */
export function askingRequest(): PlanRequest {
  return tenSteps("sequential", (stage, place) => ({
    uses: noOp.name,
    with: { target: `web-${stage}-${place}` },
    ...(place === 0 && {
      ask: { message: "Go on?", fields: { why: { type: "text" } }, from: ["developers"] },
    }),
  }));
}

/** One step that goes on until it is stopped. */
export function holdingRequest(): PlanRequest {
  const steps = [{ id: "hold", uses: holdOn.name, with: { target: "web" } }];
  const value = { title: "Go on", environment: "production", steps };
  return { kind: "source", value, text: JSON.stringify(value) };
}

type Call = (stage: number, place: number) => Readonly<Record<string, unknown>>;

function tenSteps(mode: Mode, call: Call): PlanRequest {
  let before: readonly string[] = [];
  const steps = COUNTS[mode].flatMap((count, stage) => {
    const made = Array.from({ length: count }, (_, place) => ({
      id: `s${stage}-${place}`,
      ...call(stage, place),
      ...(before.length > 0 && { needs: before }),
    }));
    before = made.map(({ id }) => id);
    return made;
  });
  const value = {
    title: `Ten steps, ${mode}`,
    environment: "production",
    mode: mode === "sequential" ? mode : "stages",
    parallelism: STEPS,
    steps,
  };
  return { kind: "source", value, text: JSON.stringify(value) };
}

let requests = 0;

/** A new request of the same person in the same channel. */
export function newAsker(): Asker {
  requests += 1;
  const teamId = "T0ACME";
  const name = `bench-${process.pid}-${requests}`;
  return {
    teamId,
    userId: "U0REQ",
    conversation: {
      id: `cv-${name}`,
      teamId,
      channelId: "C0OPS",
      threadTs: null,
      words: "ten steps",
      permalink: null,
    },
    requestId: `Ev-${name}`,
    entry: "command",
  };
}
