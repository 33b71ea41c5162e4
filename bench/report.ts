// What a measurement answers: a text with its figures, and for each target whether it was reached.

import { figure, table } from "./figures.ts";

export type Verdict = {
  readonly what: string;
  readonly target: string;
  readonly reached: string;
  readonly met: boolean;
};

export type Report = { readonly text: string; readonly verdicts: readonly Verdict[] };

export function atLeast(what: string, target: number, reached: number): Verdict {
  return { what, target: `>= ${target}`, reached: figure(reached), met: reached >= target };
}

export function atMost(what: string, target: number, reached: number, unit = ""): Verdict {
  const met = reached <= target;
  return { what, target: `<= ${target}${unit}`, reached: `${figure(reached)}${unit}`, met };
}

export function exactly(what: string, target: number, reached: number): Verdict {
  return { what, target: String(target), reached: String(reached), met: reached === target };
}

export function verdictTable(verdicts: readonly Verdict[]): string {
  return table(
    ["", "target", "reached", "met?"],
    verdicts.map(({ what, target, reached, met }) => [what, target, reached, met ? "yes" : "NO"]),
  );
}
