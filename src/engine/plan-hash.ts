// The hash that binds an approval to exactly one plan.

import { canonicalJson } from "./canonical-json.ts";
import type { Plan } from "./plan.ts";
import type { Sha256 } from "./time.ts";

/** SHA-256 of the plan's canonical JSON (reference: approval rule 1), in hexadecimal. */
export function planHash(plan: Plan, sha256: Sha256): string {
  return sha256(canonicalJson(plan));
}
