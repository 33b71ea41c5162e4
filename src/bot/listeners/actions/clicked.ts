// What a click says: who clicked, where, and the opaque value of the button. The message it was on is not
// read: everything else comes from the database.

import type { BlockAction, ButtonAction, Context } from "@slack/bolt";
import type { Requester } from "../../requester.ts";
import { recordedOf } from "../recorded-request.ts";

export type Clicked = {
  readonly requester: Requester;
  readonly value: string | undefined;
  /** Opens one view within three seconds. */
  readonly triggerId: string;
  /** The modal in which the button is, if it is in one. */
  readonly view: { readonly id: string; readonly hash: string } | null;
  /** On App Home there is no conversation: the answer is a direct message. */
  readonly onHome: boolean;
};

export function clickedOf(body: BlockAction, action: ButtonAction, context: Context): Clicked {
  const { container, view, user, trigger_id: triggerId } = body;
  const channelId = body.channel?.id ?? text(container["channel_id"]);
  const threadTs = text(container["thread_ts"]) ?? text(body.message?.["thread_ts"]);
  const onHome = view?.type === "home";
  return {
    requester: {
      ...recordedOf(context),
      userId: user.id,
      entry: "button",
      place: channelId === null ? { channelId: user.id, threadTs: null } : { channelId, threadTs },
      planThreadTs: threadTs,
      words: `clicked ${action.action_id}`,
    },
    value: action.value,
    triggerId,
    view: view === undefined || onHome ? null : { id: view.id, hash: view.hash },
    onHome,
  };
}

function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
