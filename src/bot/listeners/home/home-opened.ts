// App Home: made when it is opened, and again at the press of its button. Guests and strangers get an empty one.

import type { App, BlockAction, ButtonAction } from "@slack/bolt";
import { lookRefusal } from "../../answers/admission.ts";
import { ACTIONS } from "../../messages/identifiers.ts";
import { refusedAnswer, reply } from "../../reply.ts";
import type { Desk } from "../../requester.ts";
import { clickedOf } from "../actions/clicked.ts";
import { recordedOf } from "../recorded-request.ts";
import { refreshHome } from "./refresh-home.ts";

export function listenToHome(app: App, desk: Desk): void {
  app.event("app_home_opened", async ({ event, context }) => {
    if (event.tab !== "home") return;
    const requester = {
      ...recordedOf(context),
      userId: event.user,
      entry: "mention",
      place: { channelId: event.user, threadTs: null },
      planThreadTs: null,
      words: "opened App Home",
    } as const;
    if ((await lookRefusal(desk, requester, "open App Home")) === null)
      await refreshHome(desk, event.user);
  });

  app.action<BlockAction<ButtonAction>>(ACTIONS.homeRefresh, async ({ body, action, context }) => {
    const { requester } = clickedOf(body, action, context);
    const refusal = await lookRefusal(desk, requester, "refresh App Home");
    if (refusal === null) await refreshHome(desk, requester.userId);
    else await reply(desk.ports, requester, refusedAnswer(refusal));
  });

  // Opens a link by itself; Slack reports the click all the same.
  app.action(ACTIONS.openConversation, async () => undefined);
}
