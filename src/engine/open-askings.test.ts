import { beforeEach, describe, expect, test } from "vitest";
import { anApproval, anInquiry, askingRun } from "#test/builders/asking-run.ts";
import type { AskingRun } from "#test/builders/asking-run.ts";
import { createWorld } from "#test/builders/engine-world.ts";
import type { World } from "#test/builders/engine-world.ts";
import { aStep } from "#test/builders/plan-records.ts";
import { openAskings } from "./open-askings.ts";

const HOUR = 3_600_000;
let world: World;
let asking: AskingRun;

beforeEach(async () => {
  world = createWorld();
  asking = await askingRun(world, [
    aStep({ id: "gate", risk: "destructive", approval: anApproval() }),
    aStep({ id: "ask", inquiry: anInquiry() }),
    aStep({ id: "named", inquiry: anInquiry({ from: { groups: ["sre"], users: ["U0DEV"] } }) }),
  ]);
});

const open = async () =>
  (await openAskings(world.ports, "T0ACME")).map(({ kind, step, couldAnswer }) => [
    kind,
    step.id,
    couldAnswer,
  ]);

describe("what runs ask people", () => {
  test("is listed with who could answer, the first to close first", async () => {
    const now = world.clock.now();
    asking.note(
      { kind: "step.approval-opened", stepId: "gate", closesAt: now + 3 * HOUR },
      { kind: "step.inquiry-opened", stepId: "ask", closesAt: now + HOUR },
      { kind: "step.inquiry-opened", stepId: "named", closesAt: now + 2 * HOUR },
    );
    expect(await open()).toEqual([
      ["question", "ask", ["U0REQ", "U0ANN", "U0BOB", "U0CAT"]],
      ["question", "named", ["U0DEV", "U0ANN", "U0BOB", "U0CAT"]],
      ["approval", "gate", ["U0ANN", "U0BOB", "U0CAT"]],
    ]);
  });

  test("is not listed once it is over, in another workspace, or of a run that has ended", async () => {
    const closesAt = world.clock.now() + HOUR;
    expect(await open()).toEqual([]);
    asking.note({ kind: "step.inquiry-opened", stepId: "ask", closesAt });
    expect(await openAskings(world.ports, "T0OTHER")).toEqual([]);
    asking.note({ kind: "step.inquiry-expired", stepId: "ask" });
    expect(await open()).toEqual([]);
    asking.note({ kind: "step.approval-opened", stepId: "gate", closesAt });
    world.runs.put({ ...asking.run(), status: "canceled" });
    expect(await open()).toEqual([]);
  });
});
