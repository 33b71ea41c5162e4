// The hash that binds an approval to exactly one plan.

import { canonicalJson } from "./canonical-json.ts";
import type { Plan } from "./plan.ts";
import type { Sha256 } from "./time.ts";

/** SHA-256 of the plan's canonical JSON (reference: approval rule 1), in hexadecimal. */
export function planHash(plan: Plan, sha256: Sha256): string {
  return sha256(canonicalJson(plan));
}

/** By the plan as an object, which can't change any more. */
const known = new WeakMap<Plan, string>();

/** The same for a plan that is about to run: freezes it, so that what was hashed is what runs, and remembers the hash. */
export function frozenPlanHash(plan: Plan, sha256: Sha256): string {
  let hash = known.get(plan);
  if (hash === undefined) {
    freeze(plan);
    hash = planHash(plan, sha256);
    known.set(plan, hash);
  }
  return hash;
}

function freeze(value: unknown): void {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const member of Object.values(value)) freeze(member);
}
