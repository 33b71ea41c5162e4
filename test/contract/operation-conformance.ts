// What every operation must keep, whatever it acts on. Runs against a bench: the operation, the others
// of its family, and a target that can be looked at from outside.

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ERROR_CATEGORIES, OperationError, OutcomeUnknown } from "#engine/failure.ts";
import type { Json, JsonObject } from "#engine/json.ts";
import type { AnyOperation, AttemptContext, Captured, Effect } from "#engine/operation.ts";
import { higherRisk } from "#engine/risk.ts";
import type { Risk } from "#engine/risk.ts";

export type Bench = {
  readonly operation: AnyOperation;
  /** Where undo's operation is looked for. */
  readonly family: readonly AnyOperation[];
  /** The target as somebody else sees it. */
  readonly state: () => Json | Promise<Json>;
  /** How many changing requests the target saw; absent: only its state can be compared. */
  readonly changes?: () => number;
  /** From now on the target takes requests and doesn't finish them; resolves when it has taken one. */
  readonly stall?: () => Promise<void>;
  /** Must never come back from the operation. */
  readonly secrets: readonly string[];
  readonly tearDown: () => Promise<void>;
};

/** An input whose run succeeds on a fresh bench, and what is true of it: the suite holds it to that. */
export type Sample<B extends Bench = Bench> = {
  readonly input: (bench: B) => JsonObject;
  readonly profile?: string;
  readonly risk: Risk;
  readonly effect: Effect;
  /** There is a way back. */
  readonly undo: boolean;
  /** What there is to restore after its run: all of it, or nothing any more. Absent: it restores nothing. */
  readonly restore?: "all" | "nothing";
  /** What a circuit breaker watches; absent: nothing that can be away by itself. */
  readonly target?: (bench: B) => string;
  /** It answers from its input alone, so there is no middle to be stopped in. */
  readonly instant?: true;
  /** Ways in which the target can fail; each must end in an error of a category. */
  readonly failures?: Readonly<Record<string, (bench: B) => void>>;
};

const SETTLE_WITHIN_MS = 3_000;

/** One line that ends like a sentence. Slack's mark-up characters are the bot's to escape. */
const ONE_SENTENCE = /^[A-Z][^\p{Cc}\p{Zl}\p{Zp}]*[.]$/u;

type Current<B> = () => B;

/**
 * Everything an operation must keep: what it says of itself and what it does to its target.
 * @param makeBench a fresh bench and target for each test.
 */
export function describeOperation<B extends Bench>(
  name: string,
  makeBench: () => Promise<B>,
  samples: Readonly<Record<string, Sample<B>>>,
): void {
  describeWithBench(name, makeBench, (bench) => {
    testExample(bench);
    for (const [title, sample] of Object.entries(samples)) {
      describe(title, () => {
        testInput(bench, sample);
        testSentences(bench, sample);
        testFacts(bench, sample);
        testLocks(bench, sample);
        testTarget(bench, sample);
        testBehaviour(bench, sample);
        testProbe(bench, sample);
        testStopInTheMiddle(bench, sample);
        testFailures(bench, sample);
      });
    }
  });
}

/** Only what it does to a target: for a second target that can neither stall nor fail on demand. */
export function describeBehaviour<B extends Bench>(
  name: string,
  makeBench: () => Promise<B>,
  samples: Readonly<Record<string, Sample<B>>>,
): void {
  describeWithBench(name, makeBench, (bench) => {
    for (const [title, sample] of Object.entries(samples)) {
      describe(title, () => {
        testBehaviour(bench, sample);
      });
    }
  });
}

function describeWithBench<B extends Bench>(
  name: string,
  makeBench: () => Promise<B>,
  tests: (bench: Current<B>) => void,
): void {
  describe(name, () => {
    let bench: B | null = null;
    beforeEach(async () => {
      bench = await makeBench();
    });
    afterEach(() => bench?.tearDown());
    tests(() => {
      if (bench === null) throw new Error("the bench was not made");
      return bench;
    });
  });
}

