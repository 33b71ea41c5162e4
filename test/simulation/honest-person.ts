// A person in the thread who looks at the world before answering a run's question.

import type { UnknownAnswer } from "#engine/run.ts";
import { questionOf, foldRun } from "#engine/run-state.ts";
import type { RunBench } from "./run-bench.ts";

const PERSON = { kind: "person", teamId: "T1", userId: "UHONEST" } as const;

/** Answers the open question, if there is one. @param whenNot what to say when it did not happen. */
export function answerHonestly(bench: RunBench, whenNot: UnknownAnswer = "try-again"): boolean {
  const view = bench.database.view("run-1");
  const question = questionOf(foldRun(view.plan, view.events));
  if (question === null) return false;
  const { call, attempt } = question;
  const wanted = call.phase === "forward" ? "on" : "off";
  const happened = bench.world.state(call.stepId) === wanted;
  bench.ask({
    kind: "answer",
    by: PERSON,
    call,
    attempt,
    answer: happened ? "it-happened" : whenNot,
  });
  return true;
}
