// Output of running attempts on its way into the store: bounded per attempt, written in groups, one write at a
// time. Losing the store delays output and never holds up an attempt.

import { callKey } from "./notice.ts";
import type { CallRef } from "./run.ts";
import type { OutputChunk, RunStore } from "./run-store.ts";
import type { Clock } from "./time.ts";

/** Characters kept of one attempt. A person reads the end in the thread and the rest in the uploaded log. */
export const MOST_OUTPUT = 256 * 1024;
/** Characters waiting to be written, over all runs of a worker, before new output is left out. */
const MOST_WAITING = 8 * 1024 * 1024;
const RETRY_MS = 1_000;
/** Characters that expressions see of a step's output. */
const TAIL = 4_000;

export type AttemptOutput = {
  readonly write: (text: string) => void;
  /** The end of what was written. */
  readonly tail: () => string;
  /** Resolves when everything written so far is kept, or `given` aborts. */
  readonly kept: (given: AbortSignal) => Promise<void>;
};

type OutputPorts = { readonly runs: Pick<RunStore, "appendOutput">; readonly clock: Clock };

export class RunOutput {
  readonly #ports: OutputPorts;
  readonly #report: (error: unknown) => void;
  readonly #stopped: AbortSignal;
  #waiting: OutputChunk[] = [];
  #waitingChars = 0;
  #writing: Promise<void> | null = null;

  /** @param stopped ends waiting for a store that is away, when the process stops. */
  constructor(ports: OutputPorts, report: (error: unknown) => void, stopped: AbortSignal) {
    this.#ports = ports;
    this.#report = report;
    this.#stopped = stopped;
  }

  /** @param written called for each text that will be shown. */
  open(
    runId: string,
    ref: { readonly call: CallRef; readonly attempt: number },
    written: () => void,
  ): AttemptOutput {
    let left = MOST_OUTPUT;
    let tail = "";
    const call = callKey(ref.call);
    const write = (text: string): void => {
      if (left <= 0 || text === "" || this.#stopped.aborted) return;
      const room = Math.min(left, Math.max(0, MOST_WAITING - this.#waitingChars));
      const cut = text.length > room;
      left = cut ? 0 : left - text.length;
      const shown = cut ? `${text.slice(0, room)}\n(more output was left out)\n` : text;
      tail = `${tail}${shown}`.slice(-TAIL);
      this.#put({ runId, call, attempt: ref.attempt, at: this.#ports.clock.now(), text: shown });
      written();
    };
    return {
      write,
      tail: () => tail,
      kept: async (given) => {
        if (this.#writing !== null) await Promise.race([this.#writing, aborted(given)]);
      },
    };
  }

  #put(chunk: OutputChunk): void {
    this.#waiting.push(chunk);
    this.#waitingChars += chunk.text.length;
    this.#writing ??= this.#writeAll();
  }

  async #writeAll(): Promise<void> {
    // Output of one moment shares a write.
    await Promise.resolve();
    while (this.#waiting.length > 0 && !this.#stopped.aborted) {
      const chunks = this.#waiting;
      this.#waiting = [];
      this.#waitingChars = 0;
      try {
        await this.#ports.runs.appendOutput(chunks);
      } catch (error) {
        this.#report(error);
        this.#waiting = [...chunks, ...this.#waiting];
        for (const { text } of chunks) this.#waitingChars += text.length;
        await this.#ports.clock.sleep(RETRY_MS, this.#stopped);
      }
    }
    this.#writing = null;
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
