// What happened in the workspace, told to whoever listens: the page, the saved file, and tests that wait on a condition.

import type { SlackMessage } from "./message.ts";

export type Change =
  | { readonly kind: "message"; readonly channel: string; readonly message: SlackMessage }
  | {
      readonly kind: "message-deleted";
      readonly channel: string;
      readonly ts: string;
      readonly threadTs?: string;
    }
  | { readonly kind: "ephemeral"; readonly user: string; readonly channel: string }
  | { readonly kind: "views"; readonly user: string }
  | { readonly kind: "home"; readonly user: string }
  | { readonly kind: "notice"; readonly user: string; readonly text: string }
  | { readonly kind: "people" }
  | { readonly kind: "connection"; readonly connected: boolean }
  | { readonly kind: "call"; readonly method: string }
  | { readonly kind: "delivery" };

export interface WaitOptions {
  /** Real milliseconds before giving up; 10,000 when absent. */
  readonly timeoutMs?: number;
  /** What is waited for, named in the error. */
  readonly what?: string;
}

const defaultTimeoutMs = 10_000;

export class ChangeFeed {
  readonly #listeners = new Set<(change: Change) => void>();

  publish(change: Change): void {
    for (const listener of this.#listeners) listener(change);
  }

  /** Returns the function that stops listening. */
  listen(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Resolves with the first truthy answer of `ask`, which is asked now and again after every change.
   * Rejects when the time is over, or with what `ask` throws.
   */
  waitFor<T>(
    ask: () => T,
    options: WaitOptions = {},
  ): Promise<Exclude<T, undefined | null | false | "" | 0>> {
    const { timeoutMs = defaultTimeoutMs, what = "a condition" } = options;
    return new Promise((resolve, reject) => {
      const attempt = () => {
        try {
          const answer = ask();
          if (answer)
            finish(() => resolve(answer as Exclude<T, undefined | null | false | "" | 0>));
        } catch (error) {
          finish(() => reject(error));
        }
      };
      const stop = this.listen(attempt);
      const timer = setTimeout(
        () =>
          finish(() =>
            reject(new Error(`The playground waited ${timeoutMs} ms for ${what} in vain.`)),
          ),
        timeoutMs,
      );
      const finish = (settle: () => void) => {
        stop();
        clearTimeout(timer);
        settle();
      };
      attempt();
    });
  }
}
