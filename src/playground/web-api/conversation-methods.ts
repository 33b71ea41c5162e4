// conversations.*: which channels exist, who is in them, and what was said.

import { z } from "zod";
import type { Channel } from "../channels.ts";
import type { JsonRecord } from "../json-value.ts";
import { isReply, withoutMetadata, withThreadCounts, type SlackMessage } from "../message.ts";
import {
  count,
  flag,
  method,
  paginate,
  refuse,
  type Answer,
  type CallContext,
  type Method,
} from "./method.ts";
import { findChannel } from "./posting.ts";

const reading = ["channels:read", "groups:read", "im:read", "mpim:read"];
const history = ["channels:history", "groups:history", "im:history", "mpim:history"];
const paged = { limit: count.default(100), cursor: z.string().optional() };
const channelArg = z.string().default("");

const info = method({
  tier: 3,
  scopes: reading,
  args: z.object({ channel: channelArg, include_num_members: flag.default(false) }),
  run({ state }, args): Answer {
    const found = findVisible(state, args.channel);
    if (!found.ok) return found;
    const members = args.include_num_members ? { num_members: found.channel.members.length } : {};
    return { ok: true, channel: { ...state.channels.describe(found.channel), ...members } };
  },
});

const list = method({
  tier: 2,
  scopes: reading,
  args: z.object({
    ...paged,
    types: z.string().default("public_channel"),
    exclude_archived: flag.default(false),
  }),
  run({ state }, args): Answer {
    const types = args.types.split(",").map((type) => type.trim());
    const channels = state.channels.all
      .filter((channel) => types.includes(typeOf(channel)))
      .filter((channel) => !channel.isPrivate || state.channels.hasBot(channel))
      .filter((channel) => !args.exclude_archived || !channel.isArchived);
    return page(
      "channels",
      channels.map((channel) => state.channels.describe(channel)),
      args,
    );
  },
});

const members = method({
  tier: 4,
  scopes: reading,
  args: z.object({ channel: channelArg, ...paged }),
  run({ state }, args): Answer {
    const found = findVisible(state, args.channel);
    return found.ok ? page("members", found.channel.members, args) : found;
  },
});

const open = method({
  tier: 3,
  scopes: ["im:write", "mpim:write", "channels:manage", "groups:write"],
  args: z.object({
    channel: z.string().optional(),
    users: z.string().optional(),
    return_im: flag.default(false),
  }),
  run({ state }, args): Answer {
    const users = (args.users ?? "").split(",").filter((user) => user !== "");
    if (args.channel === undefined && users.length === 0) return refuse("users_list_not_supplied");
    // The bot never talks to several people at once outside a channel.
    if (users.length > 1) return refuse("not_enough_users");
    const user = users[0];
    if (user !== undefined && state.people.find(user)?.id !== user) return refuse("user_not_found");
    const channel =
      user === undefined
        ? state.channels.find(args.channel ?? "")
        : state.channels.directWith(user);
    if (channel === undefined)
      return refuse(user === undefined ? "channel_not_found" : "cannot_dm_bot");
    const described = args.return_im ? state.channels.describe(channel) : { id: channel.id };
    return { ok: true, no_op: true, already_open: true, channel: described };
  },
});

const timeline = {
  ...paged,
  oldest: z.coerce.string().optional(),
  latest: z.coerce.string().optional(),
  inclusive: flag.default(false),
  include_all_metadata: flag.default(false),
};

const conversationHistory = method({
  tier: 3,
  scopes: history,
  args: z.object({ channel: channelArg, ...timeline }),
  run({ state }, args): Answer {
    const found = findReadable(state, args.channel);
    if (!found.ok) return found;
    const messages = state
      .messagesIn(found.channel.id)
      .filter((message) => !isReply(message) || message.reply_broadcast === true)
      .filter((message) => isWithin(message, args))
      .map((message) => show(state, found.channel, message, args.include_all_metadata))
      .toReversed();
    return timelinePage(messages, args);
  },
});

