// What people say to a run: pause, resume, cancel, roll back, how an attempt went; and its status and output.

import { controlRun } from "#engine/control-run.ts";
import type { RunControl } from "#engine/control-run.ts";
import { fileRollback } from "#engine/file-rollback.ts";
import { nearestName } from "#engine/nearest-name.ts";
import { callKey } from "#engine/notice.ts";
import { overrideBreaker } from "#engine/override-breaker.ts";
import type { PlanRecord } from "#engine/plan.ts";
import { isFinal } from "#engine/run.ts";
import type { UnknownAnswer } from "#engine/run.ts";
import { reportRun } from "#engine/run-report.ts";
import type { RunView } from "#engine/run-store.ts";
import { steerStep } from "#engine/steer-step.ts";
import type { StepWish } from "#engine/steer-step.ts";
import { runProgressMessage } from "../messages/run-progress.ts";
import { outputMessage } from "../messages/said.ts";
import { restOf } from "../outbound/estimates.ts";
import { refusedAnswer, said } from "../reply.ts";
import type { Answer } from "../reply.ts";
import { askerOf } from "../requester.ts";
import type { Desk, Requester } from "../requester.ts";
import { runOf, waitOf } from "./find-plan.ts";
import { show } from "./look-up.ts";

type Steering = Extract<RunControl["request"], string>;

const ASKED: Readonly<Record<Steering, string>> = {
  pause: "Pause asked for. What runs now is finished, then nothing new starts.",
  resume: "Asked to go on.",
  cancel: "Cancel asked for. What runs now is stopped and nothing new starts; what was done stays.",
  rollback: "Rollback asked for. What runs now is stopped, then what was done is taken back.",
};
const ANSWERED: Readonly<Record<UnknownAnswer, string>> = {
  "it-happened": "Noted: it happened. The run goes on from there.",
  "it-did-not-happen": "Noted: it did not happen. It is handled as a failure.",
  "try-again": "Noted: it is tried again.",
  "give-up": "Noted: it is given up.",
};
const TAIL_LINES = 12;
const LOG_CHARACTERS = 2_500;

export async function steerRun(
  desk: Desk,
  requester: Requester,
  record: PlanRecord,
  request: RunControl["request"],
): Promise<Answer> {
  const view = await runOf(desk, record);
  if (view === null)
    return said(
      `Plan ${record.id} has no run yet: it starts when it is approved. To take the plan back, say withdraw.`,
      "warning",
    );
  if (request === "rollback" && isFinal(view.status))
    return takeBack(desk, requester, record, view.runId);
  const result = await controlRun(desk.ports, askerOf(desk, requester, record.conversation), {
    runId: view.runId,
    request,
  });
  if (!result.ok) return refusedAnswer(result.refusal);
  return said(typeof request === "string" ? ASKED[request] : ANSWERED[request.answer], "done");
}

/** Retry or leave out a step. @param about.step null: the only one that failed. */
export async function steerStepOf(
  desk: Desk,
  requester: Requester,
  record: PlanRecord,
  about: { readonly step: string | null; readonly wish: StepWish },
): Promise<Answer> {
  const view = await runOf(desk, record);
  if (view === null)
    return said(`Plan ${record.id} has no run yet, so no step has failed.`, "warning");
  const result = await steerStep(desk.ports, askerOf(desk, requester, record.conversation), {
    runId: view.runId,
    stepId: about.step,
    wish: about.wish,
  });
  if (!result.ok) return refusedAnswer(result.refusal);
  const { stepId } = result.value;
  return said(
    about.wish.kind === "retry"
      ? `Retry asked for: step ${stepId} is tried again, its checks first.`
      : `Skip asked for: the run goes on without step ${stepId}.`,
    "done",
  );
}

/** What a finished run did goes back by a plan of its own, whose card is posted in the same thread. */
async function takeBack(
  desk: Desk,
  requester: Requester,
  { conversation }: PlanRecord,
  runId: string,
): Promise<Answer> {
  const asker = askerOf(desk, requester, conversation);
  const result = await fileRollback(desk.ports, asker, runId);
  if (!result.ok) return refusedAnswer(result.refusal);
  const { planId } = result.value;
  return said(
    `Plan ${planId} takes back what run ${runId} did. Its card is in the thread; it runs once it is approved.`,
    "done",
  );
}

/** @param target null: the only one whose breaker holds the run back. */
export async function override(
  desk: Desk,
  requester: Requester,
  record: PlanRecord,
  target: string | null,
): Promise<Answer> {
  const view = await runOf(desk, record);
  if (view === null)
    return said(`Plan ${record.id} has no run yet, so nothing holds it back.`, "warning");
  const result = await overrideBreaker(desk.ports, askerOf(desk, requester, record.conversation), {
    runId: view.runId,
    target,
  });
  if (!result.ok) return refusedAnswer(result.refusal);
  return said(
    `Override asked for: this run goes on although calls to ${result.value.target} fail too often.`,
    "done",
  );
}

/** How the run stands; before there is one, how the plan stands. */
export async function runStatus(desk: Desk, record: PlanRecord): Promise<Answer> {
  const view = await runOf(desk, record);
  if (view === null) return { message: await show(desk, record), to: "everyone" };
  const now = desk.ports.clock.now();
  const output = await desk.ports.runs.outputTail(view.runId, TAIL_LINES);
  const wait = await waitOf(desk, view);
  const report = reportRun(view, now);
  const rest = await restOf(desk.ports.timings, report, now);
  return {
    message: runProgressMessage({ report, output, now, wait, rest }),
    to: "everyone",
  };
}

export async function runLogs(
  desk: Desk,
  record: PlanRecord,
  step: string | null,
): Promise<Answer> {
  const view = await runOf(desk, record);
  if (view === null)
    return said(`Plan ${record.id} has not run, so there is no output.`, "warning");
  const unknown = step === null ? null : unknownStep(view, step);
  if (unknown !== null) return said(unknown, "warning");
  const chunks = await desk.ports.runs.output(view.runId, ...(step === null ? [] : [step]));
  const text = chunks.map((chunk) => chunk.text).join("");
  const about = step === null ? `Output of ${view.runId}` : `Output of ${step} in ${view.runId}`;
  if (text === "") return said(`${about}: nothing was written.`);
  const output = text.slice(-LOG_CHARACTERS);
  const title =
    output.length < text.length
      ? `${about}: the last ${output.length} of ${text.length} characters, the rest is in the log file at the run's end`
      : about;
  return { message: outputMessage({ title, output, logLink: null }), to: "everyone" };
}

function unknownStep({ plan }: RunView, step: string): string | null {
  const names = plan.steps.flatMap(({ id, rollback }) => [
    id,
    ...(rollback.kind === "commands"
      ? rollback.calls.map((_call, index) => callKey({ phase: "rollback", stepId: id, index }))
      : []),
  ]);
  if (names.includes(step)) return null;
  const nearest = nearestName(step, names);
  return `The plan has no step ${step.slice(0, 60)}.${nearest === null ? ` It has ${names.slice(0, 10).join(", ")}.` : ` Did you mean ${nearest}?`}`;
}
