// What people say to a step that waits for them: votes on its approval, and answers to its question. Each way in
// ends here, so that all of them decide alike.

import { answerInquiry } from "#engine/answer-inquiry.ts";
import { openApprovals } from "#engine/asked-approval.ts";
import { inquiryOf } from "#engine/asked-inquiry.ts";
import { audited } from "#engine/audited-use-case.ts";
import type { PlanRecord, PlanStep } from "#engine/plan.ts";
import type { Refusal } from "#engine/refusal.ts";
import { refuse } from "#engine/result.ts";
import type { Result } from "#engine/result.ts";
import type { RunView } from "#engine/run-store.ts";
import { memberOrRefusal } from "#engine/sound-plan.ts";
import { stepNamed } from "#engine/step-named.ts";
import type { Entered } from "#engine/validate-answer.ts";
import { voteOnStep } from "#engine/vote-on-step.ts";
import type { AskingRef } from "../messages/identifiers.ts";
import { shownText } from "../messages/step-approval.ts";
import { VIEW_FORMAT } from "../messages/view-hash.ts";
import { refusedAnswer, said } from "../reply.ts";
import type { Answer } from "../reply.ts";
import { askerOf } from "../requester.ts";
import type { Desk, Requester } from "../requester.ts";
import { runOf } from "./find-plan.ts";

export type StepWord = {
  readonly stepId: string;
  /** From the card; null: words in the thread, which mean the newest asking. */
  readonly opening: number | null;
  readonly choice: "approve" | "reject";
  readonly reason: string | null;
};

/** A step of a run that a button or window is about. */
export type AskingOf = {
  readonly view: RunView;
  readonly record: PlanRecord;
  readonly step: PlanStep;
  readonly opening: number;
};

/** Null: there is no such run or step here. */
export async function askingOf(
  { ports, slack }: Desk,
  ref: (Pick<AskingRef, "runId" | "opening"> & { readonly stepIndex: number }) | null,
): Promise<AskingOf | null> {
  const view = ref === null ? null : await ports.runs.view(ref.runId);
  const record = view === null ? null : await ports.plans.get(view.planId);
  const step = ref === null ? undefined : view?.plan.steps[ref.stepIndex];
  if (ref === null || view === null || record === null || step === undefined) return null;
  if (record.conversation.teamId !== slack.identity.teamId) return null;
  return { view, record, step, opening: ref.opening };
}

/**
 * Which step's approval the words in a thread mean; null: none waits and none was named, so they are about the plan.
 * Whoever names a step means that step: it is never taken for the plan.
 * @param named the step, when it was named. @param reason a rejection's words, which may begin with the step.
 */
export async function askedStep(
  desk: Desk,
  record: PlanRecord,
  named: string | null,
  reason: string | null,
): Promise<Pick<StepWord, "stepId" | "opening" | "reason"> | null> {
  if (named !== null) return { stepId: named, opening: null, reason };
  const view = await runOf(desk, record);
  if (view === null) return null;
  const open = openApprovals(view.events, desk.ports.clock.now());
  const [only] = open;
  if (only === undefined) return null;
  const [first = "", ...others] = (reason ?? "").split(/\s+/);
  const meant = open.find(({ stepId }) => stepId === first);
  if (meant !== undefined)
    return { stepId: meant.stepId, opening: null, reason: others.join(" ") || null };
  return { stepId: open.length === 1 ? only.stepId : "", opening: null, reason };
}

export async function voteInRun(
  desk: Desk,
  requester: Requester,
  record: PlanRecord,
  word: StepWord,
): Promise<Answer> {
  const view = await runOf(desk, record);
  if (view === null) return withoutRun(desk, requester, record, word);
  if (word.stepId === "") return said(`Which step? ${openWords(desk, view)}`, "warning");
  const result = await voteOnStep(desk.ports, askerOf(desk, requester, record.conversation), {
    ...word,
    runId: view.runId,
    viewFormat: VIEW_FORMAT,
    viewHash: word.opening === null ? null : viewHashOf(desk, view, word.stepId),
  });
  if (!result.ok) return refusedAnswer(result.refusal);
  const { verdict, stepId } = result.value;
  if (word.choice === "reject")
    return said(`You rejected step ${stepId}. It will not run.`, "done");
  return said(
    verdict.outcome === "approved"
      ? `You approved step ${stepId}. It goes on now.`
      : `You approved step ${stepId}: ${verdict.had} of ${verdict.needed} so far.`,
    "done",
  );
}

/** Says why, and has it in the audit log: whoever names a step must not be taken to mean the plan. */
async function withoutRun(
  desk: Desk,
  requester: Requester,
  record: PlanRecord,
  { stepId, choice }: StepWord,
): Promise<Answer> {
  const { id: planId, status, plan, conversation } = record;
  const attempted = `${choice} step ${stepId} of plan ${planId}`;
  const asker = askerOf(desk, requester, conversation);
  const result = await audited<never>(
    desk.ports,
    asker,
    { attempted, planId, runId: null },
    async () => {
      const person = await memberOrRefusal(desk.ports, asker);
      if (!person.ok) return person;
      const named = stepNamed(plan, stepId);
      return named.ok ? refuse({ code: "step-without-run", stepId, planId, status }) : named;
    },
  );
  return result.ok ? result.value : refusedAnswer(result.refusal);
}

/** What the card says of the step itself; the votes and the clock below it change while people look. */
function viewHashOf({ ports }: Desk, view: RunView, stepId: string): string | null {
  const step = view.plan.steps.find(({ id }) => id === stepId);
  return step === undefined ? null : ports.sha256(shownText(view, step));
}

function openWords({ ports }: Desk, { events }: RunView): string {
  const open = openApprovals(events, ports.clock.now());
  const names = open.slice(0, 10).map(({ stepId }) => stepId);
  return `Several wait for an approval: ${names.join(", ")}. Write approve or reject with the step.`;
}

/** Records the answer, or says what is wrong with it. */
export function answerStep(
  desk: Desk,
  requester: Requester,
  record: PlanRecord,
  answer: {
    readonly runId: string;
    readonly stepId: string;
    readonly opening: number | null;
    readonly entered: Readonly<Record<string, Entered>>;
  },
): Promise<Result<{ readonly stepId: string }, Refusal>> {
  return answerInquiry(desk.ports, askerOf(desk, requester, record.conversation), answer);
}

export function answeredAnswer(result: Result<{ readonly stepId: string }, Refusal>): Answer {
  return result.ok
    ? said(`Noted. Step ${result.value.stepId} goes on with your answer.`, "done")
    : refusedAnswer(result.refusal);
}

/** Whether the question is still open, for opening its window. */
export function isOpenInquiry({ ports }: Desk, { view, step, opening }: AskingOf): boolean {
  const asked = inquiryOf(view.events, step.id, ports.clock.now());
  return asked !== null && asked.end === null && asked.opening === opening;
}