const replies = method({
  tier: 3,
  scopes: history,
  args: z.object({ channel: channelArg, ts: z.string().default(""), ...timeline }),
  run({ state }, args): Answer {
    const found = findReadable(state, args.channel);
    if (!found.ok) return found;
    const asked = state.findMessage(found.channel.id, args.ts);
    if (asked === undefined) return refuse("thread_not_found");
    const messages = state
      .thread(found.channel.id, asked.thread_ts ?? asked.ts)
      .filter((message) => !isReply(message) || isWithin(message, args))
      .map((message) => show(state, found.channel, message, args.include_all_metadata));
    return timelinePage(messages, args);
  },
});

const usersConversations = method({
  tier: 3,
  scopes: reading,
  args: z.object({
    ...paged,
    user: z.string().optional(),
    types: z.string().default("public_channel"),
    exclude_archived: flag.default(false),
  }),
  run({ state }, args): Answer {
    const user = args.user ?? state.seed.app.botUserId;
    const types = args.types.split(",").map((type) => type.trim());
    const channels = state.channels.all
      .filter((channel) => types.includes(typeOf(channel)) && channel.members.includes(user))
      .filter((channel) => state.channels.hasBot(channel) || !channel.isPrivate)
      .filter((channel) => !args.exclude_archived || !channel.isArchived);
    return page(
      "channels",
      channels.map((channel) => state.channels.describe(channel)),
      args,
    );
  },
});

/** A private channel is only visible to its members. */
function findVisible(state: CallContext["state"], id: string) {
  const found = findChannel(state, id);
  if (!found.ok || found.channel.id !== id) return refuse("channel_not_found");
  return found.channel.isPrivate && !state.channels.hasBot(found.channel)
    ? refuse("channel_not_found")
    : found;
}

/** What was said is told to members only. */
function findReadable(state: CallContext["state"], id: string) {
  const found = findVisible(state, id);
  return found.ok && !state.channels.hasBot(found.channel) ? refuse("not_in_channel") : found;
}

function typeOf(channel: Channel): string {
  if (channel.kind === "im") return "im";
  return channel.isPrivate ? "private_channel" : "public_channel";
}

function isWithin(
  message: SlackMessage,
  {
    oldest = "0",
    latest,
    inclusive,
  }: { oldest?: string | undefined; latest?: string | undefined; inclusive: boolean },
): boolean {
  const ts = Number(message.ts);
  const first = Number(oldest);
  const last = latest === undefined ? Number.POSITIVE_INFINITY : Number(latest);
  return (ts > first && ts < last) || (inclusive && (ts === first || ts === last));
}

function show(
  state: CallContext["state"],
  channel: Channel,
  message: SlackMessage,
  metadata: boolean,
): JsonRecord {
  const replies = isReply(message) ? [] : state.replies(channel.id, message.ts);
  const counted = withThreadCounts(message, replies);
  return metadata ? counted : withoutMetadata(counted);
}

interface PageArguments {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

function page(name: string, all: readonly unknown[], { limit, cursor }: PageArguments): Answer {
  const cut = paginate(all, limit, cursor);
  if (cut === undefined) return refuse("invalid_cursor");
  return { ok: true, [name]: cut.items, response_metadata: { next_cursor: cut.nextCursor } };
}

function timelinePage(messages: readonly JsonRecord[], args: PageArguments): Answer {
  const answer = page("messages", messages, args);
  if (!answer.ok) return answer;
  const cut = paginate(messages, args.limit, args.cursor);
  return { ...answer, has_more: cut !== undefined && cut.nextCursor !== "", pin_count: 0 };
}

export const conversationMethods: Readonly<Record<string, Method>> = {
  "conversations.info": info,
  "conversations.list": list,
  "conversations.members": members,
  "conversations.open": open,
  "conversations.history": conversationHistory,
  "conversations.replies": replies,
  "users.conversations": usersConversations,
};
