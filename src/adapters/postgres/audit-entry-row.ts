// Audit entries and run events on their way into the log: the event without its kind is canonical JSON text, the
// actor is `person:<user id>` or `system:<part>`, and the digest is made here, outside of the chain's lock.

import { hash } from "node:crypto";
import { auditDigest } from "#engine/audit-digest.ts";
import type { DigestedFields } from "#engine/audit-digest.ts";
import type { AuditEntry } from "#engine/audit-event.ts";
import type { Actor, Conversation } from "#engine/identity.ts";
import type { Json } from "#engine/json.ts";
import type { Notice } from "#engine/notice.ts";
import { noticeKey } from "#engine/notice.ts";
import type { Instant } from "#engine/time.ts";
import { storableJson, storableText } from "./stored-json.ts";

/** What `countersign_append_entries` takes. */
export function entryDocument(entry: AuditEntry) {
  const fields = {
    teamId: entry.teamId,
    at: entry.at,
    actor: actorText(entry.actor),
    conversationId: entry.conversation?.id ?? null,
    planId: entry.planId,
    runId: entry.runId,
    ...eventDocument(entry.event),
  };
  return {
    team: fields.teamId,
    at: fields.at,
    actor: fields.actor,
    conversation: fields.conversationId,
    plan: fields.planId,
    run: fields.runId,
    kind: fields.kind,
    data: fields.data,
    digest: digestOf(fields, null),
  };
}

/** @param before the digest of the event before in the same link. */
export function digestOf(fields: DigestedFields, before: string | null): string {
  return auditDigest(fields, before, (text) => hash("sha256", text, "hex"));
}

/** An event's kind, and the rest of it as it is hashed. */
export function eventDocument(event: AuditEntry["event"]): {
  readonly kind: string;
  readonly data: string;
} {
  const { kind, ...data } = event;
  return { kind, data: storableJson(data) };
}

export function actorText(actor: Actor): string {
  return actor.kind === "person" ? `person:${actor.userId}` : `system:${actor.part}`;
}

/** What `countersign_meet` takes: each conversation once. */
export function conversationDocuments(conversations: Iterable<Conversation | null>) {
  const byId = new Map<string, Conversation>();
  for (const conversation of conversations) {
    if (conversation !== null) byId.set(conversation.id, conversation);
  }
  return [...byId.values()].map((conversation) => ({
    id: conversation.id,
    team_id: conversation.teamId,
    channel_id: conversation.channelId,
    thread_ts: conversation.threadTs,
    words: storableText(conversation.words),
    permalink: conversation.permalink,
  }));
}

/** What `countersign_note` takes. */
export function noticeDocuments(notices: readonly Notice[], at: Instant) {
  return notices.map((notice) => ({
    key: noticeKey(notice),
    notice: storableJson(notice as unknown as Json),
    at,
  }));
}
