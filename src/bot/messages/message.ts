// What every rendering of this folder answers: blocks for people who look, text for notifications and screen
// readers. Knows nothing of how it is sent.

import type { KnownBlock } from "@slack/types";
import type { JsonObject } from "#engine/json.ts";
import { LIMITS } from "./budget.ts";
import { oneLine } from "./plain.ts";

export type Message = {
  /** Never empty. Slack parses it as mrkdwn, so it is built with {@link notificationText} only. */
  readonly text: string;
  readonly blocks: KnownBlock[];
};

/**
 * The `text` of a message. Slack reads it as mrkdwn, which has no escape for anything but three characters:
 * those become entities, and the marks that style or link are replaced by look-alikes that do nothing.
 */
export function notificationText(text: string): string {
  const inert = oneLine(text, LIMITS.notification)
    .text.replaceAll("*", "∗")
    .replaceAll("_", "ˍ")
    .replaceAll("~", "∼")
    .replaceAll("`", "'")
    .replaceAll("://", ":∕∕");
  return (inert || "Countersign")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}

/** The message as the plain JSON that a reply notice carries. */
export function messageJson(message: Message): JsonObject {
  return JSON.parse(JSON.stringify(message)) as JsonObject;
}