function testBehaviour<B extends Bench>(bench: Current<B>, sample: Sample<B>): void {
  testPreviewAndCapture(bench, sample);
  testResult(bench, sample);
  if (sample.risk === "read-only") testReading(bench, sample);
  if (sample.undo) testUndo(bench, sample);
  testRestore(bench, sample);
  if (sample.effect === "idempotent") testRepeat(bench, sample);
  testStopBefore(bench, sample);
}

function testExample<B extends Bench>(bench: Current<B>): void {
  test("its example parses and is described", () => {
    const { operation } = bench();
    const input = operation.input.parse(operation.example);
    expect(operation.describe(input)).toMatch(ONE_SENTENCE);
    expect(operation.name).toMatch(/^[a-z0-9_]+\.[a-z0-9_]+$/);
    expect(operation.summary).toMatch(ONE_SENTENCE);
    expect(operation.defaultTimeoutMs).toBeGreaterThan(0);
  });
}

function testInput<B extends Bench>(bench: Current<B>, sample: Sample<B>): void {
  test("an unknown key is refused by its name", () => {
    const given = { ...sample.input(bench()), no_such_key: 1 };
    const answer = bench().operation.input.safeParse(given);
    expect(answer.error?.issues).toContainEqual(
      expect.objectContaining({ code: "unrecognized_keys", keys: ["no_such_key"] }),
    );
  });
}

function testSentences<B extends Bench>(bench: Current<B>, sample: Sample<B>): void {
  test("describe and describeUndo are one plain sentence", () => {
    const { operation } = bench();
    const input = parsed(bench(), sample);
    expect(operation.describe(input)).toMatch(ONE_SENTENCE);
    expect(operation.describeUndo(input) ?? "None.").toMatch(ONE_SENTENCE);
  });
}

function testFacts<B extends Bench>(bench: Current<B>, sample: Sample<B>): void {
  test(`it is ${sample.risk} and ${sample.effect}, and ${sample.undo ? "has a" : "has no"} way back`, () => {
    const { operation } = bench();
    const input = parsed(bench(), sample);
    expect(operation.risk(input)).toBe(sample.risk);
    expect(higherRisk(sample.risk, operation.worstRisk)).toBe(operation.worstRisk);
    expect(operation.effect(input)).toBe(sample.effect);
    expect(operation.describeUndo(input) !== null).toBe(sample.undo);
    expect(operation.undo !== undefined).toBe(sample.undo);
    expect(operation.undoRisk !== undefined).toBe(sample.undo);
    expect(operation.probe !== undefined).toBe(sample.effect === "probe");
    expect(operation.permitted?.(input, sample.profile ?? null) ?? null).toBeNull();
  });
}

function testLocks<B extends Bench>(bench: Current<B>, sample: Sample<B>): void {
  test("the locks are stable, and there are some unless it only reads", () => {
    const { operation } = bench();
    const locks = operation.locks(parsed(bench(), sample));
    expect(operation.locks(parsed(bench(), sample))).toEqual(locks);
    expect(new Set(locks).size).toBe(locks.length);
    expect(locks.length > 0).toBe(sample.risk !== "read-only");
  });
}

function testTarget<B extends Bench>(bench: Current<B>, sample: Sample<B>): void {
  test(`its target is ${sample.target === undefined ? "none" : "named as it should be"}`, () => {
    const { operation } = bench();
    const target = operation.target?.(parsed(bench(), sample), sample.profile ?? null) ?? null;
    expect(target).toBe(sample.target?.(bench()) ?? null);
    // It is part of messages and of a primary key.
    expect(target ?? "none:").toMatch(/^[a-z0-9_]+:[^\p{Cc}\s]{0,300}$/u);
  });
}

function testPreviewAndCapture<B extends Bench>(bench: Current<B>, sample: Sample<B>): void {
  test("preview and capture change nothing", async () => {
    const { operation, state, changes } = bench();
    const input = parsed(bench(), sample);
    const before = await state();
    const attempt = attemptOf(sample);
    const preview = await operation.preview?.(input, attempt.context);
    const captured = (await operation.capture?.(input, attempt.context)) ?? null;
    expect(await state()).toEqual(before);
    expect(changes?.() ?? 0).toBe(0);
    expect(preview?.wouldSucceed).not.toBe(false);
    for (const line of preview?.lines ?? []) expect(line).not.toMatch(/[\r\n]/);
    expect(JSON.parse(JSON.stringify(captured))).toEqual(captured);
    expectNoSecret(bench(), [preview ?? null, captured]);
  });
}

