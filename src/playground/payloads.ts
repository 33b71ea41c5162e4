// The JSON of events, commands and interactions, shaped like Bolt's types of them.

import type { Channel } from "./channels.ts";
import { isRecord, type JsonRecord } from "./json-value.ts";
import type { SlackMessage } from "./message.ts";
import type { SeedUser } from "./seed.ts";
import type { WorkspaceState } from "./workspace-state.ts";

/** The verification token of old: present in payloads, trusted by nobody. */
const legacyToken = "playground";

/** The fields that every interaction carries. */
export function interactionBase(state: WorkspaceState, user: SeedUser): JsonRecord {
  const { team, app } = state.seed;
  return {
    user: { id: user.id, username: user.name, name: user.name, team_id: state.people.teamOf(user) },
    api_app_id: app.id,
    token: legacyToken,
    team: { id: team.id, domain: team.domain },
    enterprise: null,
    is_enterprise_install: false,
  };
}

export function describeChannelBriefly(channel: Channel): JsonRecord {
  if (channel.kind === "im") return { id: channel.id, name: "directmessage" };
  return { id: channel.id, name: channel.isPrivate ? "privategroup" : channel.name };
}

/** An event in its envelope. */
export function eventEnvelope(
  state: WorkspaceState,
  event: JsonRecord,
  channel: Channel | undefined,
): JsonRecord {
  const { team, app } = state.seed;
  return {
    token: legacyToken,
    team_id: team.id,
    context_team_id: team.id,
    context_enterprise_id: null,
    api_app_id: app.id,
    event,
    type: "event_callback",
    event_id: state.ids.id("Ev"),
    event_time: Math.floor(state.clock.now() / 1000),
    authorizations: [
      {
        enterprise_id: null,
        team_id: team.id,
        user_id: app.botUserId,
        is_bot: true,
        is_enterprise_install: false,
      },
    ],
    is_ext_shared_channel: channel?.isExtShared ?? false,
    event_context: state.ids.id("4-"),
  };
}

export interface CommandInput {
  readonly user: SeedUser;
  readonly channel: Channel;
  readonly command: string;
  readonly text: string;
  readonly responseUrl: string;
  readonly triggerId: string;
}

export function commandPayload(state: WorkspaceState, input: CommandInput): JsonRecord {
  const { team, app } = state.seed;
  return {
    token: legacyToken,
    team_id: team.id,
    team_domain: team.domain,
    channel_id: input.channel.id,
    channel_name: describeChannelBriefly(input.channel)["name"],
    user_id: input.user.id,
    user_name: input.user.name,
    command: input.command,
    text: input.text,
    api_app_id: app.id,
    is_enterprise_install: "false",
    response_url: input.responseUrl,
    trigger_id: input.triggerId,
  };
}

/** The event that tells of a message a person wrote. */
export function messageEvent(
  state: WorkspaceState,
  type: "message" | "app_mention",
  message: SlackMessage,
  channel: Channel,
): JsonRecord {
  const parent =
    message.thread_ts === undefined ? undefined : state.findMessage(channel.id, message.thread_ts);
  const { blocks, files, text, ts, user, team, client_msg_id } = message;
  return {
    type,
    user,
    ts,
    client_msg_id,
    text,
    team,
    ...(message.thread_ts === undefined
      ? {}
      : { thread_ts: message.thread_ts, parent_user_id: parent?.user }),
    blocks,
    ...(files === undefined
      ? {}
      : { files, ...(type === "message" ? { subtype: "file_share" } : {}) }),
    channel: channel.id,
    event_ts: ts,
    ...(type === "message" ? { channel_type: channelType(channel) } : {}),
    ...(team === state.seed.team.id ? {} : { user_team: team, source_team: team }),
  };
}

function channelType(channel: Channel): string {
  if (channel.kind === "im") return "im";
  return channel.isPrivate ? "group" : "channel";
}

/** The message as a click's payload repeats it: Slack inflates entities in its texts on the way. */
export function inflateEntities(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inflateEntities);
  if (!isRecord(value)) return value;
  const isText = value["type"] === "plain_text" || value["type"] === "mrkdwn";
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) =>
      isText && key === "text" && typeof inner === "string"
        ? [key, inflate(inner)]
        : [key, inflateEntities(inner)],
    ),
  );
}

function inflate(text: string): string {
  return text.replace(/&(?!amp;|lt;|gt;)/g, "&amp;").replace(/<(?![@#!]|https?:|mailto:)/g, "&lt;");
}
