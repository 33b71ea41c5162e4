// The work that is measured: plans of ten steps that do nothing, asked for and approved like any other. The
// policy lets them run without a signature, because they only read.

import { z } from "zod";
import type { Directory } from "#engine/identity.ts";
import { createRegistry, eraseOperation } from "#engine/operation.ts";
import type { Operation } from "#engine/operation.ts";
import type { PlanRequest } from "#engine/compile-plan.ts";
import type { Asker } from "#engine/use-case-ports.ts";
import { aPolicy } from "#test/builders/a-policy.ts";
import { createFakeDirectory } from "#test/fakes/fake-directory.ts";

export const STEPS = 10;

/** Steps of each stage: 3 + 4 + 3. */
export const STAGES = [3, 4, 3] as const;

const input = z.strictObject({ target: z.string() });

const noOp: Operation<z.infer<typeof input>, { readonly target: string }> = {
  name: "bench.no_op",
  summary: "Do nothing.",
  input,
  result: z.object({ target: z.string() }),
  example: { target: "web-1" },
  worstRisk: "read-only",
  risk: () => "read-only",
  effect: () => "idempotent",
  defaultTimeoutMs: 30_000,
  describe: ({ target }) => `Do nothing to ${target}`,
  describeUndo: () => null,
  locks: () => [],
  run: ({ target }) => Promise.resolve({ target }),
};

export const registry = createRegistry([eraseOperation(noOp)]);

export const policy = aPolicy({
  limits: {
    parallelism: 10,
    runTimeMs: 3_600_000,
    holdTimeMs: 3_600_000,
    pendingPlansPerRequester: 10,
    stepsPerPlan: 500,
  },
});

/** Slack as it answers when it takes no time: its own latency is not what is measured. */
export function immediateDirectory(): Directory {
  return createFakeDirectory();
}

/** Three stages of 3, 4 and 3 steps, or ten steps one after the other. */
export function noOpRequest(mode: "stages" | "sequential"): PlanRequest {
  const step = (stage: number, place: number, needs: readonly string[]) => ({
    id: `s${stage}-${place}`,
    uses: noOp.name,
    with: { target: `web-${stage}-${place}` },
    ...(needs.length > 0 && { needs }),
  });
  const stages = mode === "sequential" ? [STEPS] : STAGES;
  let before: readonly string[] = [];
  const steps = stages.flatMap((count, stage) => {
    const made = Array.from({ length: count }, (_, place) => step(stage, place, before));
    before = made.map(({ id }) => id);
    return made;
  });
  const value = { title: `Ten steps in ${mode}`, environment: "production", mode, steps };
  return { kind: "source", value, text: JSON.stringify(value) };
}

let requests = 0;

/** A new request of the same person in the same channel. */
export function newAsker(): Asker {
  requests += 1;
  const teamId = "T0ACME";
  return {
    teamId,
    userId: "U0REQ",
    conversation: {
      id: `cv-bench-${requests}`,
      teamId,
      channelId: "C0OPS",
      threadTs: null,
      words: "ten steps",
      permalink: null,
    },
    requestId: `Ev-bench-${requests}`,
    entry: "command",
  };
}
