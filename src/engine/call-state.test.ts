import { expect, test } from "vitest";
import { IDLE, moveCall } from "./call-state.ts";
import type { AttemptEvent, CallState } from "./call-state.ts";
import type { Failure } from "./failure.ts";

const call = { stepId: "a", phase: "forward" } as const;
const started: AttemptEvent = {
  kind: "attempt.started",
  call,
  attempt: 1,
  uses: "test.do",
  input: {},
  idempotencyKey: "key",
  captured: null,
};

function after(failure: Failure): CallState | null {
  const running = moveCall(IDLE, started, 0);
  const failed: AttemptEvent = {
    kind: "attempt.failed",
    call,
    attempt: 1,
    failure,
    retryAt: null,
    durationMs: 1,
  };
  return running === null ? null : moveCall(running, failed, 0);
}

test("a target that refused has left nothing behind", () => {
  expect(after({ category: "authorization", message: "no" })?.acted).toBe(false);
});

test("a target that failed may have left something behind", () => {
  expect(after({ category: "permanent", message: "no" })?.acted).toBe(true);
});

test("what says that it had begun may have left something behind, whatever its category", () => {
  expect(after({ category: "authorization", message: "no", acted: true })?.acted).toBe(true);
});
