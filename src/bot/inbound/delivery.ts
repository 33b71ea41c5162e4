// What Slack delivered, over HTTP or Socket Mode alike: which kind of request it is, under which id it is
// recorded once, and who sent it. Pure; decides nothing about permission.

import { createHash } from "node:crypto";
import { isJsonObject } from "#engine/json.ts";
import type { Json, JsonObject } from "#engine/json.ts";
import type { InboundRequest } from "#engine/message-store.ts";

export type Delivery = {
  /** Slack's id where it stays the same for a repeat; envelope ids and retry headers do not. */
  readonly id: string;
  readonly kind: InboundRequest["kind"];
  readonly teamId: string;
  readonly userId: string | null;
  readonly payload: JsonObject;
};

export type Read =
  | { readonly kind: "delivery"; readonly delivery: Delivery }
  /** Slack asks whether the request URL is ours. */
  | { readonly kind: "challenge"; readonly challenge: string }
  /** Acknowledged and forgotten: an event that is no request (an edit, our own message, a channel's chatter). */
  | { readonly kind: "ignored" }
  | { readonly kind: "unreadable" };

/** Reads a body as Slack encodes it: JSON, a form, or a form whose `payload` is JSON. Null when it is none of these. */
export function parseBody(contentType: string | undefined, body: string): JsonObject | null {
  try {
    if (contentType?.startsWith("application/x-www-form-urlencoded") === true) {
      const form = new URLSearchParams(body);
      const payload = form.get("payload");
      return payload === null ? Object.fromEntries(form) : objectOrNull(JSON.parse(payload));
    }
    return objectOrNull(JSON.parse(body));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** @param botUserId our own user, whose messages are never requests. */
export function readDelivery(payload: JsonObject, botUserId: string): Read {
  if (payload["type"] === "url_verification") {
    const challenge = text(payload["challenge"]);
    return challenge === null ? { kind: "unreadable" } : { kind: "challenge", challenge };
  }
  if (payload["type"] === "event_callback") return readEvent(payload, botUserId);
  if (typeof payload["command"] === "string") return readCommand(payload);
  return readInteraction(payload);
}

function readEvent(payload: JsonObject, botUserId: string): Read {
  const event = payload["event"];
  const teamId = text(payload["team_id"]);
  const eventId = text(payload["event_id"]);
  if (!isJsonObject(event) || teamId === null || eventId === null) return { kind: "unreadable" };
  const userId = text(event["user"]);
  const delivery = { kind: "event", teamId, userId, payload: stored(payload) } as const;
  if (event["type"] === "app_home_opened") {
    return event["tab"] === "home"
      ? { kind: "delivery", delivery: { ...delivery, id: `event:${eventId}` } }
      : { kind: "ignored" };
  }
  const channel = text(event["channel"]);
  const ts = text(event["ts"]);
  if (!isRequest(event, botUserId) || channel === null || ts === null) return { kind: "ignored" };
  // A mention can arrive as `app_mention` and as `message`, under two event ids: the message is what happened once.
  return { kind: "delivery", delivery: { ...delivery, id: `message:${teamId}:${channel}:${ts}` } };
}

/**
 * A mention in a channel, or a direct message, written by a person. The subtypes are listed because edits, deletions,
 * broadcasts and joins arrive as messages too.
 */
function isRequest(event: JsonObject, botUserId: string): boolean {
  const { type, subtype, bot_id: botId, user, channel_type: channelType } = event;
  if (botId !== undefined && botId !== null) return false;
  if (typeof user !== "string" || user === botUserId || user === "USLACKBOT") return false;
  if (subtype !== undefined && subtype !== "file_share") return false;
  return type === "app_mention" || (type === "message" && channelType === "im");
}

function readCommand(payload: JsonObject): Read {
  const teamId = text(payload["team_id"]);
  const userId = text(payload["user_id"]);
  if (teamId === null || userId === null) return { kind: "unreadable" };
  const id = `command:${text(payload["trigger_id"]) ?? digest(payload)}`;
  return {
    kind: "delivery",
    delivery: { id, kind: "command", teamId, userId, payload: stored(payload) },
  };
}

const INTERACTIONS: Readonly<Record<string, Delivery["kind"]>> = {
  block_actions: "action",
  view_submission: "view",
  message_action: "shortcut",
};

function readInteraction(payload: JsonObject): Read {
  const type = text(payload["type"]) ?? "";
  const kind = Object.hasOwn(INTERACTIONS, type) ? INTERACTIONS[type] : undefined;
  if (kind === undefined) return { kind: type === "" ? "unreadable" : "ignored" };
  const { team, user } = payload;
  const userId = isJsonObject(user) ? text(user["id"]) : null;
  const teamId =
    (isJsonObject(team) ? text(team["id"]) : null) ??
    (isJsonObject(user) ? text(user["team_id"]) : null);
  if (teamId === null || userId === null) return { kind: "unreadable" };
  const id = `${kind}:${text(payload["trigger_id"]) ?? digest(payload)}`;
  return { kind: "delivery", delivery: { id, kind, teamId, userId, payload: stored(payload) } };
}

/** Without Slack's old verification token, which is a secret of the app that nothing here needs. */
function stored({ token: _token, ...payload }: JsonObject): JsonObject {
  return payload;
}

function digest(payload: JsonObject): string {
  return createHash("sha256").update(JSON.stringify(payload)).digest("hex");
}

function text(value: Json | undefined): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function objectOrNull(value: unknown): JsonObject | null {
  return isJsonObject(value) ? value : null;
}
