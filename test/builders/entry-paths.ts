// The ways in which a person can say yes or no to a plan, each as the request that Slack sends for it: signed, over
// HTTP, and worked on to its end.

import {
  ACTIONS,
  bundleMetadata,
  CALLBACKS,
  INPUTS,
  planValue,
  shownValue,
} from "#bot/messages/identifiers.ts";
import type { BotWorkspace } from "./bot-workspace.ts";

export type Word = {
  readonly userId: string;
  readonly teamId: string;
  readonly choice: "approve" | "reject";
  readonly planId: string;
  readonly version: number;
  /** Of the plan and of its card, in SHA-256. */
  readonly hash: string;
  readonly viewHash: string;
  readonly requesterId: string;
  /** The plan's thread. */
  readonly threadTs: string;
};

/** What Slack sends, and the id under which it is recorded. */
type Sent = { readonly id: string; readonly body: string; readonly contentType?: string };
export type EntryWay = (word: Word, nth: string) => Sent;

const CHANNEL = { id: "C0PRODUCTION", name: "ops-production" };
const REASON = "Not today";

function payloadOf({ userId, teamId }: Word, triggerId: string) {
  return {
    api_app_id: "A0COUNTERSIGN",
    team: { id: teamId, domain: "x" },
    user: { id: userId, team_id: teamId, name: "x", username: "x" },
    trigger_id: triggerId,
  };
}

function form(payload: object): string {
  return new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
}

const button: EntryWay = (word, nth) => ({
  id: `action:${nth}`,
  body: form({
    ...payloadOf(word, nth),
    type: "block_actions",
    container: { type: "message", channel_id: CHANNEL.id, message_ts: word.threadTs },
    channel: CHANNEL,
    actions: [
      { type: "button", action_id: ACTIONS.approve, block_id: "b", value: planValue(word) },
    ],
  }),
});

/** The button on App Home, where there is no conversation. */
const home: EntryWay = (word, nth) => ({
  id: `action:${nth}`,
  body: form({
    ...payloadOf(word, nth),
    type: "block_actions",
    container: { type: "view", view_id: "V1" },
    view: { id: "V1", type: "home", hash: "x", blocks: [] },
    actions: [
      { type: "button", action_id: ACTIONS.approve, block_id: "b", value: planValue(word) },
    ],
  }),
});

type Submitted = {
  readonly callback: string;
  readonly metadata: string;
  readonly input: { readonly blockId: string; readonly actionId: string };
  readonly state: object;
};

function submission(
  word: Word,
  nth: string,
  { callback, metadata, input, state }: Submitted,
): Sent {
  return {
    id: `view:${nth}`,
    body: form({
      ...payloadOf(word, nth),
      type: "view_submission",
      view: {
        id: "V1",
        type: "modal",
        callback_id: callback,
        private_metadata: metadata,
        state: { values: { [input.blockId]: { [input.actionId]: state } } },
      },
    }),
  };
}

const modal: EntryWay = (word, nth) =>
  submission(word, nth, {
    callback: CALLBACKS.reject,
    metadata: planValue(word),
    input: INPUTS.rejectReason,
    state: { type: "plain_text_input", value: REASON },
  });

/** The window that shows several plans of one requester, with one of them ticked. */
const bundle: EntryWay = (word, nth) =>
  submission(word, nth, {
    callback: CALLBACKS.bundle,
    metadata: bundleMetadata({
      requesterId: word.requesterId,
      place: { channelId: CHANNEL.id, threadTs: null },
    }),
    input: INPUTS.bundlePlans,
    state: { type: "checkboxes", selected_options: [{ value: shownValue(word) }] },
  });

const said = ({ choice, planId }: Word, named: boolean): string =>
  [choice, named ? planId : "", choice === "reject" ? REASON : ""].filter(Boolean).join(" ");

const mention: EntryWay = (word, nth) => ({
  id: `message:${word.teamId}:${CHANNEL.id}:${nth}`,
  contentType: "application/json",
  body: JSON.stringify({
    type: "event_callback",
    api_app_id: "A0COUNTERSIGN",
    team_id: word.teamId,
    event_id: `Ev${nth}`,
    event: {
      type: "app_mention",
      user: word.userId,
      team: word.teamId,
      channel: CHANNEL.id,
      ts: nth,
      thread_ts: word.threadTs,
      text: `<@U0COUNTERSIGN> ${said(word, false)}`,
    },
  }),
});

const command: EntryWay = (word, nth) => ({
  id: `command:${nth}`,
  body: new URLSearchParams({
    command: "/ops",
    text: said(word, true),
    api_app_id: "A0COUNTERSIGN",
    team_id: word.teamId,
    user_id: word.userId,
    channel_id: CHANNEL.id,
    trigger_id: nth,
    response_url: "http://127.0.0.1:9/none",
  }).toString(),
});

/** A rejection by button opens the modal, which is what carries it; what destroys is never approved among others. */
export function entryWays(
  choice: Word["choice"],
  risk: "modify" | "destructive",
): Readonly<Record<string, EntryWay>> {
  if (choice === "reject") return { modal, mention, command };
  return { button, home, mention, command, ...(risk === "modify" && { bundle }) };
}

let sent = 0;

/** Sends it and answers the id of the request; it is worked on by then or soon after. */
export async function enter(bot: BotWorkspace, way: EntryWay, word: Word): Promise<string> {
  sent += 1;
  const { id, body, contentType } = way(word, `${1_763_700_000 + sent}.000100`);
  const answer = await bot.playground.signedRequest({
    body,
    ...(contentType !== undefined && { contentType }),
  });
  if (answer.kind !== "acknowledged")
    throw new Error(`${id} was not acknowledged: ${JSON.stringify(answer)}`);
  return id;
}
