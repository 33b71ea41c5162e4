import { describe, expect, test } from "vitest";
import { ONE_TRY, switchPlan, switchStep } from "#test/builders/run-plans.ts";
import type { Actor } from "./identity.ts";
import { nextMoves, Schedule } from "./next-moves.ts";
import type { Move } from "./move.ts";
import { callKey } from "./notice.ts";
import type { Plan } from "./plan.ts";
import type { RunEvent } from "./run.ts";

const ENGINE: Actor = { kind: "system", part: "engine" };
const ANN: Actor = { kind: "person", teamId: "T1", userId: "UANN" };
const failure = { category: "permanent", message: "no" } as const;
const intent = { idempotencyKey: "k", uses: "world.set", input: {}, captured: null };

const STARTED: RunEvent = { kind: "run.started" };
const start = (stepId: string): RunEvent => ({
  kind: "attempt.started",
  call: { phase: "forward", stepId },
  attempt: 1,
  ...intent,
});
const succeed = (stepId: string): RunEvent => ({
  kind: "attempt.succeeded",
  call: { phase: "forward", stepId },
  attempt: 1,
  result: null,
  durationMs: 0,
});
const fail = (stepId: string, retryAt: number | null = null): RunEvent => ({
  kind: "attempt.failed",
  call: { phase: "forward", stepId },
  attempt: 1,
  failure,
  retryAt,
  durationMs: 0,
});
const done = (stepId: string) => [start(stepId), succeed(stepId)];
const broken = (stepId: string) => [start(stepId), fail(stepId)];

function next(plan: Plan, events: readonly RunEvent[], now = 0): readonly string[] {
  return nextMoves(
    plan,
    events.map((event) => ({ at: 0, actor: ENGINE, event })),
    now,
  ).map(shown);
}

function shown(move: Move): string {
  if (move.kind === "start") return `start ${callKey(move.call)} ${move.attempt}`;
  if (move.kind === "wait") return `wait ${move.until}`;
  if (move.kind === "begin") return "begin";
  if (move.kind === "ask") return `ask ${move.what} ${move.stepId}`;
  return "stepId" in move.event ? `${move.event.kind} ${move.event.stepId}` : move.event.kind;
}

const diamond = (changes: Partial<Plan> = {}): Plan =>
  switchPlan(
    [
      switchStep("a"),
      switchStep("b", { stage: 1, needs: ["a"] }),
      switchStep("c", { stage: 1, needs: ["a"] }),
      switchStep("d", { stage: 2, needs: ["b", "c"] }),
    ],
    changes,
  );

describe("which steps may start", () => {
  const uneven = switchPlan([
    switchStep("a"),
    switchStep("b"),
    switchStep("c", { stage: 1, needs: ["a"] }),
  ]);
  test.each<readonly [string, Plan, readonly RunEvent[], readonly string[]]>([
    ["nothing before the start", diamond(), [], ["begin"]],
    ["the first stage", diamond(), [STARTED], ["start a 1"]],
    [
      "the next stage after the one before",
      diamond(),
      [STARTED, ...done("a")],
      ["start b 1", "start c 1"],
    ],
    [
      "no step of a later stage while one of the stage runs",
      uneven,
      [STARTED, start("b"), ...done("a")],
      [],
    ],
    [
      "in a graph, a step whose needs are done",
      { ...uneven, mode: "graph" },
      [STARTED, start("b"), ...done("a")],
      ["start c 1"],
    ],
    ["in sequence, one at a time", { ...uneven, mode: "sequential" }, [STARTED], ["start a 1"]],
    [
      "in sequence, the next in the order written",
      { ...uneven, mode: "sequential" },
      [STARTED, ...done("a")],
      ["start b 1"],
    ],
    [
      "no more than may run at once",
      diamond({ parallelism: 1 }),
      [STARTED, ...done("a")],
      ["start b 1"],
    ],
    [
      "a step that waits for another try keeps its place",
      diamond({ parallelism: 1 }),
      [STARTED, ...done("a"), start("b"), fail("b", 50)],
      ["wait 50"],
    ],
    [
      "a try that is due",
      diamond({ parallelism: 1 }),
      [STARTED, start("a"), fail("a", 0)],
      ["start a 2"],
    ],
    [
      "nothing while it is paused",
      diamond(),
      [STARTED, { kind: "run.paused", by: ANN }],
      ["wait null"],
    ],
    [
      "nothing while it is held",
      diamond(),
      [STARTED, { kind: "run.held", reasons: ["No."] }],
      ["wait 86400000"],
    ],
    [
      "another look at what may pass",
      diamond(),
      [STARTED, { kind: "run.held", reasons: ["No."], mayPass: true }],
      ["wait 15000"],
    ],
  ])("%s", (_title, plan, events, expected) => {
    expect(next(plan, events)).toEqual(expected);
  });

  test("a call that is being started takes a place and is not named again", () => {
    const schedule = new Schedule(diamond({ parallelism: 2 }));
    for (const event of [STARTED, ...done("a")]) schedule.apply({ at: 0, actor: ENGINE, event });
    expect(schedule.next(0, new Set(["b"])).map(shown)).toEqual(["start c 1"]);
    expect(schedule.next(0, new Set(["b", "c"])).map(shown)).toEqual([]);
  });
});

