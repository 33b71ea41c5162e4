// `countersign run list|show|logs`: what an operator sees with Slack down, straight from the database.

import type { RunStore, RunView } from "#engine/run-store.ts";
import type { Database } from "#adapters/postgres/database.ts";
import { openDatabase } from "#adapters/postgres/open-database.ts";
import { createRunStore } from "#adapters/postgres/run-store.ts";
import { listRuns } from "#adapters/postgres/run-list.ts";
import { systemClock } from "#adapters/system/system-clock.ts";
import { counted, reveal } from "#bot/messages/plain.ts";
import { logText } from "#bot/outbound/full-log.ts";
import { runShown } from "#terminal/run-shown.ts";
import { runTable } from "#terminal/run-table.ts";
import type { Config, ConfigOverrides } from "../config.ts";
import type { CommandOutput } from "./command-output.ts";
import { withOpened } from "./open-for-operator.ts";
import type { Opened } from "./open-for-operator.ts";

export const NO_SUCH_RUN = "There is no such run. Those there are: countersign run list --all";

/** Runs that have not ended, or all of them, newest first. */
export function runList(
  { ended, limit }: { readonly ended: boolean; readonly limit: number },
  overrides: ConfigOverrides,
  output: CommandOutput,
): Promise<number> {
  return withOpened(openForReading, overrides, output, async ({ database }) => {
    const runs = await listRuns(database, { ended, limit: limit + 1 });
    if (runs.length === 0)
      return output.print(
        ended ? "There are no runs." : "No run is under way. Those that ended: run list --all",
      );
    output.print(runTable(runs.slice(0, limit), systemClock.now(), output.screen));
    return runs.length > limit
      ? output.print(`There are more than ${counted(limit, "run")}: raise --limit.`)
      : 0;
  });
}

export function runShow(
  runId: string,
  overrides: ConfigOverrides,
  output: CommandOutput,
): Promise<number> {
  return withRun(runId, overrides, output, async (view, { runs }) => {
    const now = systemClock.now();
    const tail = await runs.outputTail(runId, TAIL_LINES);
    const wait = view.status === "queued" ? await runs.lockWait(runId) : null;
    return output.print(runShown({ view, output: tail, now, wait }, output.screen));
  });
}

const TAIL_LINES = 12;

/** @param call a step's id, or the name of one of its rollback's calls as the log has it; null: all. */
export function runLogs(
  { runId, call }: { readonly runId: string; readonly call: string | null },
  overrides: ConfigOverrides,
  output: CommandOutput,
): Promise<number> {
  return withRun(runId, overrides, output, async (_view, { runs }) => {
    const all = await runs.output(runId);
    const chunks = call === null ? all : all.filter((chunk) => chunk.call === call);
    if (chunks.length > 0) return output.print(reveal(logText(chunks)).trimEnd());
    const calls = [...new Set(all.map((chunk) => chunk.call))];
    output.complain(
      calls.length === 0
        ? `Run ${runId} has written nothing.`
        : `Run ${runId} has no output of ${reveal(call ?? "")}. It has some of ${reveal(calls.join(", "))}.`,
    );
    return call === null ? 0 : 1;
  });
}

type Reading = Opened & { readonly database: Database; readonly runs: RunStore };

/** Looking needs no queue. */
async function openForReading(config: Config): Promise<Reading> {
  const database = await openDatabase(config);
  return { database, runs: createRunStore(database), close: () => database.close() };
}

function withRun(
  runId: string,
  overrides: ConfigOverrides,
  output: CommandOutput,
  act: (view: RunView, reading: Reading) => Promise<number>,
): Promise<number> {
  return withOpened(openForReading, overrides, output, async (reading) => {
    const view = await reading.runs.view(runId);
    if (view !== null) return act(view, reading);
    output.complain(NO_SUCH_RUN);
    return 1;
  });
}
