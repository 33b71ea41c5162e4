// chat.*: the bot speaks, changes and takes back what it said.

import { z } from "zod";
import type { SlackMessage } from "../message.ts";
import {
  flag,
  method,
  nested,
  refuse,
  type Answer,
  type CallContext,
  type Method,
} from "./method.ts";
import {
  botMessage,
  findChannel,
  findPostable,
  findThread,
  postTextCharacters,
  readContent,
  updateTextCharacters,
} from "./posting.ts";

const content = {
  text: z.string().optional(),
  blocks: nested.optional(),
  attachments: nested.optional(),
  metadata: nested.optional(),
};
const place = { channel: z.string().default(""), ts: z.string().default("") };

const postMessage = method({
  tier: "post-message",
  scopes: ["chat:write"],
  args: z.object({
    channel: z.string().default(""),
    ...content,
    thread_ts: z.string().optional(),
    reply_broadcast: flag.default(false),
  }),
  run({ state }, args): Answer {
    const place = findPostable(state, args.channel);
    if (!place.ok) return place;
    const read = readContent(state, args, postTextCharacters);
    if (!read.ok) return read;
    const thread = findThread(state, place.channel, args.thread_ts);
    if (!thread.ok) return thread;
    const broadcast =
      args.reply_broadcast && thread.threadTs !== undefined ? { reply_broadcast: true } : {};
    const message: SlackMessage = {
      ...botMessage(state, read.content, thread.threadTs),
      ...broadcast,
    };
    state.addMessage(place.channel.id, message);
    return { ok: true, channel: place.channel.id, ts: message.ts, message };
  },
});

const update = method({
  tier: 3,
  scopes: ["chat:write"],
  args: z.object({ ...place, ...content }),
  run({ state }, args): Answer {
    const own = findOwnMessage(state, args, "cant_update_message");
    if (!own.ok) return own;
    const metadata = args.metadata ?? own.message.metadata;
    const read = readContent(state, { ...args, metadata }, updateTextCharacters);
    if (!read.ok) return read;
    // Text without blocks takes the old blocks away, so nothing of the old content is carried over.
    const { blocks: _blocks, attachments: _attachments, ...kept } = own.message;
    const edited = { user: state.seed.app.botUserId, ts: state.ids.ts() };
    const message: SlackMessage = { ...kept, ...read.content, edited };
    state.replaceMessage(own.channelId, message);
    return { ok: true, channel: own.channelId, ts: message.ts, text: message.text, message };
  },
});

const remove = method({
  tier: 3,
  scopes: ["chat:write"],
  args: z.object(place),
  run({ state }, args): Answer {
    const own = findOwnMessage(state, args, "cant_delete_message");
    if (!own.ok) return own;
    state.deleteMessage(own.channelId, own.message);
    return { ok: true, channel: own.channelId, ts: own.message.ts };
  },
});

const postEphemeral = method({
  tier: 4,
  scopes: ["chat:write"],
  args: z.object({
    channel: z.string().default(""),
    user: z.string().default(""),
    ...content,
    thread_ts: z.string().optional(),
  }),
  run({ state }, args): Answer {
    const place = findPostable(state, args.channel);
    if (!place.ok) return place;
    if (!place.channel.members.includes(args.user)) return refuse("user_not_in_channel");
    const read = readContent(state, args, postTextCharacters);
    if (!read.ok) return read;
    const thread = findThread(state, place.channel, args.thread_ts);
    if (!thread.ok) return thread;
    const message = botMessage(state, read.content, thread.threadTs);
    state.addEphemeral({ user: args.user, channel: place.channel.id, message, fromSlack: false });
    return { ok: true, message_ts: message.ts };
  },
});

const getPermalink = method({
  tier: 4,
  args: z.object({ channel: z.string().default(""), message_ts: z.string().default("") }),
  run({ state, baseUrl }, args): Answer {
    const place = findChannel(state, args.channel);
    if (!place.ok) return place;
    const message = state.findMessage(place.channel.id, args.message_ts);
    if (message === undefined) return refuse("message_not_found");
    const query = new URLSearchParams(
      message.thread_ts === undefined
        ? {}
        : { thread_ts: message.thread_ts, cid: place.channel.id },
    ).toString();
    const link = `${baseUrl}/archives/${place.channel.id}/p${message.ts.replace(".", "")}`;
    return {
      ok: true,
      channel: place.channel.id,
      permalink: query === "" ? link : `${link}?${query}`,
    };
  },
});

function findOwnMessage(
  state: CallContext["state"],
  { channel, ts }: { readonly channel: string; readonly ts: string },
  notOwn: string,
) {
  const place = findPostable(state, channel);
  if (!place.ok) return place;
  const message = state.findMessage(place.channel.id, ts);
  if (message === undefined) return refuse("message_not_found");
  if (message.bot_id !== state.seed.app.botId) return refuse(notOwn);
  return { ok: true as const, channelId: place.channel.id, message };
}

const addReaction = method({
  tier: 3,
  scopes: ["reactions:write"],
  args: z.object({
    channel: z.string().default(""),
    timestamp: z.string().default(""),
    name: z.string().default(""),
  }),
  run({ state }, args): Answer {
    const place = findPostable(state, args.channel);
    if (!place.ok) return place;
    const message = state.findMessage(place.channel.id, args.timestamp);
    if (message === undefined) return refuse("message_not_found");
    if (!/^[a-z0-9_+'-]+(::skin-tone-[2-6])?$/.test(args.name)) return refuse("invalid_name");
    const others = (message.reactions ?? []).filter((reaction) => reaction.name !== args.name);
    const before = message.reactions?.find((reaction) => reaction.name === args.name)?.users ?? [];
    const bot = state.seed.app.botUserId;
    if (before.includes(bot)) return refuse("already_reacted");
    const users = [...before, bot];
    const reactions = [...others, { name: args.name, count: users.length, users }];
    state.replaceMessage(place.channel.id, { ...message, reactions });
    return { ok: true };
  },
});

export const chatMethods: Readonly<Record<string, Method>> = {
  "chat.postMessage": postMessage,
  "chat.update": update,
  "chat.delete": remove,
  "chat.postEphemeral": postEphemeral,
  "chat.getPermalink": getPermalink,
  "reactions.add": addReaction,
};