describe("after a failure", () => {
  test.each<readonly [string, Plan, readonly RunEvent[], readonly string[]]>([
    ["rollback: it turns back", diamond(), [STARTED, ...broken("a")], ["run.rollback-started"]],
    [
      "rollback: at once, while neighbours finish",
      diamond(),
      [STARTED, ...done("a"), start("c"), ...broken("b")],
      ["run.rollback-started"],
    ],
    [
      "stop: it waits for what runs",
      withOnFailure("stop"),
      [STARTED, ...done("a"), start("c"), ...broken("b")],
      [],
    ],
    [
      "stop: then it is held, for somebody to retry or skip it",
      withOnFailure("stop"),
      [STARTED, ...broken("a")],
      ["run.held"],
    ],
    [
      "stop: a neighbour that had begun has its further tries first",
      withOnFailure("stop"),
      [STARTED, ...done("a"), start("c"), fail("c", 0), ...broken("b")],
      ["start c 2"],
    ],
    [
      "continue: what needs it is skipped",
      withOnFailure("continue"),
      [STARTED, ...done("a"), ...broken("b"), ...done("c")],
      ["step.skipped d"],
    ],
    [
      "continue: it completes in the end",
      withOnFailure("continue"),
      [
        STARTED,
        ...done("a"),
        ...broken("b"),
        ...done("c"),
        { kind: "step.skipped", stepId: "d", reason: "r" },
      ],
      ["run.completed"],
    ],
  ])("%s", (_title, plan, events, expected) => {
    expect(next(plan, events)).toEqual(expected);
  });

  test("a step that its condition left out holds nobody up; one that was skipped for a failure does", () => {
    const chain = switchPlan(
      ["a", "b", "c"].map((id, stage) =>
        switchStep(id, {
          stage,
          needs: stage === 0 ? [] : ["abc"[stage - 1] ?? ""],
          onFailure: "continue",
        }),
      ),
    );
    const skipped = (stepId: string): RunEvent => ({ kind: "step.skipped", stepId, reason: "r" });
    expect(next(chain, [STARTED, skipped("a")])).toEqual(["start b 1"]);
    expect(next(chain, [STARTED, ...broken("a"), skipped("b")])).toEqual(["step.skipped c"]);
  });

  test("a completed run names what failed on the way", () => {
    const plan = withOnFailure("continue");
    const schedule = new Schedule({ ...plan, steps: plan.steps.slice(0, 1) });
    for (const event of [STARTED, ...broken("a")]) schedule.apply({ at: 0, actor: ENGINE, event });
    expect(schedule.next(0, new Set())).toEqual([
      { kind: "record", event: { kind: "run.completed", failedSteps: ["a"] } },
    ]);
  });
});

