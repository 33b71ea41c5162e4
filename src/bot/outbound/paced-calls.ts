// The sender's calls of the Web API, each waiting its turn. A 429 closes its method for everybody.

import type { Clock } from "#engine/time.ts";
import type { Telemetry } from "../bot-ports.ts";
import { Pacer } from "./pacer.ts";
import type { PacedMethod } from "./pacer.ts";
import { troubleOf } from "./slack-trouble.ts";

/** The turn would come too late to wait for: the message goes back to the outbox until then. */
export class Crowded extends Error {
  override readonly name = "Crowded";
  readonly waitMs: number;
  constructor(method: PacedMethod, waitMs: number) {
    super(`${method} is busy for ${waitMs} ms`);
    this.waitMs = waitMs;
  }
}

const PATIENCE_MS = 3_000;

export class PacedCalls {
  readonly #pacer: Pacer;
  readonly #clock: Clock;
  readonly #telemetry: Telemetry;

  /** @param timesSlack `Pace.timesSlack` */
  constructor(clock: Clock, telemetry: Telemetry, timesSlack: number) {
    this.#pacer = new Pacer(timesSlack);
    this.#clock = clock;
    this.#telemetry = telemetry;
  }

  /** Waits for its turn, then calls. @throws {Crowded} and whatever `call` throws. */
  async call<T>(method: PacedMethod, channelId: string | null, call: () => Promise<T>): Promise<T> {
    const now = this.#clock.now();
    const waitMs = this.#pacer.reserve(method, channelId, now, PATIENCE_MS);
    if (waitMs === null) throw new Crowded(method, this.#pacer.waitMs(method, channelId, now));
    if (waitMs > 0) await this.#clock.sleep(waitMs);
    try {
      const answer = await call();
      this.#telemetry.slackCall(method, "ok");
      return answer;
    } catch (error) {
      const trouble = troubleOf(error);
      this.#telemetry.slackCall(method, trouble?.kind ?? "defect");
      if (trouble?.kind === "rate-limited")
        this.#pacer.close(method, this.#clock.now() + trouble.waitMs);
      throw error;
    }
  }
}
