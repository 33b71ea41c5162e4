// `countersign run pause|resume|cancel`: asks a run's worker through the database, and waits a moment to see it heard.

import { operateRun } from "#engine/operate-run.ts";
import type { OperatorRequest } from "#engine/operate-run.ts";
import { explainRefusal } from "#engine/explain-refusal.ts";
import type { RunEvent } from "#engine/run.ts";
import { reportRun } from "#engine/run-report.ts";
import type { RunStore, RunView } from "#engine/run-store.ts";
import { systemClock } from "#adapters/system/system-clock.ts";
import { progressWords } from "#bot/messages/run-headline.ts";
import { runWord } from "#bot/messages/step-marks.ts";
import type { Config, ConfigOverrides } from "../config.ts";
import type { CommandOutput } from "./command-output.ts";
import { withOpened } from "./open-for-operator.ts";
import { operatorName } from "./operator-name.ts";
import { openStorage } from "./open-storage.ts";
import { NO_SUCH_RUN } from "./run-commands.ts";

/** Records what is asked for and waits a moment to see it done. */
export function runControl(
  { runId, request }: { readonly runId: string; readonly request: OperatorRequest },
  overrides: ConfigOverrides,
  output: CommandOutput,
): Promise<number> {
  let queueProblem: unknown = null;
  const open = (config: Config) =>
    openStorage(config, (error) => {
      queueProblem ??= error;
    });
  return withOpened(open, overrides, output, async ({ runs, audit }, { databaseUrl }) => {
    const operator = operatorName();
    const asked = await operateRun(
      { runs, audit, clock: systemClock },
      { runId, request, operator },
    );
    if (!asked.ok) {
      // The engine's sentence names Slack's commands where this has its own.
      const unknown = asked.refusal.code === "run-not-found";
      output.complain(unknown ? NO_SUCH_RUN : explainRefusal(asked.refusal));
      return 1;
    }
    output.print(`Asked for as ${operator}: ${request} ${runId}.`);
    // In an embedded database nobody else can be at work.
    const effect = await effectOf(runs, asked.value, {
      request,
      withinMs: databaseUrl === null ? 0 : HEARD_WITHIN_MS,
    });
    if (!effect.heard && queueProblem !== null) output.complain(problemOf(queueProblem));
    return output.print(effectText(effect, request));
  });
}

/** How a run's log says that it was heard. */
const HEARD: Readonly<Record<OperatorRequest, RunEvent["kind"]>> = {
  pause: "run.paused",
  resume: "run.resumed",
  cancel: "run.cancel-requested",
};
/** Longer than an idle worker takes to look for work by itself. */
const HEARD_WITHIN_MS = 8_000;
const LOOK_EVERY_MS = 100;

type Effect = { readonly view: RunView; readonly heard: boolean };

async function effectOf(
  runs: RunStore,
  before: RunView,
  { request, withinMs }: { readonly request: OperatorRequest; readonly withinMs: number },
): Promise<Effect> {
  const until = systemClock.now() + withinMs;
  for (;;) {
    const view = (await runs.view(before.runId)) ?? before;
    const added = view.events.slice(before.events.length);
    const heard = added.some(({ event }) => event.kind === HEARD[request]);
    if (heard || isAlready(view, request) || systemClock.now() >= until)
      return { view, heard: heard || isAlready(view, request) };
    await systemClock.sleep(LOOK_EVERY_MS);
  }
}

function isAlready({ status }: RunView, request: OperatorRequest): boolean {
  if (request === "pause") return status === "paused" || status === "held";
  return request === "cancel" && status === "canceled";
}

function effectText({ view, heard }: Effect, request: OperatorRequest): string {
  const report = reportRun(view, systemClock.now());
  const state = `${runWord(report)}: ${progressWords(report)}`;
  if (heard) return state;
  const worker = view.owner === null ? "No worker has it in hand" : `Worker ${view.owner} has it`;
  const waits =
    request === "resume" && !["paused", "held"].includes(view.status)
      ? "It was not paused, so there is nothing to resume."
      : `${worker} and has not answered yet; the request stays recorded and is carried out by the next one that takes the run.`;
  return `${state}\n${waits}`;
}

function problemOf(error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  return `The queue does not answer (${reason}). The request is recorded in the database all the same.`;
}
