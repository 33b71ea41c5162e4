// `countersign plan checkpoints|rollback|restore`: writes the plan that takes a finished run back, or puts a checkpoint
// back, as a file. States are read with this machine's credentials; nothing is changed, filed or recorded.

import { nearestName } from "#engine/nearest-name.ts";
import { writeRollback } from "#engine/file-rollback.ts";
import { explainRefusal } from "#engine/explain-refusal.ts";
import type { Refusal } from "#engine/refusal.ts";
import type { JsonObject } from "#engine/json.ts";
import type { Registry } from "#engine/operation.ts";
import { writeRestore } from "#engine/restore-checkpoint.ts";
import { createCheckpointStore, listCheckpoints } from "#adapters/postgres/checkpoint-store.ts";
import type { Database } from "#adapters/postgres/database.ts";
import { openDatabase } from "#adapters/postgres/open-database.ts";
import { createPlanStore } from "#adapters/postgres/plan-store.ts";
import { createRunStore } from "#adapters/postgres/run-store.ts";
import { createSecretRedactor } from "#adapters/redaction/secret-redactor.ts";
import { sha256 } from "#adapters/system/sha256.ts";
import { systemClock } from "#adapters/system/system-clock.ts";
import { checkpointsMessage } from "#bot/messages/checkpoints-list.ts";
import { reveal } from "#bot/messages/plain.ts";
import { blockText } from "#terminal/block-text.ts";
import { exactJson } from "#terminal/exact-json.ts";
import type { Config, ConfigOverrides } from "../config.ts";
import type { CommandOutput } from "./command-output.ts";
import { withOpened } from "./open-for-operator.ts";
import type { Opened } from "./open-for-operator.ts";
import { openOperations } from "./open-operations.ts";
import { NO_SUCH_RUN } from "./run-commands.ts";

const MOST_LISTED = 200;

export function planCheckpoints(
  overrides: ConfigOverrides,
  output: CommandOutput,
): Promise<number> {
  return withOpened(openToRead, overrides, output, async ({ database }) => {
    const checkpoints = await listCheckpoints(database, { name: null, limit: MOST_LISTED });
    return output.print(blockText(checkpointsMessage({ checkpoints }).blocks, output.screen));
  });
}

/** Exit code 1 when there is no way back, or the world has moved on. */
export function planRollback(
  runId: string,
  overrides: ConfigOverrides,
  output: CommandOutput,
): Promise<number> {
  return withOpened(openToRead, overrides, output, async ({ database, registry }) => {
    const runs = createRunStore(database, unheard);
    const plans = createPlanStore(database, unheard);
    const ports = { runs, plans, registry, clock: systemClock, sha256 };
    const written = await writeRollback(ports, runId);
    return written.ok ? told(written.value, output) : refused(written.refusal, output);
  });
}

/** Exit code 0 also when nothing differs: then nothing is written. */
export function planRestore(
  name: string,
  overrides: ConfigOverrides,
  output: CommandOutput,
): Promise<number> {
  return withOpened(openToRead, overrides, output, async ({ database, registry }) => {
    const [one, ...others] = await listCheckpoints(database, { name, limit: 2 });
    if (one === undefined) return refused(await unknown(database, name), output);
    if (others.length > 0) return several(name, output);
    const checkpoint = await createCheckpointStore(database).get(one.teamId, name);
    if (checkpoint === null) return refused(await unknown(database, name), output);
    const written = await writeRestore({ registry, clock: systemClock, sha256 }, checkpoint);
    if (!written.ok) return refused(written.refusal, output);
    const { source, notes } = written.value;
    if (source !== null) return told({ source, notes }, output);
    output.complain(`Everything that checkpoint ${reveal(name)} keeps is as it was.`);
    for (const note of notes) output.complain(reveal(note));
    return 0;
  });
}

async function unknown(database: Database, found: string): Promise<Refusal> {
  const all = await listCheckpoints(database, { name: null, limit: MOST_LISTED });
  const names = all.map((one) => one.name);
  return { code: "checkpoint-not-found", found, nearest: nearestName(found, names) };
}

function several(name: string, output: CommandOutput): number {
  output.complain(
    `Several workspaces have a checkpoint ${reveal(name)}: restore it in Slack, where the workspace is known.`,
  );
  return 1;
}

/** The plan to standard output, so that it can be kept or handed on; what it leaves out to standard error. */
function told(
  { source, notes }: { readonly source: JsonObject; readonly notes: readonly string[] },
  output: CommandOutput,
): number {
  for (const note of notes) output.complain(reveal(note));
  return output.print(exactJson(source));
}

function refused(refusal: Refusal, output: CommandOutput): number {
  const text = refusal.code === "run-not-found" ? NO_SUCH_RUN : explainRefusal(refusal);
  output.complain(reveal(text));
  return 1;
}

type Reading = Opened & { readonly database: Database; readonly registry: Registry };

/** Looking needs no queue. */
async function openToRead(config: Config): Promise<Reading> {
  const database = await openDatabase(config);
  const operations = openOperations(config, createSecretRedactor(config.secrets));
  const close = async (): Promise<void> => {
    operations.close();
    await database.close();
  };
  return { database, registry: operations.registry, close };
}

/** Nothing is written here, so nobody has to hear of it. */
function unheard(): void {}
