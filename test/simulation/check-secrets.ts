// A secret answer is used by its step and seen nowhere else: not in the log, not in what is told, not in output.

import { TOKEN } from "./random-step.ts";
import { secretOf } from "./random-people.ts";
import type { RunBench } from "./run-bench.ts";

/** Sentences about what is not as it must be. */
export async function secretViolations(bench: RunBench, runId: string): Promise<readonly string[]> {
  const { plan, events } = bench.database.view(runId);
  const secretive = plan.steps.filter((step) => TOKEN in step.with);
  if (secretive.length === 0) return [];
  const output = await bench.database.connect().output(runId);
  const told = JSON.stringify([
    events,
    bench.database.notices,
    bench.database.asked(runId),
    bench.database.audit,
    bench.report(runId),
    output,
  ]);
  const reading = events.map(({ event }) => event);
  return secretive.flatMap(({ id: stepId }) => {
    const secret = secretOf({ runId, stepId });
    const seen = told.includes(JSON.stringify(secret).slice(1, -1));
    const done = reading.some(
      (event) => event.kind === "attempt.succeeded" && isForward(event.call, stepId),
    );
    const answered = reading.some(
      (event) =>
        event.kind === "step.inquiry-answered" &&
        event.stepId === stepId &&
        TOKEN in event.answers &&
        event.answers[TOKEN] !== null,
    );
    return [
      ...(seen ? [`the secret answer for ${stepId} is seen in the clear`] : []),
      ...(done && answered && !bench.world.tokens.has(secret)
        ? [`${stepId} was done without the secret that was its answer`]
        : []),
    ];
  });
}

function isForward(
  call: { readonly phase: string; readonly stepId: string },
  stepId: string,
): boolean {
  return call.phase === "forward" && call.stepId === stepId;
}
