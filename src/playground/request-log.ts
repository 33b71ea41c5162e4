// What the app asked of the Web API, in order, for tests to look at.

import type { JsonRecord } from "./json-value.ts";

export interface LoggedCall {
  readonly atMs: number;
  readonly method: string;
  readonly args: JsonRecord;
  /** `ok`, the error Slack answered, or what went wrong instead of an answer. */
  readonly outcome: string;
}

/** Old calls are forgotten beyond this many, so that a playground left running doesn't grow. */
const kept = 10_000;

export class RequestLog {
  #calls: LoggedCall[] = [];

  add(call: LoggedCall): void {
    this.#calls.push(call);
    if (this.#calls.length > kept * 1.1) this.#calls = this.#calls.slice(-kept);
  }

  /** Calls of one method, or all. */
  of(method?: string): readonly LoggedCall[] {
    return method === undefined
      ? [...this.#calls]
      : this.#calls.filter((call) => call.method === method);
  }

  clear(): void {
    this.#calls = [];
  }
}
