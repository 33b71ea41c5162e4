// The id under which the intake recorded the request that a listener works on.

import type { Context } from "@slack/bolt";

/** @throws {Error} when Bolt was fed by anything but the intake: a defect. */
export function requestIdOf(context: Context): string {
  const id: unknown = context["requestId"];
  if (typeof id !== "string") throw new Error("a listener was called without a recorded request");
  return id;
}
