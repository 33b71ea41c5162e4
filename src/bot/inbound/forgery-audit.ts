// Puts requests that did not prove to come from Slack into the audit log, without letting anybody on the
// network fill it: one entry a minute and reason, with how many there were.

import type { AuditLog } from "#engine/message-store.ts";
import type { Clock, Instant } from "#engine/time.ts";
import type { Log } from "../bot-ports.ts";
import type { SignatureAnswer } from "./signature.ts";

export type Forgery = Exclude<SignatureAnswer, "valid">;

const EVERY_MS = 60_000;
const WHY: Readonly<Record<Forgery, string>> = {
  missing: "carried no signature or timestamp",
  "too-old": "were signed more than five minutes ago",
  "in-the-future": "were signed more than five minutes in the future",
  wrong: "carried a signature that is not Slack's",
};

export class ForgeryAudit {
  readonly #options: {
    readonly audit: AuditLog;
    readonly clock: Clock;
    readonly log: Log;
    readonly teamId: string;
  };
  readonly #seen = new Map<Forgery, { writtenAt: Instant; unwritten: number }>();

  constructor(options: {
    readonly audit: AuditLog;
    readonly clock: Clock;
    readonly log: Log;
    readonly teamId: string;
  }) {
    this.#options = options;
  }

  async note(why: Forgery): Promise<void> {
    const { audit, clock, log, teamId } = this.#options;
    const now = clock.now();
    const seen = this.#seen.get(why) ?? { writtenAt: Number.NEGATIVE_INFINITY, unwritten: 0 };
    seen.unwritten += 1;
    this.#seen.set(why, seen);
    if (now - seen.writtenAt < EVERY_MS) return;
    const explanation = `${seen.unwritten} request(s) to /slack/events ${WHY[why]}, and had no effect.`;
    this.#seen.set(why, { writtenAt: now, unwritten: 0 });
    try {
      await audit.append([
        {
          at: now,
          teamId,
          actor: { kind: "system", part: "engine" },
          conversation: null,
          planId: null,
          runId: null,
          event: {
            kind: "refused",
            attempted: "unproven request",
            code: `signature-${why}`,
            explanation,
            entry: "web",
          },
        },
      ]);
    } catch (error) {
      log.error({ err: error, why }, "an unproven request could not be audited");
    }
  }
}
