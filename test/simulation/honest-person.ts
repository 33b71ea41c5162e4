// A person in the thread who looks at the world before answering a run's question.

import type { UnknownAnswer } from "#engine/run.ts";
import { foldRun } from "#engine/run-fold.ts";
import { questionOf } from "#engine/run-state.ts";
import { callOf } from "#engine/step-state.ts";
import type { RunBench } from "./run-bench.ts";

const PERSON = { kind: "person", teamId: "T1", userId: "UHONEST" } as const;

/**
 * Answers the open question, if there is one and the world has come to rest.
 * @param whenNot what to say when it did not happen.
 */
export function answerHonestly(
  bench: RunBench,
  whenNot: UnknownAnswer = "try-again",
  runId = "run-1",
): boolean {
  const view = bench.database.view(runId);
  const state = foldRun(view.plan, view.events);
  const question = questionOf(state);
  if (question === null) return false;
  const { call, attempt } = question;
  const step = state.steps.get(call.stepId);
  const { switch: name, to } = (step && callOf(step, call)?.intent?.input) ?? {};
  if (typeof name !== "string" || bench.world.isUnderWay(name)) return false;
  const answer = bench.world.state(name) === to ? "it-happened" : whenNot;
  bench.ask({ kind: "answer", by: PERSON, call, attempt, answer }, runId);
  return true;
}
