import { describe, expect, test } from "vitest";
import { ONE_TRY } from "#test/builders/run-plans.ts";
import { World } from "#test/fakes/recording-operations.ts";
import type { Behaviour } from "#test/fakes/recording-operations.ts";
import { SteppingClock } from "#test/fakes/stepping-clock.ts";
import { askTarget, AttemptStopped, runAttempt } from "./attempt.ts";
import type { Outcome, RunningAttempt } from "./attempt.ts";
import { prepareAttempt } from "./prepare-attempt.ts";
import { checked, settledEvent } from "./settle-attempt.ts";

const CALL = { phase: "forward", stepId: "a" } as const;

async function running(
  uses: string,
  behaviour: Behaviour,
): Promise<{ clock: SteppingClock; world: World; attempt: RunningAttempt; output: string[] }> {
  const clock = new SteppingClock();
  const world = new World(clock);
  world.plan("a", behaviour);
  const prepared = await prepareAttempt(
    { registry: world.registry(), sha256: (text) => `sha256 of ${text}` },
    {
      runId: "run-1",
      call: CALL,
      attempt: 1,
      uses,
      with: { switch: "a", to: "on" },
      profile: null,
      timeoutMs: 1_000,
    },
    null,
    { clear: () => null, capture: null },
  );
  if (prepared.kind !== "ready") throw new Error(`not ready: ${prepared.kind}`);
  const output: string[] = [];
  const controller = new AbortController();
  const attempt = {
    ready: prepared.attempt,
    clock,
    limits: { graceMs: 500 },
    controller,
    output: (text: string) => output.push(text),
  };
  return { clock, world, attempt, output };
}

async function outcomeOf(
  uses: string,
  behaviour: Behaviour,
  stop?: AttemptStopped,
): Promise<Outcome> {
  const { clock, attempt } = await running(uses, behaviour);
  let outcome: Outcome | null = null;
  const done = runAttempt(attempt).then((value) => (outcome = value));
  await clock.advance(0);
  if (stop !== undefined) attempt.controller.abort(stop);
  await clock.until(() => outcome !== null);
  return done;
}

const REFUSED: Behaviour = { kind: "fail", category: "permanent" };
const LOST: Behaviour = { kind: "lose-answer" };
const HANGS: Behaviour = { kind: "hang", acts: false };
const ACTS_AND_HANGS: Behaviour = { kind: "hang", acts: true };
const DEAF: Behaviour = { kind: "ignore-stop" };
const CANCELED = new AttemptStopped("run", "Ann canceled the run");
const SHUT_DOWN = new AttemptStopped("worker", "Its worker was stopped");

