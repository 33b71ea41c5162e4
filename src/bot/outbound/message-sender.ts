// Takes waiting notices from the outbox and gets them into Slack: rendered when sent, paced, repeated for as
// long as an outage lasts, given up only when they can never arrive. Any number of processes may run one.

import { DirectoryUnavailable } from "#engine/identity.ts";
import type { AuditEntry } from "#engine/audit-event.ts";
import type { OutboxItem } from "#engine/notice.ts";
import type { Instant } from "#engine/time.ts";
import { SILENT } from "../bot-ports.ts";
import type { BotPorts, Log, Slack, Telemetry } from "../bot-ports.ts";
import type { Outgoing } from "./outgoing.ts";
import { ItemDelivery } from "./item-delivery.ts";
import { Crowded, PacedCalls } from "./paced-calls.ts";
import type { Pace } from "./pacer.ts";
import { renderNotice } from "./render-notice.ts";
import { SlackDelivery } from "./slack-delivery.ts";
import { backoffMs, troubleOf } from "./slack-trouble.ts";
import { TryMemory } from "./try-memory.ts";

export type MessageSender = {
  /** Sends what is due until {@link stop}. */
  start(): Promise<void>;
  /** Lets what is being sent finish within `graceMs`. What waits stays in the outbox. */
  stop(graceMs: number): Promise<void>;
};

export type MessageSenderOptions = {
  readonly slack: Slack;
  readonly ports: BotPorts;
  readonly log: Log;
  /** Unique per process: whose lock an item carries. */
  readonly owner: string;
  readonly telemetry?: Telemetry;
  readonly pace: Pace;
};

/** Messages on their way at the same time. */
const AT_ONCE = 20;
/** Longer than everything one item can wait for: two calls of 15 s each, and their turns. */
const LOCK_MS = 90_000;
/** How often the outbox is looked at when no bell rings. */
const LOOK_EVERY_MS = 1_000;
const THREAD_MISSING_MS = 1_000;
const INSTALLATION_BROKEN_MS = 60_000;

export function createMessageSender(options: MessageSenderOptions): MessageSender {
  return new OutboxSender(options);
}

class OutboxSender implements MessageSender {
  readonly #ports: BotPorts;
  readonly #log: Log;
  readonly #owner: string;
  readonly #teamId: string;
  readonly #delivery: ItemDelivery;
  readonly #pace: Pace;
  readonly #tries = new TryMemory();
  readonly #stop = new AbortController();
  readonly #sending = new Set<Promise<void>>();
  #loop: Promise<void> = Promise.resolve();
  #unlisten: () => Promise<void> = async () => undefined;
  #wake = new AbortController();

  constructor({ slack, ports, log, owner, telemetry = SILENT, pace }: MessageSenderOptions) {
    this.#pace = pace;
    this.#ports = ports;
    this.#log = log;
    this.#owner = owner;
    this.#teamId = slack.identity.teamId;
    const calls = new SlackDelivery(slack, new PacedCalls(ports.clock, telemetry, pace.timesSlack));
    this.#delivery = new ItemDelivery({ calls, ports, log, tries: this.#tries });
  }

