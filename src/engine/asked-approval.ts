// Where the approval inside a run that one of its steps waits for stands, told from the run's events alone: for
// votes, cards and lists. Moves nothing: that is the run's own fold.

import { clockAfter, GOING, stoodUntil } from "./asking-clock.ts";
import type { AskingClock } from "./asking-clock.ts";
import type { ApprovalOutcome, RecordedRunEvent, StepVote } from "./run.ts";
import { endsRun, speaksTo } from "./run.ts";
import type { NumberedControl } from "./run-store.ts";
import type { Instant } from "./time.ts";

export type ApprovalEnd = {
  /** `left`: the run was canceled, rolled back or ended, or the step skipped, before anybody decided. */
  readonly outcome: ApprovalOutcome | "left";
  /** User ids whose approvals counted. */
  readonly counted: readonly string[];
  readonly explanation: string;
  readonly at: Instant;
};

export type AskedApproval = {
  readonly stepId: string;
  /** 1-based: a step that is tried again asks again, and earlier votes are void. */
  readonly opening: number;
  readonly openedAt: Instant;
  /** While its clock stands: if it went on now. */
  readonly closesAt: Instant;
  /** Its clock stands, because the run is paused or held. */
  readonly stands: boolean;
  /** Each person's newest word since it was opened. */
  readonly votes: readonly StepVote[];
  readonly end: ApprovalEnd | null;
};

/** Null: nobody was asked to approve this step. */
export function approvalOf(
  events: readonly RecordedRunEvent[],
  stepId: string,
  now: Instant,
): AskedApproval | null {
  return approvalsOf(events, now).get(stepId) ?? null;
}

/** Those that wait for votes, in the order in which they were opened first. */
export function openApprovals(
  events: readonly RecordedRunEvent[],
  now: Instant,
): readonly AskedApproval[] {
  return [...approvalsOf(events, now).values()].filter(({ end }) => end === null);
}

/** The newest approval of each step that asked for one, as of `now`, in the order in which they were opened first. */
function approvalsOf(
  events: readonly RecordedRunEvent[],
  now: Instant,
): ReadonlyMap<string, AskedApproval> {
  const states = new Map<string, AskedApproval>();
  let clock = GOING;
  const change = (stepId: string, next: (state: AskedApproval) => AskedApproval): void => {
    const state = states.get(stepId);
    if (state !== undefined && state.end === null) states.set(stepId, next(state));
  };
  for (const recorded of events) {
    const { event, at } = recorded;
    clock = clockAfter(clock, recorded);
    switch (event.kind) {
      case "step.approval-opened": {
        const { stepId } = event;
        const opening = (states.get(stepId)?.opening ?? 0) + 1;
        const closesAt = event.closesAt - stoodUntil(clock, at);
        const asked = { stepId, opening, openedAt: at, closesAt, stands: false };
        states.set(stepId, { ...asked, votes: [], end: null });
        break;
      }
      case "step.approval-voted":
        change(event.stepId, (state) => withVote(state, event.vote));
        break;
      case "step.approval-closed": {
        const { stepId, outcome, counted, explanation } = event;
        change(stepId, (state) => ({ ...state, end: { outcome, counted, explanation, at } }));
        break;
      }
      case "step.skipped":
        change(event.stepId, (state) => ({ ...state, end: left("The step was left out.", at) }));
        break;
      default: {
        const why = endsWaiting(event.kind);
        if (why === null) break;
        for (const stepId of states.keys())
          change(stepId, (state) => ({ ...state, end: left(why, at) }));
      }
    }
  }
  return asOf(states, clock, now);
}

/** Closing times are kept without the time that the clock stood; here it is added. */
export function asOf<
  T extends Pick<AskedApproval, "closesAt" | "stands"> & { readonly end: unknown },
>(states: ReadonlyMap<string, T>, clock: AskingClock, now: Instant): ReadonlyMap<string, T> {
  const stoodMs = stoodUntil(clock, now);
  return new Map(
    [...states].map(([stepId, state]) => {
      const stands = clock.since !== null && state.end === null;
      return [stepId, { ...state, closesAt: state.closesAt + stoodMs, stands }];
    }),
  );
}

/** The state with the votes that were recorded and that the run's owner has not yet taken in. */
export function withRequestedVotes(
  state: AskedApproval,
  controls: readonly NumberedControl[],
): AskedApproval {
  const since = controls.flatMap(({ request }) =>
    request.kind === "vote" &&
    request.stepId === state.stepId &&
    speaksTo(request, state.opening) &&
    request.vote.at >= state.openedAt &&
    !state.votes.some(({ requestId }) => requestId === request.vote.requestId)
      ? [request.vote]
      : [],
  );
  return since.reduce(withVote, state);
}

/** The vote in the place of the same person's earlier one. */
export function withVote(state: AskedApproval, vote: StepVote): AskedApproval {
  const earlier = state.votes.find(({ userId }) => userId === vote.userId);
  if (earlier !== undefined && earlier.at > vote.at) return state;
  return { ...state, votes: [...state.votes.filter((one) => one !== earlier), vote] };
}

function left(explanation: string, at: Instant): ApprovalEnd {
  return { outcome: "left", counted: [], explanation, at };
}

/** Why nobody is waited for after such an event, as a sentence; null: it ends no waiting. */
export function endsWaiting(kind: RecordedRunEvent["event"]["kind"]): string | null {
  if (kind === "run.rollback-started") return "The run is rolled back.";
  if (kind === "run.cancel-requested") return "The run is canceled.";
  return endsRun(kind) ? "The run has ended." : null;
}
