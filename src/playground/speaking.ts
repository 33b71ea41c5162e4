// A person writes a message, attaches a snippet, or types a slash command.

import { actor, failureWord, placeOf, slackSays, type Acting } from "./acting.ts";
import type { Channel } from "./channels.ts";
import type { Acknowledgement } from "./delivery.ts";
import { isRecord } from "./json-value.ts";
import type { SlackMessage } from "./message.ts";
import { commandPayload, eventEnvelope, messageEvent } from "./payloads.ts";
import type { SeedUser } from "./seed.ts";
import { describeFile, type StoredFile } from "./stored-file.ts";
import { encodeTyped } from "./typed-text.ts";

export interface Snippet {
  readonly name: string;
  readonly content: string;
}

export interface SayOptions {
  readonly threadTs?: string | undefined;
  readonly files?: readonly Snippet[] | undefined;
}

/** Posts as a person and tells the app what it subscribed to. Returns the message. */
export function say(
  acting: Acting,
  userReference: string,
  channelReference: string,
  text: string,
  { threadTs, files = [] }: SayOptions = {},
): SlackMessage {
  const { state } = acting;
  const user = actor(acting, userReference);
  const channel = placeOf(acting, user, channelReference);
  if (text.trim() === "" && files.length === 0)
    throw new Error("A message needs a text or a file.");
  const parent = threadTs === undefined ? undefined : state.findMessage(channel.id, threadTs);
  if (threadTs !== undefined && parent === undefined)
    throw new Error(`There is no message ${threadTs} to reply to.`);
  const { blocks, mentions, text: encoded } = encodeTyped(text, state);
  const stored = files.map((file) => keepSnippet(acting, user, file));
  const message: SlackMessage = {
    type: "message",
    ts: state.ids.ts(),
    user: user.id,
    team: state.people.teamOf(user),
    client_msg_id: state.ids.id("msg-").toLowerCase(),
    text: encoded,
    blocks,
    ...(stored.length === 0 ? {} : { files: stored }),
    ...(parent === undefined ? {} : { thread_ts: parent.thread_ts ?? parent.ts }),
  };
  state.addMessage(channel.id, message);
  announce(acting, {
    user,
    channel,
    message,
    mentionsBot: mentions.includes(state.seed.app.botUserId),
  });
  return message;
}

interface Spoken {
  readonly user: SeedUser;
  readonly channel: Channel;
  readonly message: SlackMessage;
  readonly mentionsBot: boolean;
}

function announce(acting: Acting, { user, channel, message, mentionsBot }: Spoken): void {
  const { state, link, subscriptions } = acting;
  if (!state.channels.hasBot(channel)) {
    const hint = `${state.seed.app.name} is not in this channel, so it was not told.`;
    if (mentionsBot) slackSays(acting, user, channel, hint, message.thread_ts);
    return;
  }
  const kinds: ("message" | "app_mention")[] = [];
  if (mentionsBot && channel.kind === "channel" && subscriptions.includes("app_mention"))
    kinds.push("app_mention");
  if (subscriptions.includes(subscriptionOf(channel))) kinds.push("message");
  for (const kind of kinds) {
    const payload = eventEnvelope(state, messageEvent(state, kind, message, channel), channel);
    link.sendEvent({ id: String(payload["event_id"]), type: "events_api", payload });
  }
}

function subscriptionOf(channel: Channel): string {
  if (channel.kind === "im") return "message.im";
  return channel.isPrivate ? "message.groups" : "message.channels";
}

function keepSnippet(
  { state, baseUrl }: Acting,
  user: SeedUser,
  { name, content }: Snippet,
): StoredFile {
  const bytes = new TextEncoder().encode(content);
  const file = describeFile({
    id: state.ids.id("F"),
    name,
    title: name,
    user: user.id,
    teamId: state.seed.team.id,
    createdMs: state.clock.now(),
    bytes,
    baseUrl,
  });
  state.addFile({ file, bytes });
  return file;
}

/** Types a slash command, "/ops plan ..." or just its words. Resolves when the app has answered or failed to. */
export async function slash(
  acting: Acting,
  userReference: string,
  channelReference: string,
  typed: string,
  { threadTs }: { readonly threadTs?: string | undefined } = {},
): Promise<Acknowledgement> {
  const { state, link, triggers, responses } = acting;
  const user = actor(acting, userReference);
  const channel = placeOf(acting, user, channelReference);
  const { command, text } = splitCommand(acting, typed);
  if (threadTs !== undefined) {
    slackSays(acting, user, channel, `${command} is not supported in threads. Sorry!`, threadTs);
    return { kind: "unreachable" };
  }
  if (!state.seed.app.commands.some((known) => known.command === command)) {
    slackSays(acting, user, channel, `${command} is not a valid command.`);
    return { kind: "unreachable" };
  }
  const payload = commandPayload(state, {
    user,
    channel,
    command,
    // As with `should_escape: true` in the manifest: people and channels arrive as ids.
    text: encodeTyped(text, state).text,
    responseUrl: responses.issue("commands", { user: user.id, channel: channel.id }),
    triggerId: triggers.issue({ user: user.id }),
  });
  const acknowledgement = await link.send({
    id: state.ids.id("Cmd"),
    type: "slash_commands",
    payload,
  });
  const failure = failureWord(acknowledgement);
  if (failure !== undefined)
    slackSays(acting, user, channel, `${command} failed with the error "${failure}"`);
  if (acknowledgement.kind === "acknowledged") {
    showAnswer(acting, { user, channel, command, body: acknowledgement.body });
  }
  return acknowledgement;
}

function splitCommand(
  { state }: Acting,
  typed: string,
): { readonly command: string; readonly text: string } {
  const trimmed = typed.trim();
  if (!trimmed.startsWith("/"))
    return { command: state.seed.app.commands[0]?.command ?? "/", text: trimmed };
  const command = /^\/\S*/.exec(trimmed)?.[0] ?? "/";
  return { command, text: trimmed.slice(command.length).trim() };
}

interface CommandAnswer {
  readonly user: SeedUser;
  readonly channel: Channel;
  readonly command: string;
  readonly body: unknown;
}

function showAnswer(acting: Acting, { user, channel, command, body }: CommandAnswer): void {
  const answer = typeof body === "string" ? { text: body } : body;
  if (
    !isRecord(answer) ||
    !["text", "blocks", "attachments"].some((key) => answer[key] !== undefined)
  )
    return;
  const reply = acting.responses.answer({ user: user.id, channel: channel.id }, answer);
  if (reply.status === 200) return;
  slackSays(
    acting,
    user,
    channel,
    `${command} failed with the error "${String(reply.body["error"])}"`,
  );
}
