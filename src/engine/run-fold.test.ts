import { describe, expect, test } from "vitest";
import { switchPlan, switchStep } from "#test/builders/run-plans.ts";
import type { Actor } from "./identity.ts";
import { CorruptLog } from "./corrupt-log.ts";
import { foldRun } from "./run-fold.ts";
import { deadlineOf, questionOf } from "./run-state.ts";
import type { CallRef, RecordedRunEvent, RunEvent, UnknownAnswer } from "./run.ts";
import { stepStatus } from "./step-state.ts";

const ENGINE: Actor = { kind: "system", part: "engine" };
const ANN: Actor = { kind: "person", teamId: "T1", userId: "UANN" };
const plan = switchPlan([switchStep("a"), switchStep("b", { stage: 1, needs: ["a"] })], {
  runTimeMs: 1_000,
});
const failure = { category: "temporary", message: "no" } as const;

const forward = (stepId: string): CallRef => ({ phase: "forward", stepId });
const back = (stepId: string, index = 0): CallRef => ({ phase: "rollback", stepId, index });

const queued: RunEvent = { kind: "run.queued", planVersion: 1, planHash: "h" };
const started: RunEvent = { kind: "run.started" };
const paused: RunEvent = { kind: "run.paused", by: ANN };
const resumed: RunEvent = { kind: "run.resumed", by: ANN };
const held: RunEvent = { kind: "run.held", reasons: ["No."] };
const cancel: RunEvent = { kind: "run.cancel-requested", by: ANN };
const turnedBack: RunEvent = { kind: "run.rollback-started", reason: "r.", by: ANN };
const completed: RunEvent = { kind: "run.completed", failedSteps: [] };
const failed: RunEvent = { kind: "run.failed", reason: "r.", failedSteps: [], leftovers: [] };
const canceled: RunEvent = { kind: "run.canceled", reason: "r.", leftovers: [] };
const rolledBack: RunEvent = { kind: "run.rolled-back", reason: "r." };

function start(
  call: CallRef,
  attempt = 1,
  changes: { repeat?: number; idempotencyKey?: string } = {},
): RunEvent {
  const intent = { idempotencyKey: "k", uses: "world.set", input: {}, captured: null };
  return { kind: "attempt.started", call, attempt, ...intent, ...changes };
}
const succeed = (call: CallRef, attempt = 1): RunEvent => ({
  kind: "attempt.succeeded",
  call,
  attempt,
  result: 1,
  durationMs: 1,
});
const fail = (call: CallRef, attempt = 1, retryAt: number | null = null): RunEvent => ({
  kind: "attempt.failed",
  call,
  attempt,
  failure,
  retryAt,
  durationMs: 1,
});
const unknown = (call: CallRef, attempt = 1): RunEvent => ({
  kind: "attempt.unknown",
  call,
  attempt,
  failure,
});
const answer = (call: CallRef, said: UnknownAnswer, attempt = 1): RunEvent => ({
  kind: "attempt.answered",
  call,
  attempt,
  answer: said,
  by: ANN,
});
const skip = (stepId: string): RunEvent => ({ kind: "step.skipped", stepId, reason: "r" });
const stepBack = (stepId: string): RunEvent => ({ kind: "step.rolled-back", stepId, calls: 1 });
const stepBackFailed = (stepId: string): RunEvent => ({
  kind: "step.rollback-failed",
  stepId,
  failure,
});

/** One event a second, so that times can be told apart. */
function recorded(events: readonly RunEvent[]): readonly RecordedRunEvent[] {
  return events.map((event, index) => ({ at: index * 1_000, actor: ENGINE, event }));
}
const fold = (...events: readonly RunEvent[]) => foldRun(plan, recorded(events));

const A_RUNS = [queued, started, start(forward("a"))];
const A_DONE = [...A_RUNS, succeed(forward("a"))];
const ALL_DONE = [...A_DONE, start(forward("b")), succeed(forward("b"))];
const A_ASKS = [...A_RUNS, unknown(forward("a"))];
const GOES_BACK = [...A_DONE, turnedBack];

