// Whatever decides asks Slack at that moment: an answer that was kept from before is for display only.

import { beforeEach, expect, test } from "vitest";
import { anApproval, anInquiry, askingRun, RUN_ID } from "#test/builders/asking-run.ts";
import { openGlassWorld } from "#test/builders/glass-world.ts";
import type { GlassWorld } from "#test/builders/glass-world.ts";
import { aStep } from "#test/builders/plan-records.ts";
import { answerInquiry } from "./answer-inquiry.ts";
import { controlRun } from "./control-run.ts";
import { decideStepApproval } from "./decide-step-approval.ts";
import { delegate } from "./delegate.ts";
import { checkStart } from "./start-check.ts";
import { withdrawPlan } from "./withdraw-plan.ts";

let world: GlassWorld;
beforeEach(async () => {
  world = await openGlassWorld();
  await world.file();
});

type Prepared = () => Promise<unknown>;

async function approved(): Promise<void> {
  await world.vote("U0ANN", "approve");
  await world.vote("U0BOB", "approve");
}

/** Each prepares what it is about and answers the decision itself. */
const DECISIONS: Readonly<Record<string, () => Promise<Prepared>>> = {
  "a vote that meets the quorum": async () => {
    await world.vote("U0ANN", "approve");
    return () => world.vote("U0BOB", "approve");
  },
  "a rejection": async () => () => world.vote("U0BOB", "reject"),
  "a withdrawal": async () => () =>
    withdrawPlan(world.ports, world.asks("U0REQ"), { planId: "pl-1", reason: null }),
  "a broken glass": async () => () => world.smash("U0ANN"),
  "a review": async () => {
    await world.smash("U0ANN");
    await world.run("completed");
    return () => world.review("U0BOB");
  },
  "a delegation": async () => () =>
    delegate(world.ports, world.asks("U0ANN"), {
      toUserId: "U0DEV",
      until: world.clock.now() + 3_600_000,
    }),
  "the look before the start": async () => {
    await approved();
    const run = await world.run("queued");
    return () => checkStart(world.ports, run, "start");
  },
  "the look before the start of a broken glass": async () => {
    await world.smash("U0CAT");
    const run = await world.run("queued");
    return () => checkStart(world.ports, run, "start");
  },
  "what is said to a run": async () => {
    await approved();
    const { runId } = await world.run("running");
    return () => controlRun(world.ports, world.asks("U0ANN"), { runId, request: "cancel" });
  },
  "the decision on a step": async () => {
    const step = aStep({ id: "stop", risk: "destructive", approval: anApproval() });
    const { run } = await askingRun(world, [step]);
    const at = world.clock.now();
    const voter = { userId: "U0ANN", choice: "approve", groups: ["sre"] } as const;
    const vote = { ...voter, reason: null, viewHash: null, requestId: "Ev1", at };
    const asked = { closesAt: at + 1, votes: [vote] };
    return async () => {
      const verdict = await decideStepApproval(world.ports, run(), step, asked);
      return { ok: verdict?.outcome === "approved" };
    };
  },
  "an answer to a step": async () => {
    const { note } = await askingRun(world, [aStep({ id: "ask", inquiry: anInquiry() })]);
    note({ kind: "step.inquiry-opened", stepId: "ask", closesAt: world.clock.now() + 1 });
    const answer = { runId: RUN_ID, stepId: "ask", opening: 1, entered: {} };
    return () => answerInquiry(world.ports, world.asks("U0ANN"), answer);
  },
};

test.each(Object.keys(DECISIONS))(
  "%s asks Slack then, and relies on no earlier answer",
  async (name) => {
    const decide = await DECISIONS[name]?.();
    const before = world.directory.questions.length;
    const decided = await decide?.();
    expect(decided === "accepted" || (decided as { ok?: boolean }).ok).toBe(true);
    const asked = world.directory.questions.slice(before);
    expect(asked[0]).toMatch(/ fresh$/);
    expect(asked.filter((question) => question.endsWith(" cached"))).toEqual([]);
  },
);
