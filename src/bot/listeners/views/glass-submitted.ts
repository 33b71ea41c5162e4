// The window to break the glass was submitted. Why and the tick are asked for inside the acknowledgement.

import type { App } from "@slack/bolt";
import { breakTheGlass } from "../../answers/break-glass.ts";
import { glassErrors, readGlassWish } from "../../messages/glass-view.ts";
import { CALLBACKS } from "../../messages/identifiers.ts";
import { refusedAnswer, reply } from "../../reply.ts";
import type { Desk } from "../../requester.ts";
import { submittedBy } from "./submitted.ts";

export function listenToBrokenGlass(app: App, desk: Desk): void {
  app.view(
    { callback_id: CALLBACKS.breakGlass, type: "view_submission" },
    async ({ ack, body, view, context }) => {
      const wish = readGlassWish(view.state.values);
      const errors = glassErrors(wish);
      if (errors !== null) {
        await ack({ response_action: "errors", errors });
        return;
      }
      await ack();
      const { requester, plan } = await submittedBy(desk, body, context);
      const answer =
        plan === null
          ? refusedAnswer({ code: "plan-not-found", planId: "of this window" })
          : await breakTheGlass(desk, requester, { ...plan, reason: wish.reason ?? "" });
      await reply(desk.ports, requester, answer);
    },
  );
}
