// The same words after a mention in a channel or thread, and in a direct message. Which messages are requests
// at all (people's own, no edits, no broadcasts) was decided when they were taken in.

import type { App } from "@slack/bolt";
import type { Json } from "#engine/json.ts";
import { answerCommand, answerMisread } from "../../answers/answer-command.ts";
import { attachedSource } from "../../answers/attached-source.ts";
import { readCommand } from "../../command-language/read-command.ts";
import { reply, said } from "../../reply.ts";
import type { Answer } from "../../reply.ts";
import type { Desk, Requester } from "../../requester.ts";
import { readTypedText, withoutMention } from "../../command-language/typed-text.ts";
import { recordedOf } from "../recorded-request.ts";
import type { Recorded } from "../recorded-request.ts";
import { vocabularyOf } from "../vocabulary.ts";

type Written = Recorded & {
  readonly userId: string;
  readonly channelId: string;
  readonly ts: string;
  readonly threadTs: string | null;
  readonly text: string;
  readonly files: Json | undefined;
  readonly direct: boolean;
};

export function listenToMentions(app: App, desk: Desk): void {
  app.event("app_mention", async ({ event, context }) => {
    const { user, channel, ts, thread_ts: threadTs, text } = event;
    if (user === undefined) return;
    const files = (event as { readonly files?: Json }).files;
    await answerWritten(desk, {
      ...recordedOf(context),
      userId: user,
      channelId: channel,
      ts,
      threadTs: threadTs ?? null,
      text,
      files,
      direct: false,
    });
  });

  app.message(async ({ message, context }) => {
    if (
      message.channel_type !== "im" ||
      (message.subtype !== undefined && message.subtype !== "file_share")
    )
      return;
    const { user, channel, ts, text } = message;
    const { thread_ts: threadTs, files } = message as unknown as {
      readonly thread_ts?: string;
      readonly files?: Json;
    };
    if (user === undefined) return;
    await answerWritten(desk, {
      ...recordedOf(context),
      userId: user,
      channelId: channel,
      ts,
      threadTs: threadTs ?? null,
      text: text ?? "",
      files,
      direct: true,
    });
  });
}

async function answerWritten(desk: Desk, written: Written): Promise<void> {
  const answer = await answerTo(desk, written);
  if (answer !== null) await reply(desk.ports, requesterOf(desk, written), answer);
}

async function answerTo(desk: Desk, written: Written): Promise<Answer | null> {
  const requester = requesterOf(desk, written);
  const attached = await attachedSource(desk, written.files);
  if (!attached.ok) return said(attached.refusal.sentence, "warning");
  const typed = readTypedText(written.text);
  const words = withoutMention(typed.words, desk.slack.identity.botUserId);
  const read = readCommand({ ...typed, words }, vocabularyOf(desk.ports), attached.value);
  return read.ok
    ? answerCommand(desk, requester, read.value)
    : answerMisread(desk, requester, read.refusal);
}

/** A mention is answered in its thread, which it opens when it stands alone; a direct message where it stands. */
function requesterOf(
  { slack }: Desk,
  { requestId, receivedAt, userId, channelId, ts, threadTs, text, direct }: Written,
): Requester {
  return {
    requestId,
    receivedAt,
    userId,
    entry: "mention",
    place: { channelId, threadTs: direct ? threadTs : (threadTs ?? ts) },
    planThreadTs: direct ? threadTs : (threadTs ?? ts),
    words: withoutMention(readTypedText(text).words, slack.identity.botUserId),
  };
}
