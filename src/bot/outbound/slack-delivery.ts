// Puts one rendered message into Slack: posts it once, edits it where it stands, finds it again when an answer
// was lost. Knows no plan and no outbox item.

import type { WebClient } from "@slack/web-api";
import type { Instant } from "#engine/time.ts";
import type { Message } from "../messages/message.ts";
import type { Slack } from "../bot-ports.ts";
import type { PacedCalls } from "./paced-calls.ts";
import { troubleOf } from "./slack-trouble.ts";

/** Which post this is. Slack keeps the key in the message's metadata, where only this app can have put it. */
export type Post = {
  readonly key: string;
  readonly channelId: string;
  readonly threadTs: string | null;
  readonly message: Message;
  readonly notBefore: Instant;
  /** An earlier try had no answer: look before posting. */
  readonly maybePosted: boolean;
};

const EVENT_TYPE = "countersign";
const PAGE = 200;
/** A thread or channel that grew by more than this within the search is not searched to its end. */
const MOST_PAGES = 10;

type Listed = {
  readonly messages?: readonly {
    readonly ts?: string;
    readonly bot_id?: string;
    readonly metadata?: {
      readonly event_type?: string;
      readonly event_payload?: { readonly key?: unknown };
    };
    readonly files?: readonly { readonly name?: string | null; readonly permalink?: string }[];
  }[];
  readonly response_metadata?: { readonly next_cursor?: string };
};

export class SlackDelivery {
  readonly #client: WebClient;
  readonly #botId: string;
  readonly #calls: PacedCalls;
  readonly #directChannels = new Map<string, string>();

  constructor(slack: Slack, calls: PacedCalls) {
    this.#client = slack.client;
    this.#botId = slack.identity.botId;
    this.#calls = calls;
  }

