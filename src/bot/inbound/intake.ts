// The one way in for every request, over HTTP or Socket Mode: recorded once in Postgres, acknowledged, then
// worked on by Bolt's listeners; what a dead process left is taken up again. Knows no command and no button.

import type { EntryPath } from "#engine/audit-event.ts";
import type { Inbox, InboundRequest } from "#engine/message-store.ts";
import type { Clock } from "#engine/time.ts";
import type { Log, SlackIdentity, Telemetry } from "../bot-ports.ts";
import type { Delivery } from "./delivery.ts";
import type { RefusalAudit } from "./refusal-audit.ts";
import type { Redactor } from "#engine/redactor.ts";
import type { SecretBox } from "#engine/secret-box.ts";
import { sealSecrets } from "./seal-secrets.ts";
import type { SealedRequest } from "./seal-secrets.ts";
import { withoutTypedSecrets } from "./typed-secrets.ts";
import { WorkQueue } from "./work-queue.ts";

/** Answers Slack. Anything but an empty answer is only read from a submitted view. */
export type Ack = (answer?: unknown) => Promise<void>;

/** Hands a request to Bolt's listeners. Rejects when a listener threw. */
export type Listen = (request: InboundRequest, ack: Ack) => Promise<void>;

export type Incoming = {
  readonly delivery: Delivery;
  readonly ack: Ack;
  /** Slack says itself that it tries again; an unmarked repeat is a replay. */
  readonly retry: boolean;
};

/** `seen`: Slack said itself that it tries again. `replayed`: nobody did. */
type Outcome = "accepted" | "seen" | "replayed" | "unavailable" | keyof typeof FOREIGN;

export type IntakeOptions = {
  readonly inbox: Inbox;
  readonly refusals: Pick<RefusalAudit, "note">;
  readonly clock: Clock;
  readonly log: Log;
  readonly telemetry: Telemetry;
  /** Keeps what must not be recorded in clear. */
  readonly secrets: SecretBox;
  /** Takes out what must not be worked on in clear. */
  readonly redactor: Pick<Redactor, "certain">;
  /** The workspace and the app that are served; no others are. */
  readonly identity: Pick<SlackIdentity, "teamId" | "appId">;
  readonly listen: Listen;
  /** Told when a listener threw, so that the person hears of it. */
  readonly onDefect: (request: InboundRequest) => Promise<void>;
};

/** Slack gives three seconds. A database that needs longer than this is treated as gone. */
const RECORD_WITHIN_MS = 2_000;
/** A request of another process counts as left behind after this. Working on one twice answers it once. */
const LEFT_BEHIND_AFTER_MS = 30_000;
const CONCURRENCY = 12;

export class Intake {
  readonly #options: IntakeOptions;
  readonly #queue = new WorkQueue(CONCURRENCY);
  readonly #inHand = new Set<string>();

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /** `unavailable`: nothing was recorded or acknowledged, Slack should be told to try again. */
  async receive({ delivery, ack, retry }: Incoming): Promise<"accepted" | "unavailable"> {
    const { clock, telemetry } = this.#options;
    const request: InboundRequest = { ...delivery, receivedAt: clock.now() };
    const measured: Ack = async (answer) => {
      await ack(answer);
      telemetry.acknowledged(clock.now() - request.receivedAt);
    };
    const outcome = await this.#take(request, measured, retry);
    telemetry.inbound(request.kind, outcome);
    return outcome === "unavailable" ? outcome : "accepted";
  }

