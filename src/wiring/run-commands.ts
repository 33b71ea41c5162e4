// `countersign run ...`: what an operator sees and stops with Slack down, straight from the database. Whoever has its
// credentials may stop a run or let it go on; approving, retrying and starting need people, and aren't here.

import { existsSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import { operateRun } from "#engine/operate-run.ts";
import type { OperatorRequest } from "#engine/operate-run.ts";
import { explainRefusal } from "#engine/refusal.ts";
import type { RunEvent } from "#engine/run.ts";
import { reportRun } from "#engine/run-report.ts";
import type { RunStore, RunView } from "#engine/run-store.ts";
import { DirectoryInUse } from "#adapters/postgres/directory-lock.ts";
import { listRuns } from "#adapters/postgres/run-list.ts";
import { systemClock } from "#adapters/system/system-clock.ts";
import { counted, reveal } from "#bot/messages/plain.ts";
import { progressWords } from "#bot/messages/run-headline.ts";
import { runWord } from "#bot/messages/step-marks.ts";
import { logText } from "#bot/outbound/full-log.ts";
import { runShown } from "#terminal/run-shown.ts";
import { runTable } from "#terminal/run-table.ts";
import { loadConfig } from "../config.ts";
import type { Config, ConfigOverrides } from "../config.ts";
import type { CommandOutput } from "./command-output.ts";
import { openStorage } from "./open-storage.ts";
import type { Storage } from "./open-storage.ts";

/** Runs that have not ended, or all of them, newest first. */
export function runList(
  { ended, limit }: { readonly ended: boolean; readonly limit: number },
  overrides: ConfigOverrides,
  output: CommandOutput,
): Promise<number> {
  return withStorage(overrides, output, async ({ database }) => {
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
    const shown = { report: reportRun(view, now), output: tail, owner: view.owner, now };
    return output.print(runShown(shown, output.screen));
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

/** Records what is asked for and waits a moment to see it done. */
export function runControl(
  { runId, request }: { readonly runId: string; readonly request: OperatorRequest },
  overrides: ConfigOverrides,
  output: CommandOutput,
): Promise<number> {
  return withStorage(overrides, output, async ({ runs, audit, shared }) => {
    const operator = operatorName();
    const asked = await operateRun(
      { runs, audit, clock: systemClock },
      { runId, request, operator },
    );
    if (!asked.ok) {
      output.complain(refusalText(asked.refusal.code, explainRefusal(asked.refusal)));
      return 1;
    }
    output.print(`Asked for as ${operator}: ${request} ${runId}.`);
    // In an embedded database nobody else can be at work.
    const effect = await effectOf(runs, asked.value, {
      request,
      withinMs: shared ? HEARD_WITHIN_MS : 0,
    });
    return output.print(effectText(effect, request));
  });
}

/** `root@db-1`; in a container the user may have a number only. */
function operatorName(): string {
  let user: string;
  try {
    user = userInfo().username;
  } catch {
    user = `uid-${process.getuid?.() ?? "unknown"}`;
  }
  return `${user}@${hostname()}`;
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
  const progress = progressWords(reportRun(view, systemClock.now()));
  const state = `${runWord(view.status)}: ${progress}`;
  if (heard) return state;
  const worker = view.owner === null ? "No worker has it in hand" : `Worker ${view.owner} has it`;
  const waits =
    request === "resume" && !["paused", "held"].includes(view.status)
      ? "It was not paused, so there is nothing to resume."
      : `${worker} and has not answered yet; the request stays recorded and is carried out by the next one that takes the run.`;
  return `${state}\n${waits}`;
}

function withRun(
  runId: string,
  overrides: ConfigOverrides,
  output: CommandOutput,
  act: (view: RunView, storage: Storage) => Promise<number>,
): Promise<number> {
  return withStorage(overrides, output, async (storage) => {
    const view = await storage.runs.view(runId);
    if (view !== null) return act(view, storage);
    output.complain(refusalText("run-not-found", runId));
    return 1;
  });
}

/** The engine's sentence names Slack's commands where this has its own. */
function refusalText(code: string, sentence: string): string {
  return code === "run-not-found"
    ? "There is no such run. Those there are: countersign run list --all"
    : sentence;
}

async function withStorage(
  overrides: ConfigOverrides,
  output: CommandOutput,
  act: (storage: Storage & { readonly shared: boolean }) => Promise<number>,
): Promise<number> {
  const config = loadConfig(overrides);
  const missing = nothingThere(config);
  if (missing !== null) {
    output.complain(missing);
    return 1;
  }
  let storage: Storage;
  try {
    storage = await openStorage(config, (error) => output.complain(problemOf(error)));
  } catch (error) {
    if (!(error instanceof DirectoryInUse)) throw error;
    output.complain(inUseText(error));
    return 1;
  }
  try {
    return await act({ ...storage, shared: config.databaseUrl !== null });
  } finally {
    await storage.close();
  }
}

/** An empty database made here by mistake would say that no run is under way. */
function nothingThere({ databaseUrl, dataDirectory }: Config): string | null {
  if (databaseUrl !== null || existsSync(join(dataDirectory, "postgres"))) return null;
  return `There is no embedded database in ${dataDirectory}. Set DATABASE_URL to the server that Countersign uses, or COUNTERSIGN_DATA to the folder in which \`start\` keeps its data.`;
}

function inUseText({ message }: DirectoryInUse): string {
  return `${message}
Until then this process is the only one that can reach the runs: use Slack or the playground's page. Stopping it (SIGTERM) finishes or releases what runs; then the runs can be listed, paused and canceled here, and the next start obeys.`;
}

function problemOf(error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  return `The queue does not answer (${reason}). The request is recorded in the database all the same.`;
}