describe("where a run stands", () => {
  test.each<readonly [string, readonly RunEvent[], string]>([
    ["queued", [queued], "queued"],
    ["queued, without an event", [], "queued"],
    ["held before the start", [queued, held], "held"],
    ["resumed before the start", [queued, held, resumed], "queued"],
    ["paused before the start", [queued, paused], "paused"],
    ["started", [queued, started], "running"],
    ["held again", [queued, held, held], "held"],
    ["paused", [...A_RUNS, paused], "paused"],
    ["resumed", [...A_RUNS, paused, resumed], "running"],
    [
      "a lost attempt is repeated while paused for nobody",
      [...A_RUNS, start(forward("a"), 1, { repeat: 1 })],
      "running",
    ],
    ["held in the middle", [...A_DONE, held], "held"],
    ["a question", A_ASKS, "waiting-answer"],
    ["a question answered", [...A_ASKS, answer(forward("a"), "it-happened")], "running"],
    ["a question that a cancel closes", [...A_ASKS, cancel], "running"],
    ["a pause that a cancel ends", [...A_RUNS, paused, cancel], "running"],
    ["turned back", GOES_BACK, "rolling-back"],
    ["turned back out of a hold", [...A_DONE, held, turnedBack], "rolling-back"],
    ["paused while going back", [...GOES_BACK, paused], "paused"],
    ["resumed while going back", [...GOES_BACK, paused, resumed], "rolling-back"],
    [
      "a question while going back",
      [...GOES_BACK, start(back("a")), unknown(back("a"))],
      "waiting-answer",
    ],
    ["completed", [...ALL_DONE, completed], "completed"],
    ["failed", [...A_RUNS, fail(forward("a")), failed], "failed"],
    [
      "failed while a try was still to come",
      [...A_RUNS, fail(forward("a"), 1, 9), failed],
      "failed",
    ],
    ["canceled before the start", [queued, cancel, canceled], "canceled"],
    [
      "rolled back",
      [...GOES_BACK, start(back("a")), succeed(back("a")), stepBack("a"), rolledBack],
      "rolled-back",
    ],
  ])("%s", (_title, events, status) => {
    expect(fold(...events).status).toBe(status);
  });
});

describe("where a step stands", () => {
  const status = (...events: readonly RunEvent[]) => {
    const step = fold(...events).steps.get("a");
    return step && stepStatus(step);
  };
  test.each<readonly [string, readonly RunEvent[], string]>([
    ["not begun", [queued, started], "pending"],
    ["runs", A_RUNS, "running"],
    ["waits for another try", [...A_RUNS, fail(forward("a"), 1, 9)], "running"],
    [
      "another try ended well",
      [...A_RUNS, fail(forward("a"), 1, 9), start(forward("a"), 2), succeed(forward("a"), 2)],
      "succeeded",
    ],
    ["failed before anything was sent", [queued, started, fail(forward("a"))], "failed"],
    ["left out", [queued, started, skip("a")], "skipped"],
    ["of unknown outcome", A_ASKS, "waiting-answer"],
    ["it happened", [...A_ASKS, answer(forward("a"), "it-happened")], "succeeded"],
    ["it did not happen", [...A_ASKS, answer(forward("a"), "it-did-not-happen")], "failed"],
    ["to be tried again", [...A_ASKS, answer(forward("a"), "try-again")], "running"],
    ["given up", [...A_ASKS, answer(forward("a"), "give-up")], "unknown"],
    ["stopped while nobody had answered", [...A_ASKS, turnedBack], "unknown"],
    [
      "stopped while it waited for another try",
      [...A_RUNS, fail(forward("a"), 1, 9), turnedBack],
      "failed",
    ],
    [
      "stopped in the middle, without a question",
      [...A_RUNS, turnedBack, unknown(forward("a"))],
      "unknown",
    ],
    ["being taken back", [...GOES_BACK, start(back("a"))], "rolling-back"],
    [
      "asked about while it is taken back",
      [...GOES_BACK, start(back("a")), unknown(back("a"))],
      "waiting-answer",
    ],
    [
      "taken back",
      [...GOES_BACK, start(back("a")), succeed(back("a")), stepBack("a")],
      "rolled-back",
    ],
    ["nothing to take back", [...GOES_BACK, stepBack("a")], "rolled-back"],
    [
      "not taken back",
      [...GOES_BACK, start(back("a")), fail(back("a")), stepBackFailed("a")],
      "rollback-failed",
    ],
  ])("%s", (_title, events, expected) => {
    expect(status(...events)).toBe(expected);
  });
});