  async #take(received: InboundRequest, ack: Ack, retry: boolean): Promise<Outcome> {
    const foreign = this.#foreign(received);
    if (foreign !== null) {
      await ack();
      await this.#refuse(received, foreign, FOREIGN[foreign]);
      return foreign;
    }
    const sealed = await this.#seal(received);
    if (sealed === "unavailable") return sealed;
    const { request, references } = sealed;
    const recorded = await this.#record(request);
    if (recorded !== "new") await this.#forget(references);
    if (recorded === "unavailable") return recorded;
    if (recorded === "seen") {
      await ack();
      if (retry) return recorded;
      await this.#refuse(
        request,
        "replayed",
        "This request was already received; the repeat had no effect.",
      );
      return "replayed";
    }
    // Only a submitted view needs its answer inside the acknowledgement, and its listener is quick and pure up to there.
    if (request.kind === "view") {
      this.#inHand.add(request.id);
      await this.#queue.now(() => this.#work(request, ack));
      return "accepted";
    }
    await ack();
    this.#enqueue(request);
    return "accepted";
  }

  /** Takes up requests that were recorded and never finished. Answers how many. */
  async sweep(limit = 50): Promise<number> {
    const { inbox, clock } = this.#options;
    const left = await inbox.unfinished(clock.now(), LEFT_BEHIND_AFTER_MS, limit);
    for (const request of left) this.#enqueue(request);
    return left.length;
  }

  /** Stops working. What waits stays in Postgres. */
  close(graceMs: number): Promise<void> {
    return this.#queue.close(graceMs);
  }

  /** A store that is away costs the request, as it does when it can't be recorded. */
  async #seal(request: InboundRequest): Promise<SealedRequest | "unavailable"> {
    try {
      const sealed = await within(RECORD_WITHIN_MS, sealSecrets(this.#options.secrets, request));
      return { ...sealed, request: withoutTypedSecrets(sealed.request, this.#options.redactor) };
    } catch (error) {
      this.#options.log.error({ err: error, request: request.id }, "a secret could not be sealed");
      return "unavailable";
    }
  }

  /** What is left behind here is removed with its run. */
  async #forget(references: readonly string[]): Promise<void> {
    if (references.length === 0) return;
    try {
      await this.#options.secrets.forget(references);
    } catch (error) {
      this.#options.log.warn({ err: error }, "a sealed secret nobody needs is still kept");
    }
  }

  async #record(request: InboundRequest): Promise<"new" | "seen" | "unavailable"> {
    const { inbox, log } = this.#options;
    const recording = inbox.record(request);
    try {
      return await within(RECORD_WITHIN_MS, recording);
    } catch (error) {
      log.error({ err: error, request: request.id }, "a request could not be recorded in time");
      recording
        .then((recorded) => this.#recordedLate(request, recorded))
        .catch((late: unknown) =>
          log.warn({ err: late, request: request.id }, "and it was not recorded late"),
        );
      return "unavailable";
    }
  }

  /**
   * The database took it after Slack was told that it failed. Slack repeats an event, which is then seen already, so
   * it is worked on; a command or click failed before the person's eyes and must not happen behind their back.
   */
  async #recordedLate(request: InboundRequest, recorded: "new" | "seen"): Promise<void> {
    const { inbox, clock } = this.#options;
    if (recorded === "seen") return;
    if (request.kind === "event") this.#enqueue(request);
    else
      await inbox.finish(
        request.id,
        "refused",
        "recorded too late to be acknowledged",
        clock.now(),
      );
  }

  #enqueue(request: InboundRequest): void {
    if (this.#inHand.has(request.id)) return;
    this.#inHand.add(request.id);
    if (!this.#queue.add(() => this.#work(request, nothing))) this.#inHand.delete(request.id);
  }

  async #work(request: InboundRequest, ack: Ack): Promise<void> {
    const { inbox, clock, log, listen, onDefect } = this.#options;
    try {
      await listen(request, ack);
      await inbox.finish(request.id, "done", null, clock.now());
    } catch (error) {
      log.error(
        { err: error, request: request.id, kind: request.kind },
        "a request could not be worked on",
      );
      // When the database is what failed, this fails too, the request stays unfinished and the sweeper repeats it.
      await this.#giveUp(request, error, onDefect);
      await ack();
    } finally {
      this.#inHand.delete(request.id);
    }
  }

  async #giveUp(
    request: InboundRequest,
    error: unknown,
    tell: IntakeOptions["onDefect"],
  ): Promise<void> {
    const { inbox, clock, log } = this.#options;
    try {
      await tell(request);
      await inbox.finish(
        request.id,
        "failed",
        error instanceof Error ? error.name : "unknown",
        clock.now(),
      );
    } catch (second) {
      log.error(
        { err: second, request: request.id },
        "a failed request stays unfinished and will be tried again",
      );
    }
  }

  /** Socket Mode has no signature: an app-level token of another app brings that app's requests. */
  #foreign({ teamId, payload }: InboundRequest): keyof typeof FOREIGN | null {
    const { identity } = this.#options;
    if (teamId !== identity.teamId) return "other-workspace";
    const appId = payload["api_app_id"];
    return appId === undefined || identity.appId === null || appId === identity.appId
      ? null
      : "other-app";
  }

  #refuse(request: InboundRequest, code: string, explanation: string): Promise<void> {
    const { kind, teamId, userId } = request;
    return this.#options.refusals.note({
      code,
      attempted: `${kind} request`,
      explanation,
      actor: userId === null ? null : { kind: "person", teamId, userId },
      entry: ENTRY[kind],
    });
  }
}

const FOREIGN = {
  "other-workspace": "This Countersign serves another Slack workspace.",
  "other-app": "The request is for another Slack app than the one this Countersign runs as.",
} as const;

const ENTRY: Readonly<Record<InboundRequest["kind"], EntryPath>> = {
  event: "mention",
  command: "command",
  action: "button",
  view: "modal",
  shortcut: "shortcut",
};

const nothing: Ack = async () => undefined;

/** @throws {Error} when `work` takes longer than `limitMs`. */
async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${limitMs} ms`)), limitMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
