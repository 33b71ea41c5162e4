// What the page shows one person: their channels, messages, threads, modals, Home tab and files.

import { actor } from "./acting.ts";
import { decodeText } from "./stored-file.ts";
import { isReply, withThreadCounts, type EphemeralMessage } from "./message.ts";
import type { OpenView } from "./modal-stacks.ts";
import type { PageServerOptions } from "./page-server.ts";

/** Answers a GET of the page. Throws a sentence for the person when there is no such thing. */
export function readPageData(
  options: PageServerOptions,
  name: string,
  query: URLSearchParams,
): unknown {
  const ask = (key: string) => query.get(key) ?? "";
  switch (name) {
    case "people":
      return readPeople(options);
    case "state":
      return readState(options, ask("user"));
    case "channel":
      return readChannel(options, ask("user"), ask("channel"));
    case "thread":
      return readThread(options, ask("user"), { channel: ask("channel"), ts: ask("ts") });
    case "views":
      return options.acting.modals.of(actor(options.acting, ask("user")).id).map(describeModal);
    case "home":
      return options.acting.state.homeOf(actor(options.acting, ask("user")).id) ?? null;
    case "file":
      return readFile(options, ask("id"));
    case "calls":
      return options.log.of(query.get("method") ?? undefined);
    default:
      throw new Error(`There is no ${name} here.`);
  }
}

/** A workspace kept for weeks must still open at once. */
const shownMessages = 200;

function readPeople({ acting: { state } }: PageServerOptions) {
  return state.people.users.map((user) => ({
    id: user.id,
    name: user.name,
    realName: user.realName,
    note: user.note ?? "",
    canAct: user.isBot !== true && user.deleted !== true,
    isBot: user.isBot ?? false,
  }));
}

function readState(options: PageServerOptions, userReference: string) {
  const { acting, sockets, tips } = options;
  const { state, link } = acting;
  const user = actor(acting, userReference);
  const channels = state.channels.all.filter((channel) => channel.members.includes(user.id));
  return {
    you: user.id,
    team: state.seed.team,
    app: state.seed.app,
    users: readPeople(options),
    groups: state.people.groups.map(({ id, handle, name }) => ({ id, handle, name })),
    channels: channels.map((channel) => ({
      id: channel.id,
      name: channel.name,
      topic: channel.topic,
      kind: channel.kind,
      isPrivate: channel.isPrivate,
      isExtShared: channel.isExtShared,
      members: channel.members.length,
      latestTs: state.messagesIn(channel.id).at(-1)?.ts ?? "0",
    })),
    allChannels: state.channels.all
      .filter((channel) => channel.kind === "channel")
      .map(({ id, name }) => ({ id, name })),
    tips,
    connected: sockets.connected || link.requestUrl !== undefined,
  };
}

function readChannel({ acting }: PageServerOptions, userReference: string, channelId: string) {
  const { state } = acting;
  const user = actor(acting, userReference);
  const channel = state.channels.find(channelId);
  if (channel === undefined || !channel.members.includes(user.id))
    throw new Error("You are not in this channel.");
  const all = state
    .messagesIn(channel.id)
    .filter((message) => !isReply(message) || message.reply_broadcast === true);
  const messages = all
    .slice(-shownMessages)
    .map((message) =>
      withThreadCounts(message, isReply(message) ? [] : state.replies(channel.id, message.ts)),
    );
  const ephemerals = state
    .ephemeralsOf(user.id)
    .filter((shown) => shown.channel === channel.id && shown.message.thread_ts === undefined);
  return {
    messages: [...messages, ...ephemerals.map(describeEphemeral)].toSorted(byTs),
    earlier: all.length - messages.length,
  };
}

function readThread(
  { acting }: PageServerOptions,
  userReference: string,
  { channel: channelId, ts }: { readonly channel: string; readonly ts: string },
) {
  const { state } = acting;
  const user = actor(acting, userReference);
  const channel = state.channels.find(channelId);
  if (channel === undefined || !channel.members.includes(user.id))
    throw new Error("You are not in this channel.");
  const ephemerals = state
    .ephemeralsOf(user.id)
    .filter((shown) => shown.channel === channel.id && shown.message.thread_ts === ts);
  const messages = state.thread(channel.id, ts).map((message) => ({ ...message }));
  return { messages: [...messages, ...ephemerals.map(describeEphemeral)].toSorted(byTs) };
}

function describeEphemeral({ message, fromSlack }: EphemeralMessage) {
  return { ...message, is_ephemeral: true, from_slack: fromSlack };
}

function byTs(one: { readonly ts?: unknown }, other: { readonly ts?: unknown }): number {
  return Number(one.ts) - Number(other.ts);
}

function describeModal({ id, hash, view, errors, trouble }: OpenView) {
  return { id, hash, view, errors, trouble: trouble ?? null };
}

function readFile({ acting: { state } }: PageServerOptions, id: string) {
  const stored = state.findFile(id);
  if (stored === undefined) throw new Error("There is no such file.");
  return { file: stored.file, content: decodeText(stored.bytes) ?? null };
}