function testResult<B extends Bench>(bench: Current<B>, sample: Sample<B>): void {
  test("the result is JSON that fits its schema, and holds no secret", async () => {
    const { operation } = bench();
    const attempt = attemptOf(sample);
    const result = await operation.run(parsed(bench(), sample), attempt.context);
    expect(operation.result.parse(result)).toEqual(result);
    expect(JSON.parse(JSON.stringify(result))).toEqual(result);
    // Postgres refuses NUL in JSON.
    expect(JSON.stringify(result)).not.toContain(String.raw`\u0000`);
    expectNoSecret(bench(), [result, attempt.output.join("")]);
  });
}

function testReading<B extends Bench>(bench: Current<B>, sample: Sample<B>): void {
  test("reading changes nothing", async () => {
    const { operation, state, changes } = bench();
    const before = await state();
    await operation.run(parsed(bench(), sample), attemptOf(sample).context);
    expect(await state()).toEqual(before);
    expect(changes?.() ?? 0).toBe(0);
  });
}

function testUndo<B extends Bench>(bench: Current<B>, sample: Sample<B>): void {
  test("undo brings the target back to where it was", async () => {
    const { operation, state, family } = bench();
    const input = parsed(bench(), sample);
    const before = await state();
    const captured = (await operation.capture?.(input, attemptOf(sample).context)) ?? null;
    const result = await operation.run(input, attemptOf(sample).context);
    expect(await state()).not.toEqual(before);
    const call = operation.undo?.(input, result, captured) ?? null;
    const inverse = family.find((one) => one.name === call?.uses);
    expect(inverse, `${call?.uses} exists`).toBeDefined();
    const risk = inverse?.risk(inverse.input.parse(call?.with)) ?? "destructive";
    expect(higherRisk(risk, operation.undoRisk ?? "destructive")).toBe(operation.undoRisk);
    await inverse?.run(inverse.input.parse(call?.with), attemptOf(sample, "undo").context);
    expect(await state()).toEqual(before);
  });
}

function testRestore<B extends Bench>(bench: Current<B>, sample: Sample<B>): void {
  const { restore } = sample;
  if (restore === undefined) {
    test("it restores nothing", () => {
      expect(bench().operation.restore).toBeUndefined();
    });
    return;
  }
  test("there is nothing to restore where nothing has changed", async () => {
    const { operation } = bench();
    const input = parsed(bench(), sample);
    const captured = await capturedBy(operation, input, sample);
    expect(operation.restore?.(input, captured, captured)).toEqual({ calls: [], impossible: [] });
    await operation.run(input, attemptOf(sample).context);
    const after = await capturedBy(operation, input, sample);
    expect(operation.restore?.(input, after, after)).toEqual({ calls: [], impossible: [] });
  });
  test(`a restore to the state before its run brings back ${restore}`, async () => {
    const { operation, family } = bench();
    const input = parsed(bench(), sample);
    const then = await capturedBy(operation, input, sample);
    await operation.run(input, attemptOf(sample).context);
    const now = await capturedBy(operation, input, sample);
    const restoration = operation.restore?.(input, then, now);
    for (const sentence of restoration?.impossible ?? []) expect(sentence).toMatch(ONE_SENTENCE);
    for (const { uses, with: given } of restoration?.calls ?? []) {
      const call = family.find((one) => one.name === uses);
      expect(call?.name).toBe(uses);
      await call?.run(call.input.parse(given), attemptOf(sample, "restore").context);
    }
    const restored = await capturedBy(operation, input, sample);
    if (restore === "all") {
      expect(restored).toEqual(then);
      expect(restoration?.impossible).toEqual([]);
    } else {
      expect(restored).toEqual(now);
      expect(restoration?.calls).toEqual([]);
      expect(restoration?.impossible).not.toEqual([]);
    }
    expectNoSecret(bench(), [restoration ?? null]);
  });
}

function capturedBy(
  operation: AnyOperation,
  input: unknown,
  sample: { readonly profile?: string },
): Promise<Captured> {
  if (operation.capture === undefined) throw new Error(`${operation.name} captures nothing`);
  return operation.capture(input, attemptOf(sample).context);
}

