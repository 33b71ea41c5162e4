// A bundle card was submitted. That something is ticked is asked for inside the acknowledgement; the votes come after.

import type { App } from "@slack/bolt";
import { approveTogether, NOT_OURS } from "../../answers/approve-together.ts";
import { readTicked } from "../../messages/bundle-view.ts";
import { CALLBACKS, INPUTS, parseBundleMetadata } from "../../messages/identifiers.ts";
import { refusedAnswer, reply } from "../../reply.ts";
import type { Desk } from "../../requester.ts";
import { refreshHome } from "../home/refresh-home.ts";
import { modalRequester } from "./submitted.ts";

export function listenToBundles(app: App, desk: Desk): void {
  app.view(
    { callback_id: CALLBACKS.bundle, type: "view_submission" },
    async ({ ack, body, view, context }) => {
      const refs = readTicked(view.state.values);
      if (refs.length === 0) {
        const { blockId } = INPUTS.bundlePlans;
        const errors = { [blockId]: "Tick what you approve, or close the window." };
        await ack({ response_action: "errors", errors });
        return;
      }
      await ack();
      const about = parseBundleMetadata(view.private_metadata);
      const place = about?.place ?? { channelId: body.user.id, threadTs: null };
      const requester = modalRequester(body, context, place);
      const answer =
        about === null
          ? refusedAnswer(NOT_OURS)
          : await approveTogether(desk, requester, { requesterId: about.requesterId, refs });
      await reply(desk.ports, requester, answer);
      await refreshHome(desk, requester.userId);
    },
  );
}
