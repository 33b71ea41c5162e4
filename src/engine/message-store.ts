// The ports between Slack and the engine: requests recorded once under Slack's ids, notices waiting to be
// sent, and where messages were posted.

import type { JsonObject } from "./json.ts";
import type { Notice, OutboxItem } from "./notice.ts";
import type {
  AuditEntry,
  AuditRow,
  EventFilter,
  HistoryFilter,
  HistoryItem,
} from "./audit-event.ts";
import type { Instant } from "./time.ts";

/** A request as Slack delivered it, after its signature was checked. */
export type InboundRequest = {
  /** Slack's own id: event_id, envelope's trigger id, or a digest of the signed body. Unique. */
  readonly id: string;
  readonly kind: "event" | "command" | "action" | "view" | "shortcut";
  readonly teamId: string;
  readonly userId: string | null;
  readonly payload: JsonObject;
  readonly receivedAt: Instant;
};

export type Inbox = {
  /** `seen` when Slack delivered it before. Resolves after the commit: acknowledge then. */
  record(request: InboundRequest): Promise<"new" | "seen">;
  /** Requests recorded but not finished for `olderThanMs`, after a crash. Marks them as taken by this call. */
  unfinished(now: Instant, olderThanMs: number, limit: number): Promise<readonly InboundRequest[]>;
  finish(
    id: string,
    outcome: "done" | "refused" | "failed",
    detail: string | null,
    at: Instant,
  ): Promise<void>;
};

export type MessageRef = { readonly channelId: string; readonly ts: string };

export type Outbox = {
  /** Puts notices in, coalescing by key. `dueAt` now unless given. */
  note(notices: readonly Notice[], at: Instant): Promise<void>;
  /** Items due, oldest first, locked for `lockMs` so that no other process sends them. Counts a try. */
  take(owner: string, limit: number, lockMs: number, now: Instant): Promise<readonly OutboxItem[]>;
  /** Sent: removed, unless it was noted again meanwhile; then due at `nextDueAt`. */
  sent(item: OutboxItem, nextDueAt: Instant): Promise<void>;
  /** Not sent: due again at `dueAt`. */
  postpone(item: OutboxItem, dueAt: Instant, reason: string): Promise<void>;
  /** Can never be sent (channel gone, message deleted): kept for people to see, not tried again. */
  abandon(item: OutboxItem, reason: string): Promise<void>;
  pending(): Promise<number>;

  /** Where the message of a subject (`plan-card:<id>`, `run-progress:<id>`) was posted. */
  messageRef(subject: string): Promise<MessageRef | null>;
  saveMessageRef(subject: string, ref: MessageRef): Promise<void>;
};

export type AuditLog = {
  append(entries: readonly AuditEntry[]): Promise<void>;
  /** Rows in sequence order, streamed in pages so that memory stays constant. */
  rows(filter: EventFilter): AsyncIterable<AuditRow>;
  history(filter: HistoryFilter): Promise<readonly HistoryItem[]>;
};
