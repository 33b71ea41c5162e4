// Whether steps wait for others, directly or through others. Answers many such questions at once: the cost is a
// walk over all needs for every 32 different steps that are asked about.

export type Waiting = { readonly stepId: string; readonly otherId: string };

const BITS = 32;

/**
 * The questions whose answer is no.
 * @param order steps so that every need stands before the step that has it; a need that is not there is skipped.
 */
export function notWaiting<Q extends Waiting>(
  order: readonly { readonly id: string; readonly needs: readonly string[] }[],
  questions: readonly Q[],
): readonly Q[] {
  const place = new Map(order.map(({ id }, index) => [id, index]));
  const direct = new Map(order.map(({ id, needs }) => [id, needs]));
  const open = questions.filter(
    ({ stepId, otherId }) => direct.get(stepId)?.includes(otherId) !== true,
  );
  if (open.length === 0) return [];
  const needs = order.map((step) =>
    step.needs.flatMap((need) => {
      const at = place.get(need);
      return at === undefined ? [] : [at];
    }),
  );
  const targets = [...new Set(open.map(({ otherId }) => otherId))];
  const reached = new Set<string>();
  for (let from = 0; from < targets.length; from += BITS) {
    const some = targets.slice(from, from + BITS);
    const bitOf = new Map(some.map((id, bit) => [id, 1 << bit]));
    const own = order.map(({ id }) => bitOf.get(id) ?? 0);
    const waitsFor = new Int32Array(order.length);
    for (const [index, list] of needs.entries()) {
      let bits = 0;
      for (const need of list) bits |= (waitsFor[need] ?? 0) | (own[need] ?? 0);
      waitsFor[index] = bits;
    }
    for (const { stepId, otherId } of open) {
      const bit = bitOf.get(otherId) ?? 0;
      if (((waitsFor[place.get(stepId) ?? -1] ?? 0) & bit) !== 0)
        reached.add(`${stepId}\n${otherId}`);
    }
  }
  return open.filter(({ stepId, otherId }) => !reached.has(`${stepId}\n${otherId}`));
}
