// Slack's request signature, version 0, as a caller makes it. Also the tool with which tests forge and replay requests.

import { createHmac } from "node:crypto";

export interface SignedHeaders {
  readonly "x-slack-request-timestamp": string;
  readonly "x-slack-signature": string;
}

export interface SigningInput {
  readonly secret: string;
  /** The raw body, exactly as it will be sent. */
  readonly body: string;
  /** Seconds since the epoch. */
  readonly timestampSeconds: number;
}

/** The two headers that prove a request comes from Slack. */
export function signRequest({ secret, body, timestampSeconds }: SigningInput): SignedHeaders {
  const digest = createHmac("sha256", secret)
    .update(`v0:${timestampSeconds}:${body}`)
    .digest("hex");
  return {
    "x-slack-request-timestamp": String(timestampSeconds),
    "x-slack-signature": `v0=${digest}`,
  };
}
