import { beforeEach, describe, expect, test } from "vitest";
import { createWorld, planSource } from "#test/builders/engine-world.ts";
import type { World } from "#test/builders/engine-world.ts";
import { editPlan } from "./edit-plan.ts";
import { filePlan } from "./file-plan.ts";
import { overrideBreaker } from "./override-breaker.ts";
import { explainRefusal } from "./explain-refusal.ts";
import type { RunEvent, RunStatus } from "./run.ts";

const ENGINE = { kind: "system", part: "engine" } as const;
const call = { phase: "forward", stepId: "one" } as const;
const delayed = (target: string): RunEvent => ({
  kind: "step.delayed",
  call,
  target,
  until: 60_000,
  openedAt: 1,
});

let world: World;

async function run(
  events: readonly RunEvent[] = [delayed("http:lb")],
  status: RunStatus = "running",
): Promise<void> {
  const record = await world.plans.get("pl-1");
  if (record === null) throw new Error("no plan");
  const { plan, hash, version, conversation } = record;
  const begin: readonly RunEvent[] = [
    { kind: "run.queued", planVersion: version, planHash: hash },
    { kind: "run.started" },
  ];
  world.runs.put({
    runId: "run-1",
    planId: "pl-1",
    planVersion: version,
    planHash: hash,
    plan,
    teamId: "T0ACME",
    requesterId: "U0REQ",
    conversation,
    queuedAt: 0,
    status,
    owner: null,
    emergency: false,
    events: [...begin, ...events].map((event) => ({ at: 0, actor: ENGINE, event })),
  });
}

const override = (userId: string, target: string | null = "http:lb", runId = "run-1") =>
  overrideBreaker(world.ports, world.asks(userId), { runId, target });

beforeEach(async () => {
  world = createWorld();
  await filePlan(world.ports, world.asks("U0REQ"), planSource());
});

describe("an override of an open breaker", () => {
  test.each(["http:lb", null])(
    "somebody who could approve the plan may ask for it",
    async (target) => {
      await run();
      expect(await override("U0ANN", target)).toEqual({ ok: true, value: { target: "http:lb" } });
      expect(world.runs.requested).toEqual([
        {
          runId: "run-1",
          request: {
            kind: "override-breaker",
            by: { kind: "person", teamId: "T0ACME", userId: "U0ANN" },
            target: "http:lb",
          },
        },
      ]);
      expect(world.audit.entries.at(-1)).toMatchObject({
        runId: "run-1",
        event: { kind: "control.requested", request: "override http:lb" },
      });
    },
  );

  test("the requester may not, also when they are an approver, and is told who can", async () => {
    world.directory.setGroup("S0SRE", ["U0ANN", "U0REQ"]);
    await run();
    const result = await override("U0REQ");
    expect(result).toEqual({ ok: false, refusal: { code: "self-override", whoCan: ["U0ANN"] } });
    if (!result.ok) expect(explainRefusal(result.refusal)).toMatch(/somebody else.*@U0ANN can/);
    expect(world.audit.kinds().at(-1)).toBe("refused");
    expect(world.runs.requested).toEqual([]);
  });

  test("whoever edited the plan may not", async () => {
    world.directory.setGroup("S0SRE", ["U0ANN", "U0BOB", "U0DEV"]);
    const edited = await editPlan(world.ports, world.asks("U0DEV"), {
      planId: "pl-1",
      fromVersion: 1,
      ...planSource("toy.destroy", { name: "web-2" }),
    });
    expect(edited).toMatchObject({ ok: true });
    await run();
    expect(await override("U0DEV")).toEqual({
      ok: false,
      refusal: {
        code: "not-yours",
        attempted: "override a circuit breaker for this run",
        whoCan: ["U0ANN", "U0BOB"],
      },
    });
    expect(await override("U0BOB")).toMatchObject({ ok: true });
  });

  test.each([
    ["U0DEV", "not-yours"],
    ["U0GUEST", "not-a-member"],
  ])("%s may not: %s", async (userId, code) => {
    world.directory.refuse("U0GUEST", "guest");
    await run();
    expect(await override(userId)).toMatchObject({ refusal: { code } });
    expect(world.runs.requested).toEqual([]);
  });

  test.each<[string, readonly RunEvent[], string | null]>([
    ["of a target that holds nothing back", [delayed("http:lb")], "http:db"],
    ["before anything is held back", [], "http:lb"],
    [
      "once it was overridden",
      [delayed("http:lb"), { kind: "run.breaker-overridden", target: "http:lb", by: ENGINE }],
      "http:lb",
    ],
  ])("%s there is nothing to override", async (_when, events, target) => {
    await run(events);
    expect(await override("U0ANN", target)).toMatchObject({
      refusal: { code: "breaker-not-in-the-way" },
    });
  });

  test.each([
    ["a run that has ended", "completed", "run-1", "run-ended"],
    ["a run that is not there", "running", "run-2", "run-not-found"],
  ] as const)("%s can't go on", async (_what, status, runId, code) => {
    await run([], status);
    expect(await override("U0ANN", "http:lb", runId)).toMatchObject({ refusal: { code } });
  });
});
