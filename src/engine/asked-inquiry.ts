// Where a question that a run asks before one of its steps stands, told from the run's events alone. Moves nothing:
// that is the run's own fold.

import type { Actor } from "./identity.ts";
import type { JsonObject } from "./json.ts";
import { asOf, endsWaiting } from "./asked-approval.ts";
import { clockAfter, GOING, stoodUntil } from "./asking-clock.ts";
import type { RecordedRunEvent } from "./run.ts";
import type { Instant } from "./time.ts";

export type InquiryEnd =
  | {
      readonly kind: "answered";
      readonly answers: JsonObject;
      /** Nobody: the time was over and the defaults stand. */
      readonly by: Actor | null;
      readonly at: Instant;
    }
  | { readonly kind: "expired"; readonly at: Instant }
  /** The run was canceled, rolled back or ended, or the step skipped, before anybody answered. */
  | { readonly kind: "left"; readonly explanation: string; readonly at: Instant };

export type AskedInquiry = {
  readonly stepId: string;
  /** 1-based: a step that is tried again may ask again. */
  readonly opening: number;
  readonly openedAt: Instant;
  /** While its clock stands: if it went on now. */
  readonly closesAt: Instant;
  /** Its clock stands, because the run is paused or held. */
  readonly stands: boolean;
  readonly end: InquiryEnd | null;
};

/** Null: this step asked nothing yet. */
export function inquiryOf(
  events: readonly RecordedRunEvent[],
  stepId: string,
  now: Instant,
): AskedInquiry | null {
  return inquiriesOf(events, now).get(stepId) ?? null;
}

/** Those that wait for an answer, in the order in which they were asked first. */
export function openInquiries(
  events: readonly RecordedRunEvent[],
  now: Instant,
): readonly AskedInquiry[] {
  return [...inquiriesOf(events, now).values()].filter(({ end }) => end === null);
}

/** The newest question of each step that asked one, as of `now`, in the order in which they were asked first. */
function inquiriesOf(
  events: readonly RecordedRunEvent[],
  now: Instant,
): ReadonlyMap<string, AskedInquiry> {
  const states = new Map<string, AskedInquiry>();
  let clock = GOING;
  const end = (stepId: string, how: InquiryEnd): void => {
    const state = states.get(stepId);
    if (state !== undefined && state.end === null) states.set(stepId, { ...state, end: how });
  };
  for (const recorded of events) {
    const { event, at } = recorded;
    clock = clockAfter(clock, recorded);
    switch (event.kind) {
      case "step.inquiry-opened": {
        const { stepId } = event;
        const opening = (states.get(stepId)?.opening ?? 0) + 1;
        const closesAt = event.closesAt - stoodUntil(clock, at);
        states.set(stepId, { stepId, opening, openedAt: at, closesAt, stands: false, end: null });
        break;
      }
      case "step.inquiry-answered":
        end(event.stepId, { kind: "answered", answers: event.answers, by: event.by, at });
        break;
      case "step.inquiry-expired":
        end(event.stepId, { kind: "expired", at });
        break;
      case "step.skipped":
        end(event.stepId, { kind: "left", explanation: "The step was left out.", at });
        break;
      default: {
        const explanation = endsWaiting(event.kind);
        if (explanation === null) break;
        for (const stepId of states.keys()) end(stepId, { kind: "left", explanation, at });
      }
    }
  }
  return asOf(states, clock, now);
}
