// Puts back what a checkpoint kept: reads the states now, finds the way from now to then, and files it as a plan like
// any other. Where nothing differs there is nothing to file; what cannot be put back is said.

import { audited } from "./audited-use-case.ts";
import { couldBeCheckpoint } from "./checkpoint.ts";
import type { Checkpoint, CheckpointEntry } from "./checkpoint.ts";
import { fileRequest } from "./file-plan.ts";
import type { FiledPlan } from "./file-plan.ts";
import type { JsonObject } from "./json.ts";
import { nearestName } from "./nearest-name.ts";
import type { Captured, Registry, Restoration } from "./operation.ts";
import { messageOf } from "./prepare-attempt.ts";
import { readStates } from "./read-state.ts";
import type { ReadStatePorts } from "./read-state.ts";
import type { Refusal } from "./refusal.ts";
import { accept, refuse } from "./result.ts";
import type { Result } from "./result.ts";
import { memberOrRefusal } from "./sound-plan.ts";
import { sourceOfCalls } from "./source-of-calls.ts";
import type { RecordedCall } from "./source-of-calls.ts";
import type { Asker, EnginePorts } from "./use-case-ports.ts";

export type Restored =
  | { readonly kind: "filed"; readonly filed: FiledPlan }
  /** Everything that was captured is as it was. `notes`: complete sentences about what that does not cover. */
  | { readonly kind: "nothing-differs"; readonly notes: readonly string[] };

type CapturedEntry = CheckpointEntry & { readonly state: { readonly captured: Captured } };

/** Checkpoints among which the nearest name is looked for. */
const KNOWN = 200;

/** Every refusal is in the audit log when this returns. @param name as somebody wrote it. */
export async function restoreCheckpoint(
  ports: EnginePorts,
  asker: Asker,
  name: string,
): Promise<Result<Restored, Refusal>> {
  const attempt = { attempted: `restore checkpoint ${name}`, planId: null, runId: null };
  return audited(ports, asker, attempt, async (): Promise<Result<Restored, Refusal>> => {
    const person = await memberOrRefusal(ports, asker);
    if (!person.ok) return person;
    const checkpoint = couldBeCheckpoint(name)
      ? await ports.checkpoints.get(asker.teamId, name)
      : null;
    if (checkpoint === null) return refuse(await unknownName(ports, asker.teamId, name));
    const way = await wayTo(ports, checkpoint);
    if (!way.ok) return way;
    const { calls, notes } = way.value;
    if (calls.length === 0) return accept({ kind: "nothing-differs", notes });
    const value = sourceOfWay(checkpoint, calls);
    const { takenAt } = checkpoint;
    const filed = await fileRequest(ports, asker, {
      person: person.value,
      request: { kind: "source", value, text: JSON.stringify(value) },
      origin: { kind: "restore", checkpoint: name, takenAt, notes },
    });
    return filed.ok ? accept({ kind: "filed", filed: filed.value }) : filed;
  });
}

/**
 * The same plan for whoever has the program, its configuration and its credentials in hand. Nothing is filed.
 * Null for the source: nothing differs.
 */
export async function writeRestore(
  ports: ReadStatePorts,
  checkpoint: Checkpoint,
): Promise<Result<{ source: JsonObject | null; notes: readonly string[] }, Refusal>> {
  const way = await wayTo(ports, checkpoint);
  if (!way.ok) return way;
  const { calls, notes } = way.value;
  return accept({ source: calls.length === 0 ? null : sourceOfWay(checkpoint, calls), notes });
}

function sourceOfWay(
  { name, environment }: Checkpoint,
  calls: readonly RecordedCall[],
): JsonObject {
  return sourceOfCalls(
    { title: `Restore checkpoint ${name}`, environment, verb: "restore" },
    calls,
  );
}

async function unknownName(
  ports: Pick<EnginePorts, "checkpoints">,
  teamId: string,
  found: string,
): Promise<Refusal> {
  const names = (await ports.checkpoints.list(teamId, KNOWN)).map((one) => one.name);
  return { code: "checkpoint-not-found", found, nearest: nearestName(found, names) };
}

type Way = { readonly calls: readonly RecordedCall[]; readonly notes: readonly string[] };

/** Newest step first: what was made last is put back first. */
async function wayTo(
  ports: ReadStatePorts,
  { entries }: Checkpoint,
): Promise<Result<Way, Refusal>> {
  const captured = entries.filter(isCaptured);
  const readings = await readStates(ports, captured);
  const unread = readings.flatMap((one) => (one.kind === "captured" ? [] : [one.why]));
  if (unread.length > 0) return refuse({ code: "state-unreadable", unread });
  const calls: RecordedCall[] = [];
  const notes = entries.flatMap(({ stepId, state }) =>
    state.kind === "captured"
      ? []
      : [`What step ${stepId} manages is not in the checkpoint: ${state.why}`],
  );
  for (const [index, entry] of [...captured.entries()].toReversed()) {
    const reading = readings[index];
    if (reading?.kind !== "captured") continue;
    const now = reading.captured;
    const found = restorationOf(ports.registry, entry, now);
    notes.push(...found.impossible);
    const { stepId, uses, input, profile } = entry;
    const expects = { of: { uses, input, profile }, after: now };
    calls.push(
      ...found.calls.map((call, nth) => ({
        uses: call.uses,
        with: call.with,
        ...(profile !== null && { profile }),
        stepId,
        expects: nth === 0 ? expects : null,
      })),
    );
  }
  return accept({ calls, notes });
}

function isCaptured(entry: CheckpointEntry): entry is CapturedEntry {
  return entry.state.kind === "captured";
}

function restorationOf(
  registry: Registry,
  { stepId, uses, input: given, state }: CapturedEntry,
  now: Captured,
): Restoration {
  const stays = (why: string): Restoration => ({
    calls: [],
    impossible: [`What step ${stepId} manages stays as it is: ${why}.`],
  });
  const operation = registry.get(uses);
  if (operation?.restore === undefined) return stays(`${uses} cannot put a state back`);
  const input = operation.input.safeParse(given);
  if (!input.success) return stays(`${uses} no longer takes the input it was given`);
  try {
    return operation.restore(input.data, state.captured, now);
  } catch (error) {
    return stays(`${uses} could not say how to put it back: ${messageOf(error)}`);
  }
}
