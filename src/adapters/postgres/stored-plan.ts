// Plans as they are stored: their text is read once and checked once, however many runs of it there are. What is
// remembered is found by the whole text, so that a row somebody changed is read anew.

import type { Plan } from "#engine/plan.ts";
import { planSchema } from "./plan-document.ts";
import { readAs } from "./stored-json.ts";

/** Characters of plans that are remembered: some hundred ordinary plans, or the largest one. */
const MOST_REMEMBERED = 4_000_000;

const recent = new Map<string, Plan>();
let remembered = 0;

/** Frozen: it is shared. @throws {UnreadableRow} when it fits no plan. */
export function readStoredPlan(text: string, row: string): Plan {
  const found = recent.get(text);
  if (found !== undefined) return found;
  const plan = freeze(readAs(planSchema, JSON.parse(text), row));
  recent.set(text, plan);
  remembered += text.length;
  for (const oldest of recent.keys()) {
    if (remembered <= MOST_REMEMBERED || oldest === text) break;
    recent.delete(oldest);
    remembered -= oldest.length;
  }
  return plan;
}

function freeze<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  for (const member of Object.values(value)) freeze(member);
  return Object.freeze(value);
}
