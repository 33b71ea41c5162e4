// One thing Slack tells the app, and what the app said to it. Events, commands and interactions travel the same way.

import type { JsonRecord } from "./json-value.ts";

export interface Delivery {
  readonly id: string;
  readonly type: "events_api" | "interactive" | "slash_commands";
  readonly payload: JsonRecord;
}

export interface Attempt {
  /** 0 the first time. */
  readonly number: number;
  /** Why there is another attempt. */
  readonly reason?: RetryReason;
}

export type RetryReason = "http_timeout" | "http_error" | "connection_failed";

export type Acknowledgement =
  /** `body`: the parsed JSON, a plain string, or `undefined` when it was empty. */
  | { readonly kind: "acknowledged"; readonly body: unknown }
  | { readonly kind: "timeout" }
  | { readonly kind: "http-error"; readonly status: number; readonly retry: boolean }
  | { readonly kind: "unreachable" };

/** The app must acknowledge within this. */
export const acknowledgeWithinMs = 3000;

/** The body and content type of a delivery over HTTP. */
export function encodeForHttp({ type, payload }: Delivery): {
  readonly contentType: string;
  readonly body: string;
} {
  const form = "application/x-www-form-urlencoded";
  switch (type) {
    case "events_api":
      return { contentType: "application/json", body: JSON.stringify(payload) };
    case "interactive":
      return {
        contentType: form,
        body: new URLSearchParams({ payload: JSON.stringify(payload) }).toString(),
      };
    case "slash_commands":
      return {
        contentType: form,
        body: new URLSearchParams(Object.entries(payload).map(stringPair)).toString(),
      };
  }
}

function stringPair([key, value]: [string, unknown]): [string, string] {
  return [key, String(value)];
}
