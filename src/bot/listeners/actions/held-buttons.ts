// The buttons of a run that is held by a check: ask for the plan again, edit it, withdraw it.

import type { App, BlockAction, ButtonAction } from "@slack/bolt";
import type { PlanRecord } from "#engine/plan.ts";
import { lookRefusal } from "../../answers/admission.ts";
import { withdrawHeld } from "../../answers/decide.ts";
import { askAgain } from "../../answers/supersede.ts";
import { editView } from "../../messages/edit-view.ts";
import { ACTIONS, parseRunValue } from "../../messages/identifiers.ts";
import { refusedAnswer, reply } from "../../reply.ts";
import type { Desk } from "../../requester.ts";
import { clickedOf } from "./clicked.ts";
import type { Clicked } from "./clicked.ts";
import { openView } from "./open-view.ts";

type Work = (desk: Desk, clicked: Clicked, record: PlanRecord) => Promise<void>;

export function listenToHeldButtons(app: App, desk: Desk): void {
  const on = (actionId: string, work: Work): void => {
    app.action<BlockAction<ButtonAction>>(actionId, async ({ body, action, context }) => {
      const clicked = clickedOf(body, action, context);
      const record = await planOfRun(desk, clicked);
      if (record !== null) await work(desk, clicked, record);
    });
  };
  on(ACTIONS.askAgain, async (desk, { requester }, record) =>
    reply(desk.ports, requester, await askAgain(desk, requester, record)),
  );
  on(ACTIONS.withdrawHeld, async (desk, { requester }, record) =>
    reply(desk.ports, requester, await withdrawHeld(desk, requester, record)),
  );
  on(ACTIONS.editHeld, openEdit);
}

/** The window shows the plan, so it opens for members in channels that are served. */
async function openEdit(desk: Desk, clicked: Clicked, record: PlanRecord): Promise<void> {
  const refusal = await lookRefusal(desk, clicked.requester, "edit a plan");
  if (refusal === null) await openView(desk, clicked, editView({ record, held: true }));
  else await reply(desk.ports, clicked.requester, refusedAnswer(refusal));
}

/** Null: the person was told that there is no such run. */
async function planOfRun(
  { ports, slack }: Desk,
  { requester, value }: Clicked,
): Promise<PlanRecord | null> {
  const runId = parseRunValue(value);
  const view = runId === null ? null : await ports.runs.view(runId);
  const record = view === null ? null : await ports.plans.get(view.planId);
  if (record?.conversation.teamId === slack.identity.teamId) return record;
  const refusal = { code: "run-not-found", runId: runId ?? "of this button" } as const;
  await reply(ports, requester, refusedAnswer(refusal));
  return null;
}
