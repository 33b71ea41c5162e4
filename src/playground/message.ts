// A message as the Web API shows it, and the views of it that Slack derives: thread counts, hidden metadata.

import { compact, type JsonRecord } from "./json-value.ts";
import type { StoredFile } from "./stored-file.ts";

export interface SlackMessage {
  readonly type: "message";
  readonly subtype?: string;
  readonly ts: string;
  readonly thread_ts?: string;
  readonly user?: string;
  readonly bot_id?: string;
  readonly app_id?: string;
  readonly team: string;
  readonly text: string;
  readonly blocks?: readonly JsonRecord[];
  readonly attachments?: readonly JsonRecord[];
  readonly metadata?: JsonRecord;
  readonly files?: readonly StoredFile[];
  readonly edited?: { readonly user: string; readonly ts: string };
  readonly reactions?: readonly {
    readonly name: string;
    readonly count: number;
    readonly users: readonly string[];
  }[];
  readonly reply_broadcast?: boolean;
  readonly client_msg_id?: string;
}

export interface EphemeralMessage {
  readonly user: string;
  readonly channel: string;
  readonly message: SlackMessage;
  /** Spoken by Slack itself, not by the app. */
  readonly fromSlack: boolean;
}

export function isReply(message: SlackMessage): boolean {
  return message.thread_ts !== undefined && message.thread_ts !== message.ts;
}

/** The message as `conversations.history` answers it: a thread's parent carries counts of its replies. */
export function withThreadCounts(
  message: SlackMessage,
  replies: readonly SlackMessage[],
): JsonRecord {
  const last = replies.at(-1);
  if (last === undefined) return { ...message };
  const users = [...new Set(replies.map((reply) => reply.user ?? ""))].filter(
    (user) => user !== "",
  );
  return {
    ...message,
    thread_ts: message.ts,
    reply_count: replies.length,
    reply_users_count: users.length,
    reply_users: users,
    latest_reply: last.ts,
    subscribed: false,
  };
}

/** Metadata is only told to an app that asks for it. */
export function withoutMetadata(message: JsonRecord): JsonRecord {
  return compact({ ...message, metadata: undefined });
}
