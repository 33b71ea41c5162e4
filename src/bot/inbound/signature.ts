// Proves that a request comes from Slack: HMAC over the raw body, a clock window on both sides, constant-time.
// Looks at bytes only; nothing is parsed before this says "valid".
// Source: docs.slack.dev/authentication/verifying-requests-from-slack. Bolt 5.1 checks the past side only.

import { createHmac, timingSafeEqual } from "node:crypto";
import type { Instant } from "#engine/time.ts";

const WINDOW_SECONDS = 300;

export type SignatureAnswer = "valid" | "missing" | "too-old" | "in-the-future" | "wrong";

export function checkSignature(request: {
  readonly secret: string;
  readonly body: Buffer;
  readonly timestamp: string | undefined;
  readonly signature: string | undefined;
  readonly now: Instant;
}): SignatureAnswer {
  const { secret, body, timestamp, signature, now } = request;
  if (secret === "") throw new Error("the signing secret is empty");
  if (timestamp === undefined || signature === undefined || !/^\d{1,12}$/.test(timestamp))
    return "missing";
  const ageSeconds = now / 1000 - Number(timestamp);
  if (ageSeconds > WINDOW_SECONDS) return "too-old";
  if (ageSeconds < -WINDOW_SECONDS) return "in-the-future";
  const expected = createHmac("sha256", secret).update(`v0:${timestamp}:`).update(body).digest();
  const given = /^v0=([0-9a-f]{64})$/.exec(signature)?.[1];
  // A malformed signature is compared too, with bytes that can't match, so that its shape takes no less time.
  const candidate = given === undefined ? Buffer.alloc(expected.length) : Buffer.from(given, "hex");
  return timingSafeEqual(expected, candidate) && given !== undefined ? "valid" : "wrong";
}
