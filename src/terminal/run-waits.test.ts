// What a run waits for people to do, as a terminal shows it.

import { describe, expect, test } from "vitest";
import { aField, anApproval, anInquiry, askingRun } from "#test/builders/asking-run.ts";
import { createWorld } from "#test/builders/engine-world.ts";
import { aStep } from "#test/builders/plan-records.ts";
import type { PlanStep } from "#engine/plan.ts";
import { reportRun } from "#engine/run-report.ts";
import type { RunReport } from "#engine/run-report.ts";
import type { RunEvent } from "#engine/run.ts";
import { runWaits } from "./run-waits.ts";
import { PLAIN } from "./screen.ts";

async function shown(
  step: Partial<PlanStep>,
  events: readonly RunEvent[],
  changes: Partial<RunReport> = {},
): Promise<string> {
  const world = createWorld();
  const { run, note } = await askingRun(world, [aStep({ id: "stop", ...step })]);
  note(...events);
  const now = world.clock.now();
  const report = { ...reportRun({ ...run(), events: [] }, now), ...changes };
  return runWaits({ view: run(), report, now }, PLAIN).join("\n");
}

const AT = Date.UTC(2026, 10, 21, 10, 0);

describe("what a run waits for is shown with the words that answer it:", () => {
  test("an open approval, until it is closed", async () => {
    const opened = {
      kind: "step.approval-opened",
      stepId: "stop",
      closesAt: AT,
    } as const;
    const text = await shown({ approval: anApproval() }, [opened]);
    expect(text).toContain('Step "stop" waits for an approval, until 2026-11-21 10:00 UTC');
    expect(text).toContain("Stop production?");
    expect(text).toContain("0 approvals given, 1 needed");
    expect(text).toContain("approve stop, or reject stop <reason>");
    const canceled = {
      kind: "run.cancel-requested",
      by: { kind: "system", part: "engine" },
    } as const;
    expect(await shown({ approval: anApproval() }, [opened, canceled])).toBe("");
  });

  test("an open question with its fields", async () => {
    const inquiry = anInquiry({ fields: [aField("ticket", "text"), aField("token", "secret")] });
    const opened = { kind: "step.inquiry-opened", stepId: "stop", closesAt: AT } as const;
    const text = await shown({ inquiry }, [opened]);
    expect(text).toContain('Step "stop" asks a question');
    expect(text).toContain("Which one?");
    expect(text).toContain("ticket (text), token (secret)");
    expect(text).toContain("the button Answer");
  });

  test("a hold for a failed step, and one for a check", async () => {
    const held = { heldReasons: ['Step "stop" failed.'], heldFor: ["stop"], heldUntil: AT };
    const failed = await shown({}, [], held);
    expect(failed).toContain("It is held, until 2026-11-21 10:00 UTC");
    expect(failed).toContain("retry stop, skip stop <reason>, rollback or cancel");
    const checked = await shown({}, [], { heldReasons: ["A freeze is on."] });
    expect(checked).toContain("resume, rollback or cancel");
  });

  test("an open breaker, and an attempt nobody knows the end of", async () => {
    const delay = { target: "http:lb.internal", until: AT, openedAt: AT - 60_000 };
    const { steps } = await plainReport();
    const text = await shown({}, [], {
      steps: steps.map((step) => ({ ...step, delay })),
      question: {
        call: { phase: "forward", stepId: "stop" },
        attempt: 1,
        failure: { category: "timeout", message: "No answer." },
      },
    });
    expect(text).toContain("override http:lb.internal");
    expect(text).toContain("open since 2026-11-21 09:59 UTC");
    expect(text).toContain('It asks whether "stop" happened');
  });
});

async function plainReport(): Promise<RunReport> {
  const world = createWorld();
  const { run } = await askingRun(world, [aStep({ id: "stop" })]);
  return reportRun({ ...run(), events: [] }, world.clock.now());
}
