// Attempts that a lost worker left without an outcome. What may be repeated is, with the same key; a target that
// can be asked is asked; the rest becomes a question for the thread.

import type { CallLookup } from "./call-lookup.ts";
import type { Failure } from "./failure.ts";
import { repeatCall } from "./make-call.ts";
import { callKey } from "./notice.ts";
import type { PreparePorts, ReadyAttempt } from "./prepare-attempt.ts";
import type { CallRef } from "./run.ts";
import type { RunJournal } from "./run-journal.ts";

export const LOST_WORKER: Failure = {
  category: "unknown",
  code: "WORKER_LOST",
  message: "Its worker was lost while it ran, so whether it happened is not known.",
};

/** An attempt that loses its worker this often is more likely the reason than the victim. */
const MOST_REPEATS = 3;

/** What to do about a lost attempt; `ready` is the same attempt once more. */
export type Remedy = { readonly kind: "repeat" | "ask-target"; readonly ready: ReadyAttempt };

export class LostAttempts {
  readonly #ports: PreparePorts;
  readonly #lookup: CallLookup;
  readonly #journal: RunJournal;
  readonly #calls = new Map<string, CallRef>();

  constructor(ports: PreparePorts, lookup: CallLookup, journal: RunJournal) {
    this.#ports = ports;
    this.#lookup = lookup;
    this.#journal = journal;
    for (const call of lookup.state.open.values()) {
      if (lookup.call(call).status === "running") this.add(call);
    }
  }

  get any(): boolean {
    return this.#calls.size > 0;
  }

  /** It was to be repeated and was not. */
  add(call: CallRef): void {
    this.#calls.set(callKey(call), call);
  }

  /** What to do about each. What nothing can be done about has been recorded. */
  remedies(): readonly Remedy[] {
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    return calls.flatMap((call) => this.#remedy(call) ?? []);
  }

  /** The target says that it did not happen. Null: it is not to be repeated, which has been recorded. */
  didNotHappen(call: CallRef, failure: Failure): ReadyAttempt | null {
    if (this.#lookup.goesThisWay(call)) return this.#again(call);
    const { attempt } = this.#lookup.call(call);
    this.#journal.note({
      kind: "attempt.failed",
      call,
      attempt,
      failure,
      retryAt: null,
      durationMs: 0,
    });
    return null;
  }

  #remedy(call: CallRef): Remedy | null {
    // Canceled or turned back since: it is taken back as it is, whatever became of it.
    if (!this.#lookup.goesThisWay(call)) return this.#unknown(call, "");
    const ready = this.#again(call);
    if (ready === null) return null;
    switch (ready.operation.effect(ready.input)) {
      case "idempotent":
        return { kind: "repeat", ready };
      case "probe":
        return { kind: "ask-target", ready };
      case "once":
        return this.#unknown(call, "");
    }
  }

  #again(call: CallRef): ReadyAttempt | null {
    const found = this.#lookup.call(call);
    if (found.status !== "running") throw new Error(`"${callKey(call)}" has no attempt to repeat`);
    if (found.repeat >= MOST_REPEATS) {
      return this.#unknown(
        call,
        ` That happened ${MOST_REPEATS + 1} times, so it is not repeated any more.`,
      );
    }
    const given = { ...this.#lookup.place(call), attempt: found.attempt };
    const prepared = repeatCall(this.#ports, given, found.intent, found.repeat + 1);
    if (prepared.kind === "ready") return prepared.attempt;
    return this.#unknown(call, prepared.kind === "failed" ? ` ${prepared.failure.message}` : "");
  }

  #unknown(call: CallRef, detail: string): null {
    const { attempt } = this.#lookup.call(call);
    const failure: Failure = { ...LOST_WORKER, message: `${LOST_WORKER.message}${detail}` };
    this.#journal.note({ kind: "attempt.unknown", call, attempt, failure });
    return null;
  }
}