describe("an event that cannot have happened is a corrupt log", () => {
  const ends = [completed, failed, canceled, rolledBack];
  const afterTheEnd = [
    queued,
    started,
    held,
    paused,
    resumed,
    cancel,
    turnedBack,
    skip("b"),
    start(forward("b")),
    ...ends,
  ];
  test.each<readonly [string, readonly RunEvent[], RunEvent]>([
    ...ends.flatMap((end) => {
      const before = end === completed ? ALL_DONE : end === rolledBack ? GOES_BACK : A_DONE;
      return afterTheEnd.map(
        (event) => [`${event.kind} after ${end.kind}`, [...before, end], event] as const,
      );
    }),
    ["started twice", [queued, started], started],
    ["queued after the start", [queued, started], queued],
    ["started while held", [queued, held], started],
    ["started while paused", [queued, paused], started],
    ["held without a reason", [queued], { kind: "run.held", reasons: [] }],
    ["paused twice", [...A_RUNS, paused], paused],
    ["paused while held", [...A_RUNS, held], paused],
    ["paused while being canceled", [...A_RUNS, cancel], paused],
    ["resumed while running", A_RUNS, resumed],
    ["canceled twice", [...A_RUNS, cancel], cancel],
    ["turned back before the start", [queued], turnedBack],
    ["turned back twice", GOES_BACK, turnedBack],
    ["completed with a step left", A_DONE, completed],
    ["completed while something runs", A_RUNS, completed],
    ["completed before the start", [queued], completed],
    ["completed while going back", GOES_BACK, completed],
    ["failed while something runs", A_RUNS, failed],
    ["canceled while something runs", [...A_RUNS, cancel], canceled],
    ["rolled back while going forward", A_DONE, rolledBack],
    ["rolled back while something runs", [...GOES_BACK, start(back("a"))], rolledBack],
    ["an attempt before the start", [queued], start(forward("a"))],
    ["an attempt while paused", [queued, started, paused], start(forward("a"))],
    ["an attempt while held", [...A_DONE, held], start(forward("b"))],
    ["an attempt while a question is open", A_ASKS, start(forward("b"))],
    ["an attempt while being canceled", [...A_DONE, cancel], start(forward("b"))],
    ["a forward attempt while going back", GOES_BACK, start(forward("b"))],
    ["a rollback while going forward", A_DONE, start(back("a"))],
    ["the second attempt first", [queued, started], start(forward("a"), 2)],
    ["an attempt of a running call", A_RUNS, start(forward("a"), 2)],
    ["the same attempt again, not as a repeat", A_RUNS, start(forward("a"))],
    ["a repeat out of order", A_RUNS, start(forward("a"), 1, { repeat: 2 })],
    [
      "a repeat with another key",
      A_RUNS,
      start(forward("a"), 1, { repeat: 1, idempotencyKey: "other" }),
    ],
    ["an attempt of what succeeded", A_DONE, start(forward("a"), 2)],
    ["an attempt of a skipped step", [queued, started, skip("a")], start(forward("a"))],
    ["an attempt of a step that is not in the plan", [queued, started], start(forward("z"))],
    ["a success of what does not run", [queued, started], succeed(forward("a"))],
    ["a success of another attempt", A_RUNS, succeed(forward("a"), 2)],
    ["a success twice", A_DONE, succeed(forward("a"))],
    ["a failure of another attempt", A_RUNS, fail(forward("a"), 2)],
    ["a failure of what succeeded", A_DONE, fail(forward("a"))],
    ["an unknown outcome of what does not run", [queued, started], unknown(forward("a"))],
    ["an unknown outcome of another attempt", A_RUNS, unknown(forward("a"), 2)],
    ["an answer without a question", A_RUNS, answer(forward("a"), "try-again")],
    ["an answer about another attempt", A_ASKS, answer(forward("a"), "try-again", 2)],
    [
      "an answer twice",
      [...A_ASKS, answer(forward("a"), "give-up")],
      answer(forward("a"), "give-up"),
    ],
    ["a step skipped while it runs", A_RUNS, skip("a")],
    ["a step that a person skips while it runs", A_RUNS, { ...skip("a"), by: ANN } as RunEvent],
    [
      "a step that a person skips while asked about it",
      A_ASKS,
      { ...skip("a"), by: ANN } as RunEvent,
    ],
    ["a step that a person skips after it was done", A_DONE, { ...skip("a"), by: ANN } as RunEvent],
    [
      "a step that the plan skips between two tries",
      [...A_RUNS, fail(forward("a"), 1, 9)],
      skip("a"),
    ],
    ["a step skipped twice", [queued, started, skip("a")], skip("a")],
    ["a step skipped before the start", [queued], skip("a")],
    ["a step skipped while going back", GOES_BACK, skip("b")],
    ["a step taken back while going forward", A_DONE, stepBack("a")],
    ["a step taken back twice", [...GOES_BACK, stepBack("a")], stepBack("a")],
    ["a step taken back while its rollback runs", [...GOES_BACK, start(back("a"))], stepBack("a")],
    ["a rollback given up twice", [...GOES_BACK, stepBackFailed("a")], stepBackFailed("a")],
    ["a rollback begun after it was done", [...GOES_BACK, stepBack("a")], start(back("a"))],
  ])("%s", (_title, before, event) => {
    expect(() => fold(...before)).not.toThrow();
    const thrown = (() => {
      try {
        return fold(...before, event);
      } catch (error) {
        return error;
      }
    })();
    expect(thrown).toBeInstanceOf(CorruptLog);
    expect(String(thrown)).toContain(event.kind);
  });
});

