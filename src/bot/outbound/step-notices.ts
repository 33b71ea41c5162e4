// What a step asks of people before it acts: an approval of its own, or an answer. Sends nothing.

import { approvalOf } from "#engine/asked-approval.ts";
import type { ApprovalEnd } from "#engine/asked-approval.ts";
import { inquiryOf } from "#engine/asked-inquiry.ts";
import { stepVerdictOf } from "#engine/decide-step-approval.ts";
import type { Instant } from "#engine/time.ts";
import { subjects } from "../messages/identifiers.ts";
import { stepApprovalMessage } from "../messages/step-approval.ts";
import { stepInquiryMessage } from "../messages/step-inquiry.ts";
import type { NoticeRenderers } from "./notice-renderer.ts";
import { NOTHING } from "./outgoing.ts";
import { saidOfRun } from "./said-in-thread.ts";

const AGAIN = "The step was tried again and asks once more.";
const ASKED_AGAIN = (at: Instant): ApprovalEnd => ({
  outcome: "left",
  counted: [],
  explanation: AGAIN,
  at,
});

export const stepNotices: NoticeRenderers<"step-approval" | "step-inquiry"> = {
  "step-approval": async (ports, { runId, stepId, opening }, now) => {
    const view = await ports.runs.view(runId);
    const asked = view === null ? null : approvalOf(view.events, stepId, now);
    const step = view?.plan.steps.find(({ id }) => id === stepId);
    const record = view === null ? null : await ports.plans.get(view.planId);
    const approval = step?.approval ?? null;
    if (asked === null || step === undefined || approval === null || record === null)
      return NOTHING;
    // An earlier asking is over: its card says so, and the newest has one of its own.
    const shown = asked.opening === opening ? asked : { ...asked, opening, end: ASKED_AGAIN(now) };
    const verdict =
      shown.end === null
        ? await stepVerdictOf(ports, { record, asked: approval, approval: shown }, "cached")
        : null;
    return saidOfRun(ports, runId, now, async (report) => ({
      subject: subjects.stepApproval(runId, stepId, opening),
      message: stepApprovalMessage({ report, step, approval, asked: shown, verdict }),
    }));
  },

  "step-inquiry": async (ports, { runId, stepId, opening }, now) => {
    const view = await ports.runs.view(runId);
    const asked = view === null ? null : inquiryOf(view.events, stepId, now);
    const step = view?.plan.steps.find(({ id }) => id === stepId);
    const inquiry = step?.inquiry ?? null;
    if (asked === null || step === undefined || inquiry === null) return NOTHING;
    const shown =
      asked.opening === opening
        ? asked
        : { ...asked, opening, end: { kind: "left", explanation: AGAIN, at: now } as const };
    return saidOfRun(ports, runId, now, async (report) => ({
      subject: subjects.stepInquiry(runId, stepId, opening),
      message: stepInquiryMessage({ report, step, inquiry, asked: shown }),
    }));
  },
};