  async start(): Promise<void> {
    this.#unlisten = await this.#ports.dispatcher.listen("outbox", 1, async () =>
      this.#wake.abort(),
    );
    this.#loop = this.#run();
  }

  async stop(graceMs: number): Promise<void> {
    this.#stop.abort();
    this.#wake.abort();
    await this.#unlisten();
    const done = new AbortController();
    const rest = this.#loop.then(() => Promise.all(this.#sending));
    await Promise.race([
      rest.finally(() => done.abort()),
      this.#ports.clock.sleep(graceMs, done.signal),
    ]);
  }

  async #run(): Promise<void> {
    const { clock } = this.#ports;
    for (let failures = 0; !this.#stop.signal.aborted;) {
      this.#wake = new AbortController();
      try {
        const more = await this.#takeUp();
        failures = 0;
        if (more) continue;
      } catch (error) {
        failures += 1;
        this.#log.error({ err: error }, "the outbox could not be read");
      }
      if (this.#stop.signal.aborted) return;
      const waitMs = failures === 0 ? LOOK_EVERY_MS : backoffMs(failures);
      await clock.sleep(waitMs, AbortSignal.any([this.#wake.signal, this.#stop.signal]));
    }
  }

  /** Begins to send what is due, as far as there is room. True when there may be more and there is room for it. */
  async #takeUp(): Promise<boolean> {
    const room = AT_ONCE - this.#sending.size;
    if (room === 0) return false;
    const { outbox, clock } = this.#ports;
    const items = await outbox.take(this.#owner, room, LOCK_MS, clock.now());
    for (const item of items) {
      const sending = this.#send(item).finally(() => {
        this.#sending.delete(sending);
        // One that hangs holds up no other: each that ends makes room for the next.
        if (this.#sending.size === AT_ONCE - 1) this.#wake.abort();
      });
      this.#sending.add(sending);
    }
    return items.length === room && this.#sending.size < AT_ONCE;
  }

  async #send(item: OutboxItem): Promise<void> {
    const { outbox, clock } = this.#ports;
    try {
      const { progressEveryMs, editEveryMs } = this.#pace;
      const everyMs = item.notice.kind === "run-progress" ? progressEveryMs : editEveryMs;
      const editAt = this.#tries.nextEditAt(item.key, clock.now(), everyMs);
      if (editAt !== null) return await this.#postpone(item, editAt, "edited a moment ago");
      const out = await renderNotice(this.#ports, item.notice, clock.now());
      if (out.kind === "later")
        return await this.#postpone(
          item,
          clock.now() + THREAD_MISSING_MS,
          "its thread does not stand yet",
        );
      const closed = await this.#closedChannel(out);
      if (closed !== null) return await this.#abandon(item, closed);
      await this.#delivery.deliver(item, out);
      this.#tries.sent(item, clock.now());
      await outbox.sent(item, clock.now() + everyMs);
    } catch (error) {
      await this.#recover(item, error);
    }
  }

  /** Nothing of a plan is shown where people of another organization read along. */
  async #closedChannel(out: Outgoing): Promise<string | null> {
    if (out.kind !== "channel" && out.kind !== "finished") return null;
    if (out.channelId.startsWith("D") || this.#ports.policy.sharedChannels.includes(out.channelId))
      return null;
    const channel = await this.#ports.directory.channel(out.channelId, "cached");
    // Where the bot is no member, Slack refuses the message itself, and says why.
    return channel.shared && channel.isMember ? "channel_shared" : null;
  }

  async #recover(item: OutboxItem, error: unknown): Promise<void> {
    const now = this.#ports.clock.now();
    if (error instanceof Crowded) return this.#postpone(item, now + error.waitMs, error.message);
    if (error instanceof DirectoryUnavailable)
      return this.#postpone(item, now + backoffMs(item.tries), error.message);
    const trouble = troubleOf(error);
    switch (trouble?.kind) {
      case "rate-limited":
        return this.#postpone(item, now + trouble.waitMs, "Slack asks to wait");
      case "unanswered":
        this.#tries.unanswered(item);
        return this.#postpone(item, now + backoffMs(item.tries), trouble.detail);
      case "installation":
        this.#log.error(
          { error: trouble.error, notice: item.key },
          "Slack refuses the app: check its token and scopes",
        );
        return this.#postpone(item, now + INSTALLATION_BROKEN_MS, trouble.error);
      case "permanent":
        return this.#abandon(item, trouble.error);
      case undefined:
        this.#log.error({ err: error, notice: item.key }, "a message could not be made or sent");
        this.#tries.unanswered(item);
        return this.#postpone(
          item,
          now + backoffMs(item.tries),
          error instanceof Error ? error.name : "unknown",
        );
    }
  }

  async #postpone(item: OutboxItem, dueAt: Instant, reason: string): Promise<void> {
    this.#tries.notSent(item);
    try {
      await this.#ports.outbox.postpone(item, dueAt, reason);
    } catch (error) {
      // Its lock runs out and somebody takes it again.
      this.#log.error({ err: error, notice: item.key }, "a message could not be postponed");
    }
  }

  async #abandon(item: OutboxItem, error: string): Promise<void> {
    const { outbox, audit, clock } = this.#ports;
    this.#log.error({ error, notice: item.key }, "a message can never be sent and was given up");
    try {
      await outbox.abandon(item, error);
      await audit.append([abandonedEntry(item, error, this.#teamId, clock.now())]);
    } catch (second) {
      this.#log.error(
        { err: second, notice: item.key },
        "giving up a message could not be recorded",
      );
    }
    this.#tries.forget(item);
  }
}

function abandonedEntry(
  { key, notice }: OutboxItem,
  error: string,
  teamId: string,
  at: Instant,
): AuditEntry {
  return {
    at,
    teamId,
    actor: { kind: "system", part: "engine" },
    conversation: null,
    planId: "planId" in notice ? notice.planId : null,
    runId: "runId" in notice ? notice.runId : null,
    event: { kind: "message.abandoned", notice: key, error },
  };
}
