// The steps of a run with their states. Of a long run those that need eyes come first: asking, failed, running,
// then what was done last; the rest is counted.

import type { RichTextBlockElement } from "@slack/types";
import type { PlanStep } from "#engine/plan.ts";
import type { StepStatus } from "#engine/run.ts";
import type { Instant } from "#engine/time.ts";
import type { Part } from "./budget.ts";
import { counted, identifier, oneLine } from "./plain.ts";
import {
  type Piece,
  bold,
  bullets,
  packRichText,
  richText,
  section,
  time,
  untrusted,
  words,
} from "./rich-text.ts";
import { hasStages } from "./plan-steps.ts";
import { spent } from "./run-headline.ts";
import type { RunReport, StepReport } from "#engine/run-report.ts";
import { stepMark, stepWord } from "./step-marks.ts";

type PlacedState = { readonly step: PlanStep; readonly state: StepReport; readonly place: number };
type DrawnStep = {
  readonly place: number;
  readonly stage: number;
  readonly elements: readonly RichTextBlockElement[];
};

/** At most `most` steps; the order on screen is the plan's. */
export function runSteps(report: RunReport, now: Instant, most: number): Part {
  const ranked = byUrgency(report);
  const drawn = ranked.slice(0, most).map(({ step, state, place }) => ({
    place,
    stage: step.stage,
    elements: [bullets([section(...stepPieces(step, state, place, now))])],
  }));
  const staged = hasStages(report.plan);
  return {
    items: drawn.length,
    priority: 1,
    render: (shown) => {
      const visible = drawn.slice(0, shown).toSorted((a, b) => a.place - b.place);
      return [...packRichText(withStages(visible, staged)), ...restBlocks(ranked.slice(shown))];
    },
  };
}

const URGENCY: Readonly<Record<StepStatus, number>> = {
  "waiting-approval": 0,
  "waiting-answer": 0,
  unknown: 0,
  "rollback-failed": 1,
  failed: 1,
  "rolling-back": 2,
  running: 2,
  succeeded: 3,
  "rolled-back": 3,
  pending: 4,
  skipped: 5,
};

function byUrgency({ plan, steps }: RunReport): readonly PlacedState[] {
  const states = new Map(steps.map((state) => [state.stepId, state]));
  return plan.steps
    .flatMap((step, index) => {
      const state = states.get(step.id);
      return state === undefined ? [] : [{ step, state, place: index + 1 }];
    })
    .toSorted(
      (a, b) =>
        URGENCY[a.state.status] - URGENCY[b.state.status] ||
        (b.state.endedAt ?? 0) - (a.state.endedAt ?? 0) ||
        a.place - b.place,
    );
}

function withStages(
  visible: readonly DrawnStep[],
  staged: boolean,
): readonly (readonly RichTextBlockElement[])[] {
  return visible.map((step, index) =>
    staged && visible[index - 1]?.stage !== step.stage
      ? [section(bold(`Stage ${step.stage + 1}`)), ...step.elements]
      : step.elements,
  );
}

function restBlocks(rest: readonly PlacedState[]) {
  if (rest.length === 0) return [];
  const perStatus = new Map<StepStatus, number>();
  for (const { status } of rest.map(({ state }) => state))
    perStatus.set(status, (perStatus.get(status) ?? 0) + 1);
  const kinds = [...perStatus].map(([status, count]) => `${count} ${stepWord(status)}`).join(", ");
  return [richText(section(bold(counted(rest.length, "more step")), words(`: ${kinds}`)))];
}

/** One step's line: mark, place, id, what it does, its state and time. */
export function stepPieces(
  step: PlanStep,
  state: StepReport,
  place: number,
  now: Instant,
): Piece[] {
  return [
    stepMark(state.status),
    words(" "),
    bold(`${place}. ${identifier(step.id, 60).text}`),
    words(`  ${oneLine(step.summary, 120).text} · ${stepWord(state.status)}`),
    ...timing(state, now),
    ...(state.attempt > 1
      ? [words(` · attempt ${state.attempt} of ${step.retry.maxAttempts}`)]
      : []),
    ...(state.failure === null
      ? []
      : [
          words(isEnded(state) ? ": " : " · last try: "),
          untrusted(failureWords(state.failure), 200),
        ]),
    ...(state.reason === null ? [] : [words(": "), untrusted(state.reason, 200)]),
    ...(state.delay === null
      ? []
      : [
          words(" · held back by the circuit breaker of "),
          untrusted(state.delay.target, 120),
          words(" until "),
          time(state.delay.until),
        ]),
    ...(state.retryAt === null ? [] : [words(" · next try "), time(state.retryAt)]),
  ];
}

function isEnded({ status }: StepReport): boolean {
  return status === "failed" || status === "rollback-failed" || status === "unknown";
}

/** `ECONNREFUSED: the connection was refused (network)`. */
export function failureWords({
  category,
  code,
  message,
}: NonNullable<StepReport["failure"]>): string {
  return `${code === undefined ? "" : `${code}: `}${message} (${category})`;
}

/** The times are the forward attempt's; for other states they would say something else. */
const TIMED: readonly StepStatus[] = ["running", "succeeded", "failed"];

function timing({ startedAt, endedAt, status }: StepReport, now: Instant): Piece[] {
  if (startedAt === null || !TIMED.includes(status)) return [];
  return [
    words(
      endedAt === null ? ` for ${spent(now - startedAt)}` : ` in ${spent(endedAt - startedAt)}`,
    ),
  ];
}
