// The port to recurring times: when a freeze that comes back is on. Cron expressions are a library's matter.

import type { FreezeTime, FreezeWindow } from "./policy.ts";
import type { Instant } from "./time.ts";

export type Calendar = {
  /** The occurrence that covers the moment; null: none does. Beginning included, end not. */
  occurrence(
    recurring: Extract<FreezeTime, { readonly kind: "recurring" }>,
    at: Instant,
  ): { readonly from: Instant; readonly until: Instant } | null;
};

/** A freeze that is on. */
export type ActiveFreeze = {
  readonly name: string;
  readonly reason: string;
  readonly until: Instant;
  readonly breakGlass: boolean;
};

/** Of those that are on for such a plan, the one that ends last; null: none is. */
export function activeFreeze(
  calendar: Calendar,
  freezes: readonly FreezeWindow[],
  plan: { readonly environment: string; readonly risk: FreezeWindow["risks"][number] },
  at: Instant,
): ActiveFreeze | null {
  let longest: ActiveFreeze | null = null;
  let everyOneYields = true;
  for (const { name, environments, risks, reason, breakGlass, when } of freezes) {
    if (!environments.includes(plan.environment) || !risks.includes(plan.risk)) continue;
    const until = endOf(calendar, when, at);
    if (until === null) continue;
    everyOneYields &&= breakGlass;
    if (longest === null || until > longest.until) longest = { name, reason, until, breakGlass };
  }
  // Whoever breaks the glass goes through all of them or none.
  return longest === null ? null : { ...longest, breakGlass: everyOneYields };
}

function endOf(calendar: Calendar, when: FreezeTime, at: Instant): Instant | null {
  if (when.kind === "once") return at >= when.from && at < when.until ? when.until : null;
  return calendar.occurrence(when, at)?.until ?? null;
}
