import { describe, expect, test } from "vitest";
import { RUN_STATUSES, type RunStatus } from "#engine/run.ts";
import { NOON, aPlan, aReport, aStep, aStepReport } from "#test/builders/plan-records.ts";
import { ACTIONS } from "./identifiers.ts";
import { runFinishedMessage } from "./run-finished.ts";
import { runHeldMessage } from "./run-held.ts";
import { runProgressMessage } from "./run-progress.ts";
import { runQuestionMessage } from "./run-question.ts";

const now = NOON + 60_000;
const json = (value: unknown) => JSON.stringify(value);
const actionIds = (value: unknown) => json(value).match(/(?<="action_id":")\w+/g) ?? [];

describe("the progress of a run", () => {
  const buttons: Readonly<Record<RunStatus, readonly string[]>> = {
    queued: [ACTIONS.cancel],
    running: [ACTIONS.pause, ACTIONS.cancel, ACTIONS.rollback],
    paused: [ACTIONS.resume, ACTIONS.cancel, ACTIONS.rollback],
    held: [ACTIONS.resume, ACTIONS.cancel, ACTIONS.rollback],
    "waiting-approval": [ACTIONS.cancel, ACTIONS.rollback],
    "waiting-answer": [ACTIONS.cancel, ACTIONS.rollback],
    "rolling-back": [],
    completed: [],
    failed: [],
    canceled: [],
    "rolled-back": [],
  };
  test.each(RUN_STATUSES)("offers the buttons that fit when it is %s", (status) => {
    const message = runProgressMessage({ report: aReport({ status }), output: [], now });
    expect(actionIds(message.blocks)).toEqual(buttons[status]);
  });

  test("of 500 steps shows what needs eyes and counts the rest", () => {
    const plan = aPlan({
      steps: Array.from({ length: 500 }, (_, index) => aStep({ id: `s${index}` })),
    });
    const steps = plan.steps.map((step, index) =>
      aStepReport(step.id, {
        status:
          index === 499
            ? "failed"
            : index === 250
              ? "running"
              : index < 100
                ? "succeeded"
                : "pending",
        startedAt: NOON,
        endedAt: index < 100 ? NOON + index : null,
      }),
    );
    const text = json(
      runProgressMessage({ report: aReport({ plan, steps }), output: [], now }).blocks,
    );
    for (const part of [
      "500. s499",
      "251. s250",
      "100. s99",
      "485 more steps",
      "87 done, 398 pending",
      "100 of 500 steps done · 1 running · 1 failed · 398 to go",
    ])
      expect(text).toContain(part);
    expect(text).not.toContain('"1. s0"');
  });

  test("shows the last lines of the output with their step", () => {
    const text = json(
      runProgressMessage({ report: aReport(), output: [{ call: "stop", text: "one\ntwo\n" }], now })
        .blocks,
    );
    expect(text).toContain("stop │ one\\nstop │ two");
  });
});

test("the last message of a run says what failed, what was taken back and what is left", () => {
  const steps = [
    aStepReport("drain", {
      status: "rollback-failed",
      failure: { category: "network", message: "cut" },
    }),
    aStepReport("stop", { status: "rolled-back" }),
    aStepReport("start", {
      status: "failed",
      failure: { category: "resource", code: "NoCapacity", message: "none left" },
    }),
    aStepReport("health", { status: "skipped" }),
  ];
  const report = aReport({
    status: "failed",
    endedAt: now,
    steps,
    reason: "Step start failed.",
    leftovers: ["Undrain the pool by hand."],
  });
  const text = json(
    runFinishedMessage({ report, logLink: "https://acme.slack.com/files/F1" }).blocks,
  );
  for (const part of [
    "Failed",
    "1. drain",
    "3. start",
    "NoCapacity: none left (resource)",
    "Taken back",
    "2. stop",
    "1 thing left",
    "Undrain the pool by hand.",
    "https://acme.slack.com/files/F1",
  ])
    expect(text).toContain(part);
});

test("a run that completed although a step failed says so, and which", () => {
  const report = aReport({
    status: "completed",
    endedAt: now,
    failedSteps: ["stop"],
    steps: [
      aStepReport("drain", { status: "succeeded" }),
      aStepReport("stop", { status: "failed" }),
    ],
  });
  const message = runFinishedMessage({ report, logLink: null });
  expect(message.text).toContain("Completed with failures: ");
  expect(json(message.blocks)).toContain("2. stop");
});

describe("a question about an unknown outcome", () => {
  const question = {
    report: aReport(),
    call: { phase: "rollback" as const, stepId: "drain", index: 0 },
    attempt: 2,
    failure: { category: "unknown" as const, message: "cut" },
  };

  test("offers four answers while it is open, each naming the attempt", () => {
    const { blocks } = runQuestionMessage({ ...question, answered: null });
    expect(actionIds(blocks)).toEqual([
      ACTIONS.answerHappened,
      ACTIONS.answerDidNotHappen,
      ACTIONS.answerTryAgain,
      ACTIONS.answerGiveUp,
    ]);
    expect(json(blocks).match(/run-4m8w2e6yhj\|0\|0\|2/g)).toHaveLength(4);
  });

  test("says who answered what, and offers nothing more", () => {
    const { blocks } = runQuestionMessage({
      ...question,
      answered: { answer: "it-happened", byUserId: "U0BOB", at: now },
    });
    expect(actionIds(blocks)).toEqual([]);
    expect(json(blocks)).toContain('"user_id":"U0BOB"');
  });
});

test("the reasons of a held run mention people of the plan and nobody else", () => {
  const report = aReport({
    status: "held",
    startedAt: null,
    heldReasons: ["@U0ANN left; step @U0EVIL is locked."],
  });
  const text = json(runHeldMessage({ report, people: ["U0ANN"] }).blocks);
  expect(text).toContain('"user_id":"U0ANN"');
  expect(text).not.toContain('"user_id":"U0EVIL"');
});
