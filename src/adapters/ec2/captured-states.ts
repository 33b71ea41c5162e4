// The states of instances as `capture` keeps them, and the ways back from them: undo and restore.

import { isJsonObject } from "#engine/json.ts";
import type { Captured, Restoration, UndoCall } from "#engine/operation.ts";
import type { Ec2Access, Ec2Target } from "./ec2-access.ts";
import { findInstances } from "./instance-states.ts";

const RUNNING = ["running", "pending"];
const STOPPED = ["stopped", "stopping"];
const ENDED = ["shutting-down", "terminated"];

/** The state of an instance that EC2 does not know: ended more than about an hour ago, or never there. */
const GONE = "gone";

type States = Readonly<Record<string, string>>;

/** The state of each instance. Asks by filter, because by id a single one that is gone fails the whole. */
export async function statesWithGone(
  access: Ec2Access,
  target: Ec2Target,
  ids: readonly string[],
): Promise<States> {
  const filters = [{ name: "instance-id", values: ids }];
  const { instances } = await findInstances(access, target, { ids: [], filters });
  const found = new Map(instances.map(({ InstanceId, State }) => [InstanceId, State?.Name]));
  return Object.fromEntries(
    ids.map((id) => [id, found.has(id) ? (found.get(id) ?? "unknown") : GONE]),
  );
}

export async function captureStates(
  access: Ec2Access,
  target: Ec2Target,
  ids: readonly string[],
): Promise<Captured> {
  return { states: await statesWithGone(access, target, ids) };
}

/** The ids that were in one of these states when captured, in the order of `ids`. */
export function capturedIn(
  captured: Captured | null,
  ids: readonly string[],
  states: readonly string[],
): readonly string[] {
  const kept = statesIn(captured);
  return ids.filter((id) => states.some((state) => kept[id] === state));
}

type Instances = { readonly region: string; readonly instance_ids: readonly string[] };

/** Starts what ran then and is stopped now, then stops what was stopped then and runs now. */
export function restorePower(
  { region, instance_ids }: Instances,
  then: Captured,
  now: Captured,
): Restoration {
  const moved = (from: readonly string[], to: readonly string[]) =>
    capturedIn(now, capturedIn(then, instance_ids, from), to);
  const call = (uses: string, ids: readonly string[]): readonly UndoCall[] =>
    ids.length === 0 ? [] : [{ uses, with: { region, instance_ids: ids } }];
  const before = statesIn(then);
  const ended = moved([...RUNNING, ...STOPPED], [...ENDED, GONE]);
  return {
    calls: [
      ...call("ec2.start_instances", moved(RUNNING, STOPPED)),
      ...call("ec2.stop_instances", moved(STOPPED, RUNNING)),
    ],
    impossible: ended.map((id) => lost(id, region, `was ${before[id] ?? "there"}`)),
  };
}

/** @param then what is missed of it, e.g. `was running`. */
export function lost(id: string, region: string, then: string): string {
  return `The EC2 instance ${id} in ${region} ${then} and is terminated now: it can't be had back.`;
}

export function isEnded(state: string | undefined): boolean {
  return state === GONE || ENDED.some((one) => one === state);
}

function statesIn(captured: Captured | null): States {
  const kept = captured?.["states"];
  if (!isJsonObject(kept)) return {};
  return Object.fromEntries(
    Object.entries(kept).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}
