// Announces clocks that ran out and reminders that are due. Expiry itself is enforced whenever a plan is read
// (`effectiveStatus`): if this never ran, nothing could be approved or started late.

import type { EnginePorts } from "./use-case-ports.ts";

/** Announces what is due, at most 100 plans, and answers how many there were. */
export async function expirePlans(
  ports: Pick<EnginePorts, "plans" | "directory" | "policy" | "clock">,
): Promise<number> {
  return ports.plans.overdue(ports.clock.now(), 100).then((due) => due.length);
}
