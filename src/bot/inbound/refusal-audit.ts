// Puts requests that were refused at the door into the audit log and the program's log, without letting anybody
// fill them: of each reason and sender the first few of a minute, then one entry with the number of the others.

import type { AuditEntry, EntryPath } from "#engine/audit-event.ts";
import type { Actor } from "#engine/identity.ts";
import type { AuditLog } from "#engine/message-store.ts";
import type { Clock, Instant } from "#engine/time.ts";
import type { Log } from "../bot-ports.ts";

export type RefusedRequest = {
  readonly code: string;
  /** In the glossary's words: `action request`. */
  readonly attempted: string;
  readonly explanation: string;
  /** Null: nobody is known to have sent it. */
  readonly actor: Extract<Actor, { kind: "person" }> | null;
  readonly entry: EntryPath;
};

const WINDOW_MS = 60_000;
/** Entries of one reason and sender in a window; the others are counted. */
const ONE_BY_ONE = 5;
/** Reasons and senders told apart at a time; beyond that, senders of one reason share their entries. */
const MOST_SENDERS = 1_000;

type Seen = {
  readonly since: Instant;
  readonly newest: RefusedRequest;
  written: number;
  unwritten: number;
};

export class RefusalAudit {
  readonly #options: {
    readonly audit: AuditLog;
    readonly clock: Clock;
    readonly log: Log;
    readonly teamId: string;
  };
  readonly #seen = new Map<string, Seen>();

  constructor(options: {
    readonly audit: AuditLog;
    readonly clock: Clock;
    readonly log: Log;
    readonly teamId: string;
  }) {
    this.#options = options;
  }

  async note(refused: RefusedRequest): Promise<void> {
    const now = this.#options.clock.now();
    const key = this.#keyOf(refused);
    const earlier = this.#seen.get(key);
    const over = earlier === undefined || now - earlier.since >= WINDOW_MS;
    const seen = over ? { since: now, newest: refused, written: 0, unwritten: 0 } : earlier;
    this.#seen.set(key, seen);
    if (over && earlier !== undefined) await this.#writeCounted(earlier);
    if (seen.written >= ONE_BY_ONE) {
      seen.unwritten += 1;
      return;
    }
    seen.written += 1;
    await this.#write(refused, refused.explanation);
  }

  /** Writes what was only counted in windows that are over; with `all`, in the others too. */
  async flush(all = false): Promise<void> {
    const now = this.#options.clock.now();
    for (const [key, seen] of this.#seen) {
      if (!all && now - seen.since < WINDOW_MS) continue;
      this.#seen.delete(key);
      await this.#writeCounted(seen);
    }
  }

  #keyOf({ code, actor }: RefusedRequest): string {
    const key = actor === null ? code : `${code} ${actor.teamId} ${actor.userId}`;
    return this.#seen.has(key) || this.#seen.size < MOST_SENDERS ? key : code;
  }

  async #writeCounted({ newest, unwritten }: Seen): Promise<void> {
    if (unwritten === 0) return;
    await this.#write(newest, `${unwritten} more within a minute. ${newest.explanation}`);
  }

  async #write(refused: RefusedRequest, explanation: string): Promise<void> {
    const { audit, clock, log, teamId } = this.#options;
    const { code, attempted, entry } = refused;
    log.warn({ code, attempted, explanation }, "a request from Slack's side was refused");
    const row: AuditEntry = {
      at: clock.now(),
      teamId,
      actor: refused.actor ?? { kind: "system", part: "engine" },
      conversation: null,
      planId: null,
      runId: null,
      event: { kind: "refused", attempted, code, explanation, entry },
    };
    try {
      await audit.append([row]);
    } catch (error) {
      log.error({ err: error, code }, "a refused request could not be audited");
    }
  }
}