function testRepeat<B extends Bench>(bench: Current<B>, sample: Sample<B>): void {
  test("a repeat with the same key has no further effect", async () => {
    const { operation, state } = bench();
    const input = parsed(bench(), sample);
    await operation.run(input, attemptOf(sample).context);
    const once = await state();
    await operation.run(input, attemptOf(sample).context);
    expect(await state()).toEqual(once);
  });
}

function testProbe<B extends Bench>(bench: Current<B>, sample: Sample<B>): void {
  if (sample.effect !== "probe") return;
  test("a probe is right before and after", async () => {
    const { operation } = bench();
    const input = parsed(bench(), sample);
    const captured = (await operation.capture?.(input, attemptOf(sample).context)) ?? null;
    const before = await operation.probe?.(input, captured, attemptOf(sample).context);
    expect(before).toEqual({ happened: false });
    const result = await operation.run(input, attemptOf(sample).context);
    const after = await operation.probe?.(input, captured, attemptOf(sample).context);
    expect(after).toEqual({ happened: true, result });
  });
}

function testStopBefore<B extends Bench>(bench: Current<B>, sample: Sample<B>): void {
  test("an attempt that was stopped before it began does nothing", async () => {
    const { operation, state, changes } = bench();
    const before = await state();
    const attempt = attemptOf(sample);
    attempt.abort();
    const error = await failureOf(operation.run(parsed(bench(), sample), attempt.context));
    expect(error).toBeInstanceOf(OperationError);
    expect(await state()).toEqual(before);
    expect(changes?.() ?? 0).toBe(0);
  });
}

function testStopInTheMiddle<B extends Bench>(bench: Current<B>, sample: Sample<B>): void {
  if (sample.instant === true) return;
  test("an attempt that is stopped in the middle settles soon and claims nothing", async () => {
    const { operation, stall } = bench();
    const attempt = attemptOf(sample);
    const taken = stall?.();
    expect(taken, "the bench can stall").toBeDefined();
    const failed = failureOf(operation.run(parsed(bench(), sample), attempt.context));
    await taken;
    const stoppedAt = performance.now();
    attempt.abort();
    const error = await failed;
    expect(performance.now() - stoppedAt).toBeLessThan(SETTLE_WITHIN_MS);
    const reading = sample.risk === "read-only";
    expect(error).toBeInstanceOf(reading ? OperationError : OutcomeUnknown);
  });
}

function testFailures<B extends Bench>(bench: Current<B>, sample: Sample<B>): void {
  for (const [how, arrange] of Object.entries(sample.failures ?? {})) {
    test(`${how} is an error of a category`, async () => {
      arrange(bench());
      const attempt = attemptOf(sample);
      const error = await failureOf(
        bench().operation.run(parsed(bench(), sample), attempt.context),
      );
      expect(ERROR_CATEGORIES).toContain(error.failure.category);
      expect(error.failure.message.length).toBeLessThanOrEqual(2000);
      expect(error.failure.message).not.toBe("");
      expectNoSecret(bench(), [error.message, error.failure, attempt.output.join("")]);
    });
  }
}

function parsed<B extends Bench>(bench: B, sample: Sample<B>): unknown {
  return bench.operation.input.parse(sample.input(bench));
}

function attemptOf(sample: { readonly profile?: string }, key = "run-1/step-1") {
  const controller = new AbortController();
  const output: string[] = [];
  const context: AttemptContext = {
    signal: controller.signal,
    idempotencyKey: key,
    output: (text) => output.push(text),
    profile: sample.profile ?? null,
    timeoutMs: 10_000,
  };
  return { context, output, abort: () => controller.abort() };
}

async function failureOf(running: Promise<unknown>): Promise<OperationError | OutcomeUnknown> {
  const error = await running.then(
    (result) => new Error(`succeeded with ${JSON.stringify(result)}`),
    (reason: unknown) => reason,
  );
  if (error instanceof OperationError || error instanceof OutcomeUnknown) return error;
  throw error;
}

function expectNoSecret(bench: Bench, shown: readonly unknown[]): void {
  const text = JSON.stringify(shown);
  for (const secret of bench.secrets) expect(text).not.toContain(secret);
}