test("a question names the attempt it is about", () => {
  expect(questionOf(fold(...A_ASKS))).toMatchObject({ call: forward("a"), attempt: 1, failure });
  expect(questionOf(fold(...A_RUNS))).toBeNull();
});

test("waiting for a person does not use up the run's time", () => {
  const state = fold(queued, started, paused, resumed);
  expect(state.waitedMs).toBe(1_000);
  expect(deadlineOf(state, plan)).toBe(1_000 + 1_000 + 1_000);
  expect(deadlineOf(fold(queued, started, paused), plan)).toBeNull();
});

test("a step that fails without having been refused may have acted; one that was refused has not", () => {
  const acted = (event: RunEvent) => {
    const forward = fold(...A_RUNS, event).steps.get("a")?.forward;
    return forward !== undefined && forward.status !== "skipped" && forward.acted;
  };
  expect(acted(fail(forward("a")))).toBe(true);
  for (const category of [
    "authentication",
    "authorization",
    "validation",
    "configuration",
  ] as const) {
    const refused = { ...fail(forward("a")), failure: { category, message: "no" } } as RunEvent;
    expect(acted(refused)).toBe(false);
  }
});

test("a step that a person leaves out between two tries is among those to take back only when it may have acted", () => {
  const left = (category: "temporary" | "authorization") =>
    fold(
      ...A_RUNS,
      { ...fail(forward("a"), 1, 9), failure: { category, message: "no" } } as RunEvent,
      { ...skip("a"), by: ANN } as RunEvent,
    );
  expect(left("temporary")).toMatchObject({ ended: ["a"], unended: 1 });
  expect(left("temporary").open.size).toBe(0);
  expect(left("authorization").ended).toEqual([]);
});
