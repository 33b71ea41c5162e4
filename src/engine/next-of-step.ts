// What one step does next, up to its own call: ask its inquiry, ask for its approval, its checks, the call. Whether
// it may start at all is decided in next-moves.ts.

import type { Failure } from "./failure.ts";
import { ENGINE } from "./identity.ts";
import { sentence } from "./leftovers.ts";
import type { Move } from "./move.ts";
import type { ApprovalTimeout, InquiryTimeout, PlanStep } from "./plan.ts";
import { failedCheck, passed, triedCall } from "./step-state.ts";
import type { StepState } from "./step-state.ts";
import type { Instant } from "./time.ts";

export type StepMove = Extract<Move, { kind: "start" | "ask" | "record" | "wait" }>;

/** The next move of a step whose own call has not begun. */
export function nextOfStep(step: PlanStep, state: StepState, now: Instant): StepMove {
  return askInquiry(step, state, now) ?? askApproval(step, state, now) ?? nextCall(step, state);
}

function askInquiry(step: PlanStep, state: StepState, now: Instant): StepMove | null {
  const { inquiry, id: stepId } = step;
  const { inquiry: asked } = state;
  if (inquiry === null) return null;
  switch (asked.status) {
    case "none":
      return { kind: "ask", stepId, what: "inquiry" };
    case "answered":
      return null;
    case "open":
      if (now < asked.closesAt) return { kind: "wait", until: asked.closesAt };
      if (inquiry.onTimeout !== "continue")
        return { kind: "record", event: { kind: "step.inquiry-expired", stepId } };
      return {
        kind: "record",
        event: { kind: "step.inquiry-answered", stepId, answers: defaultsOf(inquiry), by: null },
      };
    case "expired":
      return ending(step, state, inquiry.onTimeout, {
        category: "timeout",
        code: "INQUIRY_EXPIRED",
        message: `Nobody answered in time: ${sentence(inquiry.message)}`,
      });
  }
}

function defaultsOf({ fields }: NonNullable<PlanStep["inquiry"]>) {
  return Object.fromEntries(fields.map((field) => [field.name, field.default]));
}

function askApproval(step: PlanStep, state: StepState, now: Instant): StepMove | null {
  const { approval, id: stepId } = step;
  const { approval: asked } = state;
  if (approval === null) return null;
  switch (asked.status) {
    case "none":
      return { kind: "ask", stepId, what: "approval" };
    case "open": {
      if (now < asked.closesAt) return { kind: "wait", until: asked.closesAt };
      // Compiled only where the policy names the risk; looked at again, because a destructive step never passes so.
      const passes = approval.onTimeout === "approve" && step.risk !== "destructive";
      return {
        kind: "record",
        event: {
          kind: "step.approval-closed",
          stepId,
          outcome: passes ? "approved-by-timeout" : "expired",
          counted: [],
          explanation: passes
            ? "Nobody objected in time, and the policy lets that count for this risk."
            : "The time to approve it has run out.",
        },
      };
    }
    case "closed":
      return afterApproval(step, state, asked);
  }
}

function afterApproval(
  step: PlanStep,
  state: StepState,
  asked: Extract<StepState["approval"], { status: "closed" }>,
): StepMove | null {
  const message = asked.explanation;
  switch (asked.outcome) {
    case "approved":
    case "approved-by-timeout":
      return null;
    case "rejected":
      return failed(step, state, { category: "authorization", code: "REJECTED", message });
    case "expired":
      return ending(step, state, step.approval?.onTimeout ?? "fail", {
        category: "timeout",
        code: "APPROVAL_EXPIRED",
        message,
      });
  }
}

/** Nobody answered in time: what the plan says follows. */
function ending(
  step: PlanStep,
  state: StepState,
  onTimeout: InquiryTimeout | ApprovalTimeout,
  failure: Failure,
): StepMove {
  const { id: stepId } = step;
  switch (onTimeout) {
    case "skip":
      return { kind: "record", event: { kind: "step.skipped", stepId, reason: failure.message } };
    case "rollback": {
      const reason = `Step "${stepId}": ${sentence(failure.message)}`;
      return { kind: "record", event: { kind: "run.rollback-started", reason, by: ENGINE } };
    }
    case "fail":
    case "continue":
    case "approve":
      return failed(step, state, failure);
  }
}

function nextCall(step: PlanStep, state: StepState): StepMove {
  const { id: stepId, checksBefore } = step;
  const bad = failedCheck(state.checksBefore);
  if (bad !== null) return failed(step, state, bad.failure);
  const done = passed(state.checksBefore);
  if (done < checksBefore.length)
    return { kind: "start", call: { phase: "before", stepId, index: done }, attempt: 1 };
  return { kind: "start", call: { phase: "forward", stepId }, attempt: nextAttempt(state) };
}

/** Nothing was sent: it failed before its own attempt. */
function failed(step: PlanStep, state: StepState, failure: Failure): StepMove {
  const call = { phase: "forward", stepId: step.id } as const;
  const attempt = nextAttempt(state);
  return {
    kind: "record",
    event: { kind: "attempt.failed", call, attempt, failure, retryAt: null, durationMs: 0 },
  };
}

function nextAttempt(state: StepState): number {
  return triedCall(state).attempt + 1;
}
