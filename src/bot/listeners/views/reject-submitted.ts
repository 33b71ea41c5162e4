// The reject modal was submitted. A reason is required inside the acknowledgement; the vote comes after it.

import type { App } from "@slack/bolt";
import { decide } from "../../answers/decide.ts";
import { CALLBACKS, INPUTS } from "../../messages/identifiers.ts";
import { readReason } from "../../messages/reason-view.ts";
import { refusedAnswer, reply } from "../../reply.ts";
import type { Desk } from "../../requester.ts";
import { refreshHome } from "../home/refresh-home.ts";
import { submittedBy } from "./submitted.ts";

export function listenToRejections(app: App, desk: Desk): void {
  app.view(
    { callback_id: CALLBACKS.reject, type: "view_submission" },
    async ({ ack, body, view, context }) => {
      const reason = readReason(view.state.values, INPUTS.rejectReason);
      if (reason === null) {
        await ack({
          response_action: "errors",
          errors: {
            [INPUTS.rejectReason.blockId]: "Say why, so that the requester knows what to change.",
          },
        });
        return;
      }
      await ack();
      const { requester, plan } = await submittedBy(desk, body, context);
      const answer =
        plan === null
          ? refusedAnswer({ code: "plan-not-found", planId: "of this window" })
          : await decide(desk, requester, { ...plan, choice: "reject", reason });
      await reply(desk.ports, requester, answer);
      // It may have been opened there, where the plan waits no more.
      await refreshHome(desk, requester.userId);
    },
  );
}
