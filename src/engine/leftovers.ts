// What a run that did not end well leaves behind, in complete sentences: what stands, and how to finish by
// hand. Texts of plans and targets are data here; the bot escapes them.

import type { CallState } from "./call-state.ts";
import type { Plan, PlanStep } from "./plan.ts";
import type { RunState } from "./run-state.ts";
import { mayHaveActed } from "./step-state.ts";
import type { StepState } from "./step-state.ts";

/** Sentences kept in one event; the rest is counted. */
const MOST_SENTENCES = 50;

/** One sentence per step that stands, newest first: the order in which to take them back. */
export function leftoversOf(plan: Plan, state: RunState): readonly string[] {
  const byId = new Map(plan.steps.map((step) => [step.id, step]));
  const sentences: string[] = [];
  let more = 0;
  // What waits for another try ends with the run.
  const waiting = [...state.open.values()].flatMap((call) =>
    call.phase === "forward" || call.phase === "after" ? [call.stepId] : [],
  );
  // Its checks are not all made: it has acted all the same.
  const begun = new Set([...state.ended, ...state.checking, ...waiting]);
  for (const stepId of [...begun].toReversed()) {
    const step = byId.get(stepId);
    const found = state.steps.get(stepId);
    const sentence =
      step === undefined || found === undefined ? null : leftoverOf(step, found, state.direction);
    if (sentence === null) continue;
    if (sentences.length < MOST_SENTENCES) sentences.push(sentence);
    else more += 1;
  }
  if (more > 0)
    sentences.push(
      `${more} more ${more === 1 ? "step stands" : "steps stand"}; the run's log lists them.`,
    );
  return sentences;
}

/** Null: nothing of the step is left. */
function leftoverOf(
  step: PlanStep,
  state: StepState,
  direction: RunState["direction"],
): string | null {
  if (state.rollback.status === "done" || !stands(step, state)) return null;
  const name = `Step "${step.id}"`;
  const did = `${mayHaveDone(state)}: ${sentence(step.summary)}`;
  if (step.rollback.kind === "none") {
    return `${name} ${did} It has no rollback: check its target, and take it back by hand if it must not stay.`;
  }
  if (direction === "forward")
    return `${name} ${did} It was not taken back. By hand: ${byHand(step, 0)}`;
  const { rollback } = state;
  const calls =
    "calls" in rollback && rollback.calls instanceof Map ? [...rollback.calls.values()] : [];
  const done = calls.filter((call: CallState) => call.status === "succeeded").length;
  const doubt = calls.some((call: CallState) => call.status === "unknown")
    ? " Look first: it may have happened."
    : "";
  const why =
    rollback.status === "failed"
      ? `was not taken back: ${sentence(rollback.failure.message)}`
      : `${did} It was not taken back.`;
  return `${name} ${why} By hand: ${byHand(step, done)}${doubt}`;
}

/** It changed something, or may have, and nothing says that it was taken back. */
function stands(step: PlanStep, state: StepState): boolean {
  if (!mayHaveActed(state) && !isAskedAbout(state)) return false;
  if (step.rollback.kind === "not-needed") return false;
  return step.rollback.kind !== "none" || step.risk !== "read-only";
}

/** Nobody has said yet whether it happened. */
function isAskedAbout({ forward }: StepState): boolean {
  return forward.status === "asking";
}

function mayHaveDone({ forward }: StepState): string {
  if (forward.status === "succeeded") return "was done";
  return forward.status === "unknown" || forward.status === "asking"
    ? "may have been done, its outcome is unknown"
    : "failed and may have been done in part";
}

function byHand(step: PlanStep, done: number): string {
  if (step.rollback.kind === "captured") return sentence(step.rollback.summary);
  if (step.rollback.kind !== "commands") return "";
  return step.rollback.calls
    .slice(done)
    .map((call) => sentence(call.summary))
    .join(" Then: ");
}

/** The text as a sentence of its own. */
export function sentence(text: string): string {
  const trimmed = text.trim();
  return /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}
