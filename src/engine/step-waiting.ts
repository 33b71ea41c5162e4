// What a step waits for before it acts: the moves of its inquiry and of its approval. Null: not allowed here.
//
//     inquiry:  none --opened--> open --answered--> answered
//                                open --expired--> expired
//     approval: none --opened--> open --voted--> open      (the newest word of each person)
//                                open --closed--> closed   (approved, approved-by-timeout, rejected, expired)

import type { RunEvent } from "./run.ts";
import type { ApprovalState, InquiryState, StepState } from "./step-state.ts";
import type { Instant } from "./time.ts";

export type WaitingEvent = Extract<
  RunEvent,
  { readonly kind: `step.inquiry-${string}` | `step.approval-${string}` }
>;

/** An inquiry comes before the approval, so that the approvers see what was answered. */
export function answerInquiry(step: StepState, event: WaitingEvent, at: Instant): StepState | null {
  const { inquiry, approval } = step;
  switch (event.kind) {
    case "step.inquiry-opened":
      if (inquiry.status !== "none" || approval.status !== "none") return null;
      return { ...step, inquiry: { status: "open", openedAt: at, closesAt: event.closesAt } };
    case "step.inquiry-answered":
      if (inquiry.status !== "open") return null;
      return { ...step, inquiry: { status: "answered", answers: event.answers, by: event.by } };
    case "step.inquiry-expired":
      return inquiry.status === "open" ? { ...step, inquiry: { status: "expired" } } : null;
    default:
      return null;
  }
}

export function moveApproval(step: StepState, event: WaitingEvent, at: Instant): StepState | null {
  const { inquiry, approval } = step;
  switch (event.kind) {
    case "step.approval-opened": {
      const ready = inquiry.status === "none" || inquiry.status === "answered";
      if (approval.status !== "none" || !ready) return null;
      const opened = { openedAt: at, closesAt: event.closesAt, votes: [] };
      return { ...step, approval: { status: "open", ...opened } };
    }
    case "step.approval-voted": {
      if (approval.status !== "open") return null;
      const { vote } = event;
      const others = approval.votes.filter(({ userId }) => userId !== vote.userId);
      return { ...step, approval: { ...approval, votes: [...others, vote] } };
    }
    case "step.approval-closed": {
      if (approval.status !== "open") return null;
      const { outcome, counted, explanation } = event;
      return { ...step, approval: closed(approval, { outcome, counted, explanation }) };
    }
    default:
      return null;
  }
}

function closed(
  { votes }: Extract<ApprovalState, { status: "open" }>,
  how: Pick<Extract<ApprovalState, { status: "closed" }>, "outcome" | "counted" | "explanation">,
): ApprovalState {
  return { status: "closed", ...how, votes };
}

/** The clock of what is asked stood. */
export function closeLater(step: StepState, byMs: number): StepState {
  const later = <T extends InquiryState | ApprovalState>(asked: T): T =>
    asked.status === "open" ? { ...asked, closesAt: asked.closesAt + byMs } : asked;
  return { ...step, inquiry: later(step.inquiry), approval: later(step.approval) };
}

/** The run went another way: nobody is asked any more. */
export function closeWaiting(step: StepState): StepState {
  const { inquiry, approval } = step;
  return {
    ...step,
    inquiry: inquiry.status === "open" ? { status: "expired" } : inquiry,
    approval:
      approval.status === "open"
        ? closed(approval, {
            outcome: "expired",
            counted: [],
            explanation: "The run went another way before this was decided.",
          })
        : approval,
  };
}
