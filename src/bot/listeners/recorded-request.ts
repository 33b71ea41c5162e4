// Under which id, and when, the intake recorded the request that a listener works on.

import type { Context } from "@slack/bolt";
import type { Instant } from "#engine/time.ts";

export type Recorded = { readonly requestId: string; readonly receivedAt: Instant };

/** @throws {Error} when Bolt was fed by anything but the intake: a defect. */
export function recordedOf(context: Context): Recorded {
  const requestId: unknown = context["requestId"];
  const receivedAt: unknown = context["receivedAt"];
  if (typeof requestId !== "string" || typeof receivedAt !== "number")
    throw new Error("a listener was called without a recorded request");
  return { requestId, receivedAt };
}