  /** Answers the message's timestamp. */
  async post(post: Post): Promise<string> {
    const { channelId, threadTs, message, key } = post;
    const found = post.maybePosted ? await this.#find(post) : null;
    if (found !== null) {
      // It was posted a while ago; what it should say may have changed since.
      await this.update(channelId, found, message, key);
      return found;
    }
    const answer = await this.#calls.call("chat.postMessage", channelId, () =>
      this.#client.chat.postMessage({
        channel: channelId,
        text: message.text,
        blocks: message.blocks,
        metadata: { event_type: EVENT_TYPE, event_payload: { key } },
        unfurl_links: false,
        unfurl_media: false,
        ...(threadTs !== null && { thread_ts: threadTs }),
      }),
    );
    if (answer.ts === undefined) throw new Error("chat.postMessage answered no timestamp");
    return answer.ts;
  }

  async update(channelId: string, ts: string, message: Message, key: string): Promise<void> {
    await this.#calls.call("chat.update", channelId, () =>
      this.#client.chat.update({
        channel: channelId,
        ts,
        text: message.text,
        blocks: message.blocks,
        metadata: { event_type: EVENT_TYPE, event_payload: { key } },
      }),
    );
  }

  /** Where a person asked, seen by them alone; as a direct message where the bot can't speak. */
  async whisper(to: {
    readonly channelId: string;
    readonly threadTs: string | null;
    readonly userId: string;
    readonly message: Message;
  }): Promise<"said" | "not-there"> {
    const { channelId, threadTs, userId, message } = to;
    try {
      await this.#calls.call("chat.postEphemeral", null, () =>
        this.#client.chat.postEphemeral({
          channel: channelId,
          user: userId,
          text: message.text,
          blocks: message.blocks,
          ...(threadTs !== null && { thread_ts: threadTs }),
        }),
      );
      return "said";
    } catch (error) {
      const trouble = troubleOf(error);
      if (trouble?.kind === "permanent" && NOT_THERE.has(trouble.error)) return "not-there";
      throw error;
    }
  }

  async directChannel(userId: string): Promise<string> {
    const known = this.#directChannels.get(userId);
    if (known !== undefined) return known;
    const answer = await this.#calls.call("conversations.open", null, () =>
      this.#client.conversations.open({ users: userId }),
    );
    const channelId = answer.channel?.id;
    if (channelId === undefined) throw new Error("conversations.open answered no channel");
    this.#directChannels.set(userId, channelId);
    return channelId;
  }

  /** Null when Slack has none for it. */
  async permalink(channelId: string, ts: string): Promise<string | null> {
    const answer = await this.#calls.call("chat.getPermalink", null, () =>
      this.#client.chat.getPermalink({ channel: channelId, message_ts: ts }),
    );
    return answer.permalink ?? null;
  }

  async publishHome(
    userId: string,
    view: Parameters<WebClient["views"]["publish"]>[0]["view"],
  ): Promise<void> {
    await this.#calls.call("views.publish", null, () =>
      this.#client.views.publish({ user_id: userId, view }),
    );
  }

  /** Shares a file in a thread, unless it stands there already; answers its permalink. */
  async shareFile(file: {
    readonly channelId: string;
    readonly threadTs: string;
    readonly fileName: string;
    readonly text: string;
    readonly notBefore: Instant;
    readonly maybeShared: boolean;
  }): Promise<string | null> {
    const { channelId, threadTs, fileName, text } = file;
    const shared = file.maybeShared ? await this.#findFile(file) : null;
    if (shared !== null) return shared;
    const answer = await this.#calls.call("files.upload", channelId, () =>
      this.#client.files.uploadV2({
        channel_id: channelId,
        thread_ts: threadTs,
        filename: fileName,
        content: text,
        title: fileName,
      }),
    );
    const { files = [] } = answer as {
      readonly files?: readonly { readonly files?: readonly { readonly permalink?: string }[] }[];
    };
    return files.flatMap((one) => one.files ?? [])[0]?.permalink ?? null;
  }

  async #find({ channelId, threadTs, notBefore, key }: Post): Promise<string | null> {
    for await (const message of this.#listed(channelId, threadTs, notBefore)) {
      const { event_type: type, event_payload: payload } = message.metadata ?? {};
      if (message.bot_id === this.#botId && type === EVENT_TYPE && payload?.key === key)
        return message.ts ?? null;
    }
    return null;
  }

  async #findFile(file: {
    readonly channelId: string;
    readonly threadTs: string;
    readonly fileName: string;
    readonly notBefore: Instant;
  }): Promise<string | null> {
    for await (const message of this.#listed(file.channelId, file.threadTs, file.notBefore)) {
      if (message.bot_id !== this.#botId) continue;
      const same = message.files?.find((one) => one.name === file.fileName);
      if (same !== undefined) return same.permalink ?? null;
    }
    return null;
  }

  async *#listed(
    channelId: string,
    threadTs: string | null,
    notBefore: Instant,
  ): AsyncGenerator<NonNullable<Listed["messages"]>[number]> {
    let cursor: string | undefined;
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const listed = await this.#list(channelId, threadTs, notBefore, cursor);
      yield* listed.messages ?? [];
      cursor = listed.response_metadata?.next_cursor;
      if (cursor === undefined || cursor === "") return;
    }
  }

  #list(
    channelId: string,
    threadTs: string | null,
    notBefore: Instant,
    cursor: string | undefined,
  ): Promise<Listed> {
    // A minute earlier, because Slack's clock made the timestamps and ours did not.
    const oldest = String(Math.floor(notBefore / 1000) - 60);
    const page = {
      channel: channelId,
      oldest,
      limit: PAGE,
      include_all_metadata: true,
      ...(cursor !== undefined && { cursor }),
    };
    return threadTs === null
      ? this.#calls.call(
          "conversations.history",
          null,
          () => this.#client.conversations.history(page) as Promise<Listed>,
        )
      : this.#calls.call(
          "conversations.replies",
          null,
          () => this.#client.conversations.replies({ ...page, ts: threadTs }) as Promise<Listed>,
        );
  }
}

/** The bot is not where the person asked, or the person has left. */
const NOT_THERE = new Set([
  "not_in_channel",
  "channel_not_found",
  "user_not_in_channel",
  "is_archived",
]);
