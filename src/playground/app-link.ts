// The playground's line to the app: over Socket Mode when the app is connected, else to its request URL. Keeps a record
// of everything sent, retries events as Slack does, and can send a recorded delivery again.

import type { ChangeFeed } from "./change-feed.ts";
import type { Cancel, Clock } from "./clock.ts";
import type { Acknowledgement, Attempt, Delivery, RetryReason } from "./delivery.ts";
import type { HttpDelivery, RawRequest } from "./http-delivery.ts";
import type { SocketMode } from "./socket-mode.ts";

/** Slack tries an event again at once, after a minute, and after five minutes. */
const retryDelaysMs = [0, 60_000, 300_000] as const;
const keptRecords = 2000;

export interface DeliveryRecord {
  readonly delivery: Delivery;
  readonly attempt: Attempt;
  /** The exact request, when it went over HTTP. */
  readonly request: RawRequest | undefined;
  readonly acknowledgement: Acknowledgement | undefined;
}

export interface AppLinkOptions {
  readonly clock: Clock;
  readonly http: HttpDelivery;
  readonly sockets: SocketMode;
  readonly changes: ChangeFeed;
  readonly requestUrl: string | undefined;
}

export class AppLink {
  readonly #options: AppLinkOptions;
  readonly #timers = new Set<Cancel>();
  #requestUrl: string | undefined;
  #records: readonly DeliveryRecord[] = [];
  #inFlight = 0;
  #isClosed = false;

  constructor(options: AppLinkOptions) {
    this.#options = options;
    this.#requestUrl = options.requestUrl;
  }

  get requestUrl(): string | undefined {
    return this.#requestUrl;
  }

  get records(): readonly DeliveryRecord[] {
    return this.#records;
  }

  /** Deliveries sent and not yet answered. */
  get inFlight(): number {
    return this.#inFlight;
  }

  setRequestUrl(url: string | undefined): void {
    this.#requestUrl = url;
  }

  /** Delivers once: commands and interactions are never retried. */
  async send(delivery: Delivery, attempt: Attempt = { number: 0 }): Promise<Acknowledgement> {
    const { http, sockets, changes } = this.#options;
    const overHttp = !sockets.connected && this.#requestUrl !== undefined;
    const request = overHttp ? http.prepare(this.#requestUrl ?? "", delivery, attempt) : undefined;
    const record: DeliveryRecord = { delivery, attempt, request, acknowledgement: undefined };
    this.#records = [...this.#records, record].slice(-keptRecords);
    this.#inFlight += 1;
    const acknowledgement = await (request === undefined
      ? sockets.send(delivery, attempt)
      : http.send(request));
    this.#inFlight -= 1;
    this.#records = this.#records.map((other) =>
      other === record ? { ...record, acknowledgement } : other,
    );
    changes.publish({ kind: "delivery" });
    return acknowledgement;
  }

  /** Delivers an event and retries it up to three times, without anyone waiting for it. */
  sendEvent(delivery: Delivery, attempt: Attempt = { number: 0 }): void {
    this.#tryEvent(delivery, attempt).catch(throwLater);
  }

  async #tryEvent(delivery: Delivery, attempt: Attempt): Promise<void> {
    const reason = retryReason(await this.send(delivery, attempt));
    const delayMs = retryDelaysMs[attempt.number];
    if (reason === undefined || delayMs === undefined || this.#isClosed) return;
    const cancel = this.#options.clock.schedule(delayMs, () => {
      this.#timers.delete(cancel);
      this.sendEvent(delivery, { number: attempt.number + 1, reason });
    });
    this.#timers.add(cancel);
  }

  /** Sends the last `count` deliveries of a kind again, as Slack does when it doubts. Events carry retry marks. */
  async redeliver(count = 1, type?: Delivery["type"]): Promise<readonly Acknowledgement[]> {
    const wanted = this.#records
      .filter((record) => type === undefined || record.delivery.type === type)
      .slice(-count);
    const again = wanted.map(({ delivery, attempt }) =>
      this.send(
        delivery,
        delivery.type === "events_api"
          ? { number: attempt.number + 1, reason: "http_timeout" }
          : { number: 0 },
      ),
    );
    return Promise.all(again);
  }

  close(): void {
    this.#isClosed = true;
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
  }
}

/** A failed delivery is a value; whatever else goes wrong is a defect and must be seen. */
function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}

function retryReason(acknowledgement: Acknowledgement): RetryReason | undefined {
  switch (acknowledgement.kind) {
    case "acknowledged":
      return undefined;
    case "timeout":
      return "http_timeout";
    case "unreachable":
      return "connection_failed";
    case "http-error":
      return acknowledgement.retry ? "http_error" : undefined;
  }
}
