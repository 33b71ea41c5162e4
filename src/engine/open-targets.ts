// Which of a plan's targets have an open circuit breaker, as far as its inputs are known before it runs.

import type { StoredBreaker } from "./breaker-store.ts";
import type { JsonObject } from "./json.ts";
import type { Registry } from "./operation.ts";
import type { Plan } from "./plan.ts";
import type { Instant } from "./time.ts";

export type OpenTarget = {
  readonly target: string;
  /** Since when it is not closed. */
  readonly openedAt: Instant;
};

/** In the order of their names. Steps whose input is still an expression have no target yet. */
export function openTargets(
  { steps }: Plan,
  registry: Registry,
  breakers: readonly StoredBreaker[],
): readonly OpenTarget[] {
  const since = new Map(
    breakers.flatMap(({ target, breaker }) =>
      breaker.status === "closed" ? [] : [[target, breaker.openedAt] as const],
    ),
  );
  if (since.size === 0) return [];
  const found = new Map<string, OpenTarget>();
  for (const step of steps) {
    const target = step.deferred ? null : targetOf(step, registry);
    const openedAt = target === null ? undefined : since.get(target);
    if (target !== null && openedAt !== undefined) found.set(target, { target, openedAt });
  }
  return [...found.values()].toSorted((a, b) => (a.target < b.target ? -1 : 1));
}

function targetOf(
  call: { readonly uses: string; readonly with: JsonObject; readonly profile: string | null },
  registry: Registry,
): string | null {
  const operation = registry.get(call.uses);
  const parsed = operation?.input.safeParse(call.with);
  if (operation === undefined || parsed?.success !== true) return null;
  return operation.target?.(parsed.data, call.profile) ?? null;
}
