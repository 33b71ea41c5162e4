// The button that opens a bundle card: what waits for this person now of one requester, read anew.

import type { App, BlockAction, ButtonAction } from "@slack/bolt";
import { waitingPlans } from "#engine/waiting-plans.ts";
import { lookRefusal } from "../../answers/admission.ts";
import { bundlesOf, bundleView } from "../../messages/bundle-view.ts";
import { ACTIONS } from "../../messages/identifiers.ts";
import { refusedAnswer, reply, said } from "../../reply.ts";
import type { Desk } from "../../requester.ts";
import { clickedOf } from "./clicked.ts";
import type { Clicked } from "./clicked.ts";
import { openView } from "./open-view.ts";

export function listenToBundleButton(app: App, desk: Desk): void {
  app.action<BlockAction<ButtonAction>>(ACTIONS.bundleOpen, async ({ body, action, context }) =>
    open(desk, clickedOf(body, action, context)),
  );
}

async function open(desk: Desk, clicked: Clicked): Promise<void> {
  const { ports, slack } = desk;
  const { requester, value, onHome } = clicked;
  const refusal = await lookRefusal(desk, requester, "approve plans together");
  if (refusal !== null) return reply(ports, requester, refusedAnswer(refusal));
  const { teamId } = slack.identity;
  const { theirs } = await waitingPlans(ports, { teamId, userId: requester.userId });
  const bundle = bundlesOf(theirs).find((one) => one.requester.userId === value);
  if (bundle === undefined) {
    const words =
      "There are no two plans any more that wait for you and can be approved together. /ops pending has what waits.";
    return reply(ports, requester, said(words, "warning"));
  }
  const place = onHome ? null : requester.place;
  const { sha256, clock } = ports;
  await openView(desk, clicked, bundleView({ bundle, place, now: clock.now(), sha256 }));
}
