// The buttons of a run: pause, resume, cancel, roll back, and the answers to "did this happen?".

import type { App, BlockAction, ButtonAction } from "@slack/bolt";
import type { RunControl } from "#engine/control-run.ts";
import type { UnknownAnswer } from "#engine/run.ts";
import { override, steerRun } from "../../answers/steer-run.ts";
import {
  ACTIONS,
  ANSWER_ACTIONS,
  parseOpeningValue,
  parseQuestionValue,
  parseRunValue,
  questionCall,
} from "../../messages/identifiers.ts";
import { openedTarget } from "../../outbound/breaker-override.ts";
import { refusedAnswer, reply } from "../../reply.ts";
import type { Desk, Requester } from "../../requester.ts";
import { clickedOf } from "./clicked.ts";

const STEERING = {
  [ACTIONS.pause]: "pause",
  [ACTIONS.resume]: "resume",
  [ACTIONS.cancel]: "cancel",
  [ACTIONS.rollback]: "rollback",
} as const;

export function listenToRunButtons(app: App, desk: Desk): void {
  for (const [actionId, request] of Object.entries(STEERING)) {
    app.action<BlockAction<ButtonAction>>(actionId, async ({ body, action, context }) => {
      const { requester, value } = clickedOf(body, action, context);
      await steer(desk, requester, parseRunValue(value), () => request);
    });
  }
  app.action<BlockAction<ButtonAction>>(
    ACTIONS.overrideBreaker,
    async ({ body, action, context }) => {
      const { requester, value } = clickedOf(body, action, context);
      await overrideClicked(desk, requester, value);
    },
  );
  for (const [answer, actionId] of Object.entries(ANSWER_ACTIONS) as [UnknownAnswer, string][]) {
    app.action<BlockAction<ButtonAction>>(actionId, async ({ body, action, context }) => {
      const { requester, value } = clickedOf(body, action, context);
      const ref = parseQuestionValue(value);
      await steer(desk, requester, ref?.runId ?? null, (steps) => {
        const call = ref === null ? null : questionCall(ref, steps);
        return ref === null || call === null ? null : { answer, call, attempt: ref.attempt };
      });
    });
  }
}

/** The target is what the run's log says that the button's step met. */
async function overrideClicked(
  desk: Desk,
  requester: Requester,
  value: string | undefined,
): Promise<void> {
  const { ports, slack } = desk;
  const ref = parseOpeningValue(value);
  const view = ref === null ? null : await ports.runs.view(ref.runId);
  const record = view === null ? null : await ports.plans.get(view.planId);
  const target = view === null || ref === null ? null : openedTarget(view, ref);
  if (record === null || target === null || record.conversation.teamId !== slack.identity.teamId) {
    const refusal = { code: "run-not-found", runId: ref?.runId ?? "of this button" } as const;
    return reply(ports, requester, refusedAnswer(refusal));
  }
  await reply(ports, requester, await override(desk, requester, record, target));
}

async function steer(
  desk: Desk,
  requester: Requester,
  runId: string | null,
  request: (steps: readonly { readonly id: string }[]) => RunControl["request"] | null,
): Promise<void> {
  const { ports, slack } = desk;
  const view = runId === null ? null : await ports.runs.view(runId);
  const record = view === null ? null : await ports.plans.get(view.planId);
  const asked = view === null ? null : request(view.plan.steps);
  if (record === null || asked === null || record.conversation.teamId !== slack.identity.teamId) {
    const refusal =
      view !== null && asked === null
        ? ({ code: "no-such-question" } as const)
        : ({ code: "run-not-found", runId: runId ?? "of this button" } as const);
    return reply(ports, requester, refusedAnswer(refusal));
  }
  await reply(ports, requester, await steerRun(desk, requester, record, asked));
}
