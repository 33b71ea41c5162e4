// How long a plan usually takes and how long a run will still, in words as rough as the knowledge is.

import type { Estimate, PlanEstimate } from "#engine/estimate.ts";
import type { Plan } from "#engine/plan.ts";
import { type Piece, boldUntrusted, emoji, words } from "./rich-text.ts";

const LONGEST_STEPS = 3;

/** `Usually takes about 4 min (9 in 10 within 11 min), plus waiting for people`, and where the time goes. */
export function estimateRows(plan: Plan, estimate: PlanEstimate): Piece[][] {
  const asks = plan.steps.some(({ approval, inquiry }) => approval !== null || inquiry !== null);
  const usually = `${roughly(estimate.medianMs)} (9 in 10 within ${roughlyWithin(estimate.p90Ms)})`;
  const rows: Piece[][] = [
    [
      emoji("stopwatch", "23f1-fe0f"),
      words(` Usually takes ${usually}${asks ? ", plus waiting for people" : ""}`),
    ],
  ];
  if (plan.steps.length > 1) rows.push(longestPieces(plan, estimate));
  return rows;
}

function longestPieces(plan: Plan, { steps }: PlanEstimate): Piece[] {
  const longest = plan.steps
    .map(({ id }, index) => ({ id, place: index + 1, medianMs: steps.get(id)?.medianMs ?? 0 }))
    .toSorted((a, b) => b.medianMs - a.medianMs)
    .slice(0, LONGEST_STEPS);
  return [
    words("Longest: "),
    ...longest.flatMap(({ id, place, medianMs }, index) => [
      words(`${index === 0 ? "" : ", "}${place}. `),
      boldUntrusted(id, 60),
      words(` ${roughly(medianMs)}`),
    ]),
  ];
}

/** ` · about 2 min left`. */
export function restPieces(rest: Estimate): Piece[] {
  return [words(` · ${roughly(rest.medianMs)} left`)];
}

/** `about 4 min`, `under a second`: one unit, because more would claim to know more. */
export function roughly(ms: number): string {
  return ms < 1_000 ? "under a second" : `about ${inOneUnit(ms, Math.round)}`;
}

/** A bound is rounded up, so that it stays one. */
function roughlyWithin(ms: number): string {
  return ms < 1_000 ? "a second" : inOneUnit(ms, Math.ceil);
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

function inOneUnit(ms: number, round: (amount: number) => number): string {
  if (ms < 10 * SECOND) return `${round(ms / SECOND)} s`;
  const seconds = round(ms / (5 * SECOND)) * 5;
  if (seconds < 60) return `${seconds} s`;
  const minutes = round(ms / MINUTE);
  if (minutes < 90) return `${minutes} min`;
  return `${round((ms / HOUR) * 2) / 2} h`;
}
