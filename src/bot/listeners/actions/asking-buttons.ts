// The buttons of what a run asks people: approve or reject a step, answer its question, try a failed step again or
// leave it out. What needs words opens a window at once, while the click's trigger is valid.

import type { App, BlockAction, ButtonAction } from "@slack/bolt";
import {
  answeredAnswer,
  answerStep,
  askingOf,
  isOpenInquiry,
  voteInRun,
} from "../../answers/step-asks.ts";
import type { AskingOf } from "../../answers/step-asks.ts";
import { steerStepOf } from "../../answers/steer-run.ts";
import {
  ACTIONS,
  askingValue,
  CALLBACKS,
  CHOICE_ACTIONS,
  INPUTS,
  parseAskingValue,
  parseChoiceValue,
  parseStepValue,
  stepValue,
} from "../../messages/identifiers.ts";
import { inquiryView } from "../../messages/inquiry-view.ts";
import { reasonView } from "../../messages/reason-view.ts";
import { buttonChoice } from "../../messages/step-inquiry.ts";
import { refusedAnswer, reply } from "../../reply.ts";
import type { Desk } from "../../requester.ts";
import { clickedOf } from "./clicked.ts";
import type { Clicked } from "./clicked.ts";
import { openView } from "./open-view.ts";

type Work = (desk: Desk, clicked: Clicked, asking: AskingOf) => Promise<void>;

export function listenToAskingButtons(app: App, desk: Desk): void {
  const on = (actionId: string, refOf: RefOf, work: Work): void => {
    app.action<BlockAction<ButtonAction>>(actionId, async ({ body, action, context }) => {
      const clicked = clickedOf(body, action, context);
      const asking = await askingOf(desk, refOf(clicked.value));
      if (asking !== null) return work(desk, clicked, asking);
      const refusal = { code: "run-not-found", runId: "of this button" } as const;
      return reply(desk.ports, clicked.requester, refusedAnswer(refusal));
    });
  };
  on(ACTIONS.stepApprove, parseAskingValue, approve);
  on(ACTIONS.stepReject, parseAskingValue, openRejection);
  on(ACTIONS.inquiryOpen, parseAskingValue, openInquiry);
  for (const actionId of CHOICE_ACTIONS) on(actionId, parseChoiceValue, choose);
  on(ACTIONS.retryStep, stepRef, retry);
  on(ACTIONS.skipStep, stepRef, openSkip);
}

type RefOf = (value: string | undefined) => Parameters<typeof askingOf>[1];

/** A step of a held run asks nothing, so there is no asking to be of. */
function stepRef(value: string | undefined): Parameters<typeof askingOf>[1] {
  const ref = parseStepValue(value);
  return ref === null ? null : { ...ref, opening: 0 };
}

async function approve(
  desk: Desk,
  { requester }: Clicked,
  { record, step, opening }: AskingOf,
): Promise<void> {
  const word = { stepId: step.id, opening, choice: "approve", reason: null } as const;
  await reply(desk.ports, requester, await voteInRun(desk, requester, record, word));
}

async function openRejection(
  desk: Desk,
  clicked: Clicked,
  { view, step, opening }: AskingOf,
): Promise<void> {
  const stepIndex = view.plan.steps.indexOf(step);
  await openView(
    desk,
    clicked,
    reasonView({
      callback: CALLBACKS.stepReject,
      title: "Reject step",
      submit: "Reject",
      metadata: askingValue({ runId: view.runId, stepIndex, opening }),
      stepId: step.id,
      effect: "The step will not run, and the plan's rule for failures applies.",
      input: INPUTS.rejectReason,
    }),
  );
}

async function openInquiry(desk: Desk, clicked: Clicked, asking: AskingOf): Promise<void> {
  const { view, step, opening } = asking;
  if (step.inquiry === null || !isOpenInquiry(desk, asking)) {
    const refusal = { code: "inquiry-not-open", stepId: step.id } as const;
    return reply(desk.ports, clicked.requester, refusedAnswer(refusal));
  }
  const ref = { runId: view.runId, stepId: step.id, opening };
  await openView(desk, clicked, inquiryView(step.inquiry, ref));
}

async function choose(
  desk: Desk,
  { requester, value }: Clicked,
  { view, record, step, opening }: AskingOf,
): Promise<void> {
  const field = step.inquiry === null ? null : buttonChoice(step.inquiry);
  const option = field?.options[parseChoiceValue(value)?.option ?? -1];
  const entered = field === null || option === undefined ? {} : { [field.name]: option };
  const answer = { runId: view.runId, stepId: step.id, opening, entered };
  const result = await answerStep(desk, requester, record, answer);
  await reply(desk.ports, requester, answeredAnswer(result));
}

async function retry(
  desk: Desk,
  { requester }: Clicked,
  { record, step }: AskingOf,
): Promise<void> {
  const about = { step: step.id, wish: { kind: "retry" } } as const;
  await reply(desk.ports, requester, await steerStepOf(desk, requester, record, about));
}

async function openSkip(desk: Desk, clicked: Clicked, { view, step }: AskingOf): Promise<void> {
  await openView(
    desk,
    clicked,
    reasonView({
      callback: CALLBACKS.skipStep,
      title: "Leave a step out",
      submit: "Skip",
      metadata: stepValue(view.runId, view.plan.steps.indexOf(step)),
      stepId: step.id,
      effect: "The run goes on without it. What it may have done is taken back only by a rollback.",
      input: INPUTS.skipReason,
    }),
  );
}
