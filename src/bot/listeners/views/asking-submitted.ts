// Windows about a step were submitted: an answer, a rejection with its reason, a skip with its reason. What is wrong
// with an answer is told inside the acknowledgement, under the field it is in.

import type { App, Context, SlackViewAction } from "@slack/bolt";
import type { Refusal } from "#engine/refusal.ts";
import { answeredAnswer, answerStep, askingOf, voteInRun } from "../../answers/step-asks.ts";
import type { AskingOf } from "../../answers/step-asks.ts";
import { steerStepOf } from "../../answers/steer-run.ts";
import { CALLBACKS, INPUTS, parseAskingValue, parseStepValue } from "../../messages/identifiers.ts";
import {
  inquiryErrors,
  parseInquiryMetadata,
  readInquiryValues,
} from "../../messages/inquiry-view.ts";
import { readReason } from "../../messages/reason-view.ts";
import { refusedAnswer, reply } from "../../reply.ts";
import type { Desk, Requester } from "../../requester.ts";
import { besideCard, modalRequester } from "./submitted.ts";

const WHY = "Say why: it is shown in the thread and kept in the audit log.";

export function listenToAskingViews(app: App, desk: Desk): void {
  app.view(
    { callback_id: CALLBACKS.inquiry, type: "view_submission" },
    async ({ ack, body, view, context }) => {
      const ref = parseInquiryMetadata(view.private_metadata);
      const asking = ref === null ? null : await inquiryAsking(desk, ref);
      const requester = await requesterOf(desk, asking, body, context);
      if (ref === null || asking === null) {
        await ack();
        return reply(desk.ports, requester, refusedAnswer(NO_RUN));
      }
      const entered = readInquiryValues(view.state.values);
      const result = await answerStep(desk, requester, asking.record, { ...ref, entered });
      const fields = asking.step.inquiry?.fields ?? [];
      if (!result.ok && result.refusal.code === "answer-invalid") {
        const errors = inquiryErrors(fields, result.refusal.problems);
        await ack({ response_action: "errors", errors });
        return;
      }
      await ack();
      await reply(desk.ports, requester, answeredAnswer(result));
    },
  );
  app.view(
    { callback_id: CALLBACKS.stepReject, type: "view_submission" },
    async ({ ack, body, view, context }) => {
      const reason = readReason(view.state.values, INPUTS.rejectReason);
      if (reason === null) {
        await ack({ response_action: "errors", errors: { [INPUTS.rejectReason.blockId]: WHY } });
        return;
      }
      await ack();
      const asking = await askingOf(desk, parseAskingValue(view.private_metadata));
      const requester = await requesterOf(desk, asking, body, context);
      if (asking === null) return reply(desk.ports, requester, refusedAnswer(NO_RUN));
      const { record, step, opening } = asking;
      const word = { stepId: step.id, opening, choice: "reject", reason } as const;
      await reply(desk.ports, requester, await voteInRun(desk, requester, record, word));
    },
  );
  app.view(
    { callback_id: CALLBACKS.skipStep, type: "view_submission" },
    async ({ ack, body, view, context }) => {
      const reason = readReason(view.state.values, INPUTS.skipReason);
      if (reason === null) {
        await ack({ response_action: "errors", errors: { [INPUTS.skipReason.blockId]: WHY } });
        return;
      }
      await ack();
      const ref = parseStepValue(view.private_metadata);
      const asking = await askingOf(desk, ref === null ? null : { ...ref, opening: 0 });
      const requester = await requesterOf(desk, asking, body, context);
      if (asking === null) return reply(desk.ports, requester, refusedAnswer(NO_RUN));
      const about = { step: asking.step.id, wish: { kind: "skip", reason } } as const;
      await reply(desk.ports, requester, await steerStepOf(desk, requester, asking.record, about));
    },
  );
}

const NO_RUN: Refusal = { code: "run-not-found", runId: "of this window" };

async function inquiryAsking(
  desk: Desk,
  {
    runId,
    stepId,
    opening,
  }: { readonly runId: string; readonly stepId: string; readonly opening: number },
): Promise<AskingOf | null> {
  const view = await desk.ports.runs.view(runId);
  const stepIndex = view?.plan.steps.findIndex(({ id }) => id === stepId) ?? -1;
  return askingOf(desk, { runId, stepIndex, opening });
}

async function requesterOf(
  { ports }: Desk,
  asking: AskingOf | null,
  body: SlackViewAction,
  context: Context,
): Promise<Requester> {
  const place =
    asking === null
      ? { channelId: body.user.id, threadTs: null }
      : await besideCard(ports, asking.record);
  return modalRequester(body, context, place);
}
