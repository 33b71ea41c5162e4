// What every way of speaking shares: where a message may go, and whether its content is acceptable.

import { checkMessageBlocks } from "../block-kit-limits/check-surface.ts";
import { withIds } from "../block-ids.ts";
import type { Channel } from "../channels.ts";
import { isRecord, type JsonRecord } from "../json-value.ts";
import type { SlackMessage } from "../message.ts";
import type { WorkspaceState } from "../workspace-state.ts";
import { refuse, refuseWithMessages, type Refusal } from "./method.ts";

/** `text` longer than this is refused by chat.update. */
export const updateTextCharacters = 4000;
/** `text` longer than this is refused by chat.postMessage. */
export const postTextCharacters = 40_000;

export function findChannel(
  state: WorkspaceState,
  id: string,
): { ok: true; channel: Channel } | Refusal {
  const channel = state.channels.find(id) ?? state.channels.directWith(id) ?? byHashName(state, id);
  return channel === undefined ? refuse("channel_not_found") : { ok: true, channel };
}

/** The channel, when the bot may speak in it. A private channel without the bot is as good as not there. */
export function findPostable(
  state: WorkspaceState,
  id: string,
): { ok: true; channel: Channel } | Refusal {
  const found = findChannel(state, id);
  if (!found.ok) return found;
  if (!state.channels.hasBot(found.channel)) {
    return refuse(found.channel.isPrivate ? "channel_not_found" : "not_in_channel");
  }
  return found.channel.isArchived ? refuse("is_archived") : found;
}

function byHashName(state: WorkspaceState, reference: string): Channel | undefined {
  return reference.startsWith("#") ? state.channels.findByName(reference) : undefined;
}

export interface RawContent {
  readonly text?: string | undefined;
  readonly blocks?: unknown;
  readonly attachments?: unknown;
  readonly metadata?: unknown;
}

export interface Content {
  readonly text: string;
  readonly blocks?: readonly JsonRecord[];
  readonly attachments?: readonly JsonRecord[];
  readonly metadata?: JsonRecord;
}

/** Judges text, blocks, attachments and metadata. Blocks get the ids they came without. */
export function readContent(
  state: WorkspaceState,
  raw: RawContent,
  maxText: number,
): { ok: true; content: Content } | Refusal {
  const { text = "" } = raw;
  if (text.length > maxText) return refuse("msg_too_long");
  const blocks = readList(raw.blocks);
  if (blocks === undefined) return refuse("invalid_blocks_format");
  const verdict = checkMessageBlocks(blocks);
  if (!verdict.ok) return refuseWithMessages(verdict.error, verdict.messages);
  const attachments = readList(raw.attachments);
  if (attachments === undefined) return refuse("invalid_attachments");
  if (attachments.length > 100) return refuse("too_many_attachments");
  if (text.trim() === "" && blocks.length === 0 && attachments.length === 0)
    return refuse("no_text");
  if (raw.metadata !== undefined && !isMetadata(raw.metadata))
    return refuse("invalid_metadata_format");
  return {
    ok: true,
    content: {
      text,
      ...(blocks.length === 0
        ? {}
        : { blocks: withIds(blocks.filter(isRecord), () => state.ids.id("b")) }),
      ...(attachments.length === 0 ? {} : { attachments: attachments.filter(isRecord) }),
      ...(isMetadata(raw.metadata) ? { metadata: raw.metadata } : {}),
    },
  };
}

function readList(value: unknown): readonly unknown[] | undefined {
  if (value === undefined || value === "") return [];
  return Array.isArray(value) ? value : undefined;
}

function isMetadata(value: unknown): value is JsonRecord {
  return (
    isRecord(value) && typeof value["event_type"] === "string" && isRecord(value["event_payload"])
  );
}

/** A message spoken by the bot, not yet stored. */
export function botMessage(
  state: WorkspaceState,
  content: Content,
  threadTs: string | undefined,
): SlackMessage {
  const { team, app } = state.seed;
  return {
    type: "message",
    ts: state.ids.ts(),
    user: app.botUserId,
    bot_id: app.botId,
    app_id: app.id,
    team: team.id,
    ...content,
    ...(threadTs === undefined ? {} : { thread_ts: threadTs }),
  };
}

/** The timestamp of the thread's parent: a reply's own timestamp leads to its parent, as in Slack's clients. */
export function findThread(
  state: WorkspaceState,
  channel: Channel,
  threadTs: string | undefined,
): { ok: true; threadTs: string | undefined } | Refusal {
  if (threadTs === undefined) return { ok: true, threadTs: undefined };
  const parent = state.findMessage(channel.id, threadTs);
  if (parent === undefined) return refuse("thread_not_found");
  return { ok: true, threadTs: parent.thread_ts ?? parent.ts };
}
