import { beforeEach, expect, test } from "vitest";
import { askingRun, RUN_ID } from "#test/builders/asking-run.ts";
import type { AskingRun } from "#test/builders/asking-run.ts";
import { createWorld } from "#test/builders/engine-world.ts";
import type { World } from "#test/builders/engine-world.ts";
import { aStep } from "#test/builders/plan-records.ts";
import { operateRun } from "./operate-run.ts";
import type { OperatorRequest } from "./operate-run.ts";
import { explainRefusal } from "./explain-refusal.ts";

let world: World;
let asking: AskingRun;

beforeEach(async () => {
  world = createWorld();
  asking = await askingRun(world, [aStep({ id: "one", onFailure: "stop" }), aStep({ id: "two" })]);
});

const operate = (request: OperatorRequest) =>
  operateRun(world.ports, { runId: RUN_ID, request, operator: "root@db-1" });

const requests = () => world.runs.requested.map(({ request }) => request.kind);

test("nobody has a failed step tried again: a run held for one is not resumed, and the refusal says where it can be", async () => {
  const call = { phase: "forward", stepId: "one" } as const;
  const failure = { category: "permanent", message: "no" } as const;
  asking.note(
    { kind: "attempt.failed", call, attempt: 1, failure, retryAt: null, durationMs: 1 },
    { kind: "run.held", reasons: ["It failed."], failedSteps: ["one"] },
  );
  const answer = await operate("resume");
  if (answer.ok) throw new Error("it was resumed");
  expect(answer.refusal).toEqual({ code: "retry-needs-person", runId: RUN_ID, heldFor: ["one"] });
  expect(explainRefusal(answer.refusal)).toContain(
    "say retry (or skip and why) in the run's thread",
  );
  expect(requests()).toEqual([]);
  expect(world.audit.kinds()).toEqual(["refused"]);
  expect(await operate("cancel"), "it may still be stopped").toMatchObject({ ok: true });
});

test("a run that is paused, or held by a check, goes on: every check is made afresh", async () => {
  asking.note({ kind: "run.held", reasons: ["Slack could not be asked."] });
  expect(await operate("resume")).toMatchObject({ ok: true });
  expect(requests()).toEqual(["resume"]);
  expect(world.audit.kinds()).toEqual(["control.requested"]);
});
