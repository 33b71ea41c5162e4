// Gets one rendered item to where it belongs, so that doing it again after a crash changes nothing: what was posted
// is edited, what may have been posted is looked for, what opened a thread is written down.

import { noticeKey } from "#engine/notice.ts";
import type { Notice, OutboxItem } from "#engine/notice.ts";
import type { Instant } from "#engine/time.ts";
import type { BotPorts, Log } from "../bot-ports.ts";
import type { Message } from "../messages/message.ts";
import type { Outgoing } from "./outgoing.ts";
import type { Post, SlackDelivery } from "./slack-delivery.ts";
import type { TryMemory } from "./try-memory.ts";

type Collaborators = {
  readonly calls: SlackDelivery;
  readonly ports: Pick<BotPorts, "outbox" | "plans">;
  readonly log: Log;
  readonly tries: TryMemory;
};

export class ItemDelivery {
  readonly #calls: SlackDelivery;
  readonly #ports: Collaborators["ports"];
  readonly #log: Log;
  readonly #tries: TryMemory;

  constructor({ calls, ports, log, tries }: Collaborators) {
    this.#calls = calls;
    this.#ports = ports;
    this.#log = log;
    this.#tries = tries;
  }

  /** Rejects with whatever Slack or the database answered. */
  async deliver(item: OutboxItem, out: Outgoing): Promise<void> {
    const calls = this.#calls;
    switch (out.kind) {
      case "channel":
        await this.#toChannel(item, out);
        return;
      case "finished":
        await this.#finish(item, out);
        return;
      case "private":
        if ((await calls.whisper(out)) === "not-there")
          await this.#direct(item, out.userId, out.message, item.dueAt);
        return;
      case "direct":
        await this.#direct(item, out.userId, out.message, out.notBefore);
        return;
      case "home":
        await calls.publishHome(out.userId, out.view);
        return;
      case "nothing":
      case "later":
        return;
    }
  }

  /** Posts, or edits where it was posted; answers its timestamp. */
  async #toChannel(item: OutboxItem, out: Extract<Outgoing, { kind: "channel" }>): Promise<string> {
    const { outbox, plans } = this.#ports;
    const { subject, channelId, threadTs, message, notBefore } = out;
    const key = deliveryKey(item.notice, item.id, subject);
    const ref = subject === null ? null : await outbox.messageRef(subject);
    const ts =
      ref?.ts ?? (await this.#post(item, { key, channelId, threadTs, message, notBefore }));
    if (ref === null && subject !== null) await outbox.saveMessageRef(subject, { channelId, ts });
    // Also after a crash between the post and this: a run's messages wait for the thread.
    if (out.opensThreadOf !== null) {
      // The thread before its link: people may write there while Slack is asked.
      await plans.threadOpened(out.opensThreadOf, threadTs ?? ts, null);
      const permalink = await this.#permalink(channelId, ts);
      await plans.threadOpened(out.opensThreadOf, threadTs ?? ts, permalink);
    }
    if (ref !== null) await this.#calls.update(ref.channelId, ref.ts, message, key);
    return ts;
  }

  async #finish(item: OutboxItem, out: Extract<Outgoing, { kind: "finished" }>): Promise<void> {
    const { channelId, threadTs, subject, notBefore, log } = out;
    const ts = await this.#toChannel(item, {
      kind: "channel",
      subject,
      channelId,
      threadTs,
      message: out.message(null),
      notBefore,
      opensThreadOf: null,
    });
    if (log === null) return;
    const maybeShared = this.#tries.mayHaveArrived(item);
    const link = await this.#calls.shareFile({
      ...log,
      channelId,
      threadTs: threadTs ?? ts,
      notBefore,
      maybeShared,
    });
    // From here on the file stands there, whatever becomes of the edit.
    this.#tries.unanswered(item);
    await this.#calls.update(channelId, ts, out.message(link), subject);
  }

  async #direct(
    item: OutboxItem,
    userId: string,
    message: Message,
    notBefore: Instant,
  ): Promise<void> {
    const channelId = await this.#calls.directChannel(userId);
    await this.#post(item, {
      key: deliveryKey(item.notice, item.id, null),
      channelId,
      threadTs: null,
      message,
      notBefore,
    });
  }

  #post(item: OutboxItem, post: Omit<Post, "maybePosted">): Promise<string> {
    return this.#calls.post({ ...post, maybePosted: this.#tries.mayHaveArrived(item) });
  }

  /** A card without its link is still a card. */
  async #permalink(channelId: string, ts: string): Promise<string | null> {
    try {
      return await this.#calls.permalink(channelId, ts);
    } catch (error) {
      this.#log.warn({ err: error, channelId, ts }, "Slack gave no permalink");
      return null;
    }
  }
}

/** The key under which a message of this notice is found again in Slack. */
function deliveryKey(notice: Notice, itemId: number, subject: string | null): string {
  return subject ?? `${noticeKey(notice)}#${itemId}`;
}
