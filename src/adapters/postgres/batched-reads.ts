// Reads of single plans that share a statement. Keeps nothing once they are answered.

import type { PlanRecord } from "#engine/plan.ts";

/** Reads of one moment share a statement: the plans of all runs that were claimed together are looked at once more. */
export function batchedReads(
  read: (ids: readonly string[]) => Promise<readonly PlanRecord[]>,
): (id: string) => Promise<PlanRecord | null> {
  let next: { readonly ids: Set<string>; readonly found: Promise<Map<string, PlanRecord>> } | null =
    null;
  return async (id) => {
    if (next === null) {
      const ids = new Set<string>();
      next = { ids, found: Promise.resolve().then(() => readAll(ids)) };
    }
    next.ids.add(id);
    return (await next.found).get(id) ?? null;
  };

  async function readAll(ids: ReadonlySet<string>): Promise<Map<string, PlanRecord>> {
    next = null;
    return new Map((await read([...ids])).map((record) => [record.id, record]));
  }
}
