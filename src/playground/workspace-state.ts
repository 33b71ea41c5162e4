// Everything the workspace remembers: people, channels, messages, files, Home tabs. It stores and announces;
// it knows nothing of HTTP, of who may call what, or of the app behind the bot.

import type { ChangeFeed } from "./change-feed.ts";
import { Channels } from "./channels.ts";
import type { Clock } from "./clock.ts";
import { IdMint } from "./id-mint.ts";
import type { JsonRecord } from "./json-value.ts";
import { isReply, type EphemeralMessage, type SlackMessage } from "./message.ts";
import { People } from "./people.ts";
import type { Seed } from "./seed.ts";
import type { StoredFile } from "./stored-file.ts";

export interface FileWithBytes {
  readonly file: StoredFile;
  readonly bytes: Uint8Array;
}

/** What outlives the process, as plain JSON. */
export interface WorkspaceSnapshot {
  readonly version: 1;
  readonly messages: Readonly<Record<string, readonly SlackMessage[]>>;
  readonly homes: Readonly<Record<string, JsonRecord>>;
  readonly files: readonly { readonly file: StoredFile; readonly base64: string }[];
}

export interface WorkspaceOptions {
  readonly seed: Seed;
  readonly clock: Clock;
  readonly changes: ChangeFeed;
  readonly snapshot: WorkspaceSnapshot | undefined;
}

export class WorkspaceState {
  readonly seed: Seed;
  readonly clock: Clock;
  readonly changes: ChangeFeed;
  readonly people: People;
  readonly channels: Channels;
  readonly ids: IdMint;
  readonly #messages = new Map<string, SlackMessage[]>();
  readonly #files = new Map<string, FileWithBytes>();
  readonly #homes = new Map<string, JsonRecord>();
  #ephemerals: EphemeralMessage[] = [];

  constructor({ seed, clock, changes, snapshot }: WorkspaceOptions) {
    this.seed = seed;
    this.clock = clock;
    this.changes = changes;
    this.people = new People(seed);
    this.channels = new Channels(seed);
    const saved = Object.values(snapshot?.messages ?? {}).flat();
    this.ids = new IdMint(
      clock,
      saved
        .map((message) => message.ts)
        .toSorted()
        .at(-1),
    );
    if (snapshot !== undefined) this.#restore(snapshot);
  }

  #restore(snapshot: WorkspaceSnapshot): void {
    for (const [channel, messages] of Object.entries(snapshot.messages))
      this.#messages.set(channel, [...messages]);
    for (const [user, view] of Object.entries(snapshot.homes)) this.#homes.set(user, view);
    for (const { file, base64 } of snapshot.files) {
      this.#files.set(file.id, { file, bytes: Uint8Array.from(Buffer.from(base64, "base64")) });
    }
  }

  snapshot(): WorkspaceSnapshot {
    return {
      version: 1,
      messages: Object.fromEntries(this.#messages),
      homes: Object.fromEntries(this.#homes),
      files: [...this.#files.values()].map(({ file, bytes }) => ({
        file,
        base64: Buffer.from(bytes).toString("base64"),
      })),
    };
  }

  /** All messages of a channel, oldest first, replies included. */
  messagesIn(channel: string): readonly SlackMessage[] {
    return this.#messages.get(channel) ?? [];
  }

  /** The parent and its replies, oldest first; empty when there is no such parent. */
  thread(channel: string, threadTs: string): readonly SlackMessage[] {
    return this.messagesIn(channel).filter(
      (message) => message.ts === threadTs || message.thread_ts === threadTs,
    );
  }

  replies(channel: string, threadTs: string): readonly SlackMessage[] {
    return this.thread(channel, threadTs).filter(isReply);
  }

  findMessage(channel: string, ts: string): SlackMessage | undefined {
    return this.messagesIn(channel).find((message) => message.ts === ts);
  }

  addMessage(channel: string, message: SlackMessage): void {
    this.#messages.set(channel, [...this.messagesIn(channel), message]);
    this.changes.publish({ kind: "message", channel, message });
  }

  replaceMessage(channel: string, message: SlackMessage): void {
    const messages = this.messagesIn(channel).map((other) =>
      other.ts === message.ts ? message : other,
    );
    this.#messages.set(channel, messages);
    this.changes.publish({ kind: "message", channel, message });
  }

  deleteMessage(channel: string, message: SlackMessage): void {
    this.#messages.set(
      channel,
      this.messagesIn(channel).filter((other) => other.ts !== message.ts),
    );
    const threadTs = message.thread_ts === undefined ? {} : { threadTs: message.thread_ts };
    this.changes.publish({ kind: "message-deleted", channel, ts: message.ts, ...threadTs });
  }

  ephemeralsOf(user: string): readonly EphemeralMessage[] {
    return this.#ephemerals.filter((ephemeral) => ephemeral.user === user);
  }

  addEphemeral(ephemeral: EphemeralMessage): void {
    this.#ephemerals.push(ephemeral);
    this.changes.publish({ kind: "ephemeral", user: ephemeral.user, channel: ephemeral.channel });
  }

  /** Replaces the ephemeral message, or removes it when `message` is undefined. */
  replaceEphemeral(user: string, ts: string, message: SlackMessage | undefined): void {
    const old = this.#ephemerals.find((other) => other.user === user && other.message.ts === ts);
    if (old === undefined) return;
    const next = message === undefined ? [] : [{ ...old, message }];
    this.#ephemerals = this.#ephemerals.flatMap((other) => (other === old ? next : [other]));
    this.changes.publish({ kind: "ephemeral", user, channel: old.channel });
  }

  addFile(stored: FileWithBytes): void {
    this.#files.set(stored.file.id, stored);
  }

  findFile(id: string): FileWithBytes | undefined {
    return this.#files.get(id);
  }

  homeOf(user: string): JsonRecord | undefined {
    return this.#homes.get(user);
  }

  publishHome(user: string, view: JsonRecord): void {
    this.#homes.set(user, view);
    this.changes.publish({ kind: "home", user });
  }
}