describe("going back", () => {
  const turned: RunEvent = { kind: "run.rollback-started", reason: "r.", by: ANN };
  const backStart = (stepId: string): RunEvent => ({
    kind: "attempt.started",
    call: { phase: "rollback", stepId, index: 0 },
    attempt: 1,
    ...intent,
  });
  const backFail = (stepId: string): RunEvent =>
    ({ ...fail(stepId), call: { phase: "rollback", stepId, index: 0 } }) as RunEvent;
  const events = [
    STARTED,
    ...done("a"),
    start("b"),
    start("c"),
    succeed("c"),
    succeed("b"),
    turned,
  ];

  test("the step that ended last is taken back first, and one at a time", () => {
    expect(next(diamond(), events)).toEqual(["start b/rollback/0 1"]);
    expect(next(diamond(), [...events, backStart("b")])).toEqual([]);
  });

  test("nothing is taken back while a step still runs", () => {
    expect(next(diamond(), [STARTED, ...done("a"), start("b"), turned])).toEqual([]);
  });

  test("it goes on past a rollback that failed, and says so in the end", () => {
    const stuck: RunEvent = { kind: "step.rollback-failed", stepId: "b", failure };
    expect(next(diamond(), [...events, backStart("b"), backFail("b")])).toEqual([
      "step.rollback-failed b",
    ]);
    expect(next(diamond(), [...events, backStart("b"), backFail("b"), stuck])).toEqual([
      "start c/rollback/0 1",
    ]);
    const rest = ["c", "a"].map((stepId): RunEvent => ({
      kind: "step.rolled-back",
      stepId,
      calls: 1,
    }));
    const schedule = new Schedule(diamond());
    for (const event of [...events, backStart("b"), backFail("b"), stuck, ...rest])
      schedule.apply({ at: 0, actor: ENGINE, event });
    const [end] = schedule.next(0, new Set());
    expect(end).toMatchObject({
      event: {
        kind: "run.failed",
        leftovers: ['Step "b" was not taken back: no. By hand: Set switch b back.'],
      },
    });
  });

  test("what changed something and has no rollback is left over; what only read is not", () => {
    const reads = switchStep("r", { risk: "read-only", rollback: { kind: "none" } });
    const changes = switchStep("w", { rollback: { kind: "none" } });
    const end = (step: typeof reads) =>
      next(switchPlan([step]), [STARTED, ...done(step.id), turned]);
    expect(end(reads)).toEqual(["run.rolled-back"]);
    expect(end(changes)).toEqual(["run.failed"]);
  });

  test("what a person asked for stops what runs; a failed step lets its neighbours finish", () => {
    const running = [STARTED, ...done("a"), start("c"), ...broken("b")];
    const stops = (by: Actor) => {
      const schedule = new Schedule(diamond());
      for (const event of [...running, { ...turned, by }])
        schedule.apply({ at: 0, actor: ENGINE, event });
      return schedule.mustStop(0);
    };
    expect(stops(ANN)).toBe("@UANN asked for a rollback");
    expect(stops(ENGINE)).toBeNull();
  });

  test("the run's time limit stops what runs also after the run was turned back for it", () => {
    const schedule = new Schedule(diamond({ runTimeMs: 100 }));
    for (const event of [STARTED, start("a")]) schedule.apply({ at: 0, actor: ENGINE, event });
    const [move] = schedule.next(100, new Set());
    if (move?.kind !== "record") throw new Error("nothing was to be recorded");
    schedule.apply({ at: 100, actor: ENGINE, event: move.event });
    expect(schedule.mustStop(100)).toBe("The run's time limit of 100ms has passed.");
  });
});

describe("the run's time limit", () => {
  const late = diamond({ runTimeMs: 100 });
  test("stops what runs and turns back", () => {
    expect(next(late, [STARTED, start("a")], 100)).toEqual(["run.rollback-started"]);
    expect(next(late, [STARTED, start("a")], 99)).toEqual([]);
  });
  test("ends a run that is not to be rolled back, once nothing runs", () => {
    expect(next({ ...late, onFailure: "continue" }, [STARTED, start("a")], 100)).toEqual([]);
    expect(next({ ...late, onFailure: "continue" }, [STARTED, ...done("a")], 100)).toEqual([
      "run.failed",
    ]);
  });
});

test("ten thousand steps are scheduled in time that grows with the steps", () => {
  const took = (count: number): number => {
    const steps = Array.from({ length: count }, (_, index) =>
      switchStep(`s${index}`, { needs: index === 0 ? [] : [`s${index - 1}`] }),
    );
    const schedule = new Schedule(switchPlan(steps, { mode: "graph" }));
    schedule.apply({ at: 0, actor: ENGINE, event: STARTED });
    const before = process.cpuUsage();
    for (
      let moves = schedule.next(0, new Set());
      moves[0]?.kind === "start";
      moves = schedule.next(0, new Set())
    ) {
      for (const event of done(moves[0].call.stepId))
        schedule.apply({ at: 0, actor: ENGINE, event });
    }
    expect(schedule.next(0, new Set()).map(shown)).toEqual(["run.completed"]);
    return process.cpuUsage(before).user / 1_000;
  };
  took(1_000);
  // Quadratic scheduling takes minutes here; linear takes some tens of milliseconds.
  expect(took(10_000)).toBeLessThan(2_000);
});

function withOnFailure(onFailure: Plan["onFailure"]): Plan {
  const plan = diamond({ onFailure });
  return { ...plan, steps: plan.steps.map((step) => ({ ...step, onFailure })) };
}

test("a step that acted and whose checks were not made when the time was over is named as what is left", () => {
  const door = {
    uses: "world.read",
    with: { switch: "door" },
    profile: null,
    summary: "Look at the door",
    risk: "read-only",
    timeoutMs: 1_000,
    retry: ONE_TRY,
  } as const;
  const plan = switchPlan([switchStep("a", { checksAfter: [door] })], {
    onFailure: "stop",
    runTimeMs: 1_000,
  });
  const events = [STARTED, ...done("a")].map((event) => ({ at: 0, actor: ENGINE, event }));
  const [move] = nextMoves(plan, events, 2_000);
  expect(move).toMatchObject({
    kind: "record",
    event: {
      kind: "run.failed",
      leftovers: [
        'Step "a" was done: Set switch a to on. It was not taken back. By hand: Set switch a back.',
      ],
    },
  });
});