describe("what came of an attempt", () => {
  test.each<readonly [string, string, Behaviour, AttemptStopped | undefined, Outcome["kind"]]>([
    ["an answer", "world.once", { kind: "succeed" }, undefined, "succeeded"],
    ["a refusal is certain, whatever the effect", "world.once", REFUSED, undefined, "failed"],
    ["a lost answer of what may be repeated", "world.set", LOST, undefined, "failed"],
    ["a lost answer of what must not be", "world.once", LOST, undefined, "unknown"],
    [
      "a lost answer of what happened, as the target says",
      "world.ask",
      LOST,
      undefined,
      "succeeded",
    ],
    ["its time has passed, and it may be repeated", "world.set", HANGS, undefined, "failed"],
    ["its time has passed, and it must not be repeated", "world.once", HANGS, undefined, "unknown"],
    [
      "its time has passed, and the target says it happened",
      "world.ask",
      ACTS_AND_HANGS,
      undefined,
      "succeeded",
    ],
    [
      "its time has passed, and the target says it did not",
      "world.ask",
      HANGS,
      undefined,
      "failed",
    ],
    ["it does not stop, and may be repeated", "world.set", DEAF, undefined, "failed"],
    ["it does not stop, and must not be repeated", "world.once", DEAF, undefined, "unknown"],
    ["canceled in the middle, even if it may be repeated", "world.set", HANGS, CANCELED, "unknown"],
    ["canceled and deaf", "world.set", DEAF, CANCELED, "unknown"],
    ["its worker stops", "world.set", HANGS, SHUT_DOWN, "abandoned"],
    [
      "its worker stops in the middle of what must not be repeated",
      "world.once",
      HANGS,
      SHUT_DOWN,
      "abandoned",
    ],
  ])("%s (%s)", async (_title, uses, behaviour, stop, expected) => {
    expect((await outcomeOf(uses, behaviour, stop)).kind).toBe(expected);
  });

  test("a time-out says how long it took", async () => {
    const outcome = await outcomeOf("world.once", DEAF);
    expect(outcome).toMatchObject({
      failure: { category: "timeout", message: "It took longer than 1s." },
    });
  });

  test("an operation that ignores its signal holds nobody up after the grace", async () => {
    const { clock, attempt } = await running("world.once", DEAF);
    let ended = false;
    const done = runAttempt(attempt).then(() => (ended = true));
    await clock.advance(1_499);
    expect(ended).toBe(false);
    await clock.advance(1);
    await done;
  });

  test("a call that settles leaves no timer behind", async () => {
    const { clock, attempt } = await running("world.set", { kind: "succeed", output: "hello" });
    await runAttempt(attempt);
    await clock.advance(0);
    expect(clock.next()).toBeNull();
  });

  test("a target that cannot be asked leaves the outcome unknown, and says why", async () => {
    const { attempt } = await running("world.ask", LOST);
    const silent = {
      ...attempt,
      ready: {
        ...attempt.ready,
        operation: {
          ...attempt.ready.operation,
          probe: () => Promise.reject(new Error("connection refused")),
        },
      },
    };
    const outcome = await askTarget(silent, {
      category: "network",
      message: "The answer was lost.",
    });
    expect(outcome).toMatchObject({
      kind: "unknown",
      failure: {
        message:
          "The answer was lost. The target could not say whether it happened: connection refused",
      },
    });
  });
});

describe("what is recorded of it", () => {
  const rule = { policy: ONE_TRY, deadline: null, now: 7, random: 0 };
  const tried = { call: CALL, attempt: 1 };

  test("what only its worker's end stopped is tried again, whatever the plan says of tries", () => {
    const outcome = {
      kind: "failed",
      failure: { category: "timeout", message: "Stopped." },
      again: true,
    } as const;
    expect(settledEvent(tried, outcome, 1, rule)).toMatchObject({
      kind: "attempt.failed",
      retryAt: 7,
    });
    expect(settledEvent(tried, { ...outcome, again: false }, 1, rule)).toMatchObject({
      retryAt: null,
    });
  });

  test("an abandoned attempt has no outcome: the next owner finds one", () => {
    expect(settledEvent(tried, { kind: "abandoned" }, 1, rule)).toBeNull();
  });

  test("a result too large for a log is left out, and said to be", () => {
    const event = settledEvent(tried, { kind: "succeeded", result: "x".repeat(300_000) }, 1, rule);
    expect(event).toMatchObject({
      result: { omitted: "The result had 300002 characters and was not kept." },
    });
  });

  test.each<readonly [string, "idempotent" | "once", string, string]>([
    ["may come true when it can be repeated", "idempotent", "result.up", "temporary"],
    ["is final when it must not be repeated", "once", "result.up", "permanent"],
    ["is final when it has no answer", "idempotent", "result.down.deep", "permanent"],
  ])("a check that does not hold %s", (_title, effect, check, category) => {
    const outcome = checked({ kind: "succeeded", result: { up: false } }, [check], effect, () => ({
      result: { up: false },
    }));
    expect(outcome).toMatchObject({ kind: "failed", failure: { category, code: "CHECK" } });
  });
});
