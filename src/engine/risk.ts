// The three risks, their order and their plain words. Risk comes from the operation registry,
// never from a model or a requester (reference: approval rule 5).

export const RISKS = ["read-only", "modify", "destructive"] as const;
export type Risk = (typeof RISKS)[number];

/** The higher of two risks. */
export function higherRisk(a: Risk, b: Risk): Risk {
  return RISKS.indexOf(a) >= RISKS.indexOf(b) ? a : b;
}

/** The highest of many; an empty plan is read-only. */
export function highestRisk(risks: Iterable<Risk>): Risk {
  let highest: Risk = "read-only";
  for (const risk of risks) highest = higherRisk(highest, risk);
  return highest;
}
