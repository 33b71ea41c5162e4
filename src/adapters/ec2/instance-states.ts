// Looks at instances and waits until they are where they should be, telling how far they are.
// Changes nothing.

import { DescribeInstancesCommand, DescribeInstanceStatusCommand } from "@aws-sdk/client-ec2";
import type { Filter, Instance } from "@aws-sdk/client-ec2";
import { abortFailure, OperationError, OutcomeUnknown } from "#engine/failure.ts";
import type { AttemptContext } from "#engine/operation.ts";
import type { Ec2Access, Ec2Target } from "./ec2-access.ts";

export type InstanceQuery = {
  readonly ids: readonly string[];
  readonly filters?: readonly { readonly name: string; readonly values: readonly string[] }[];
  readonly limit?: number;
};

/** Instances and whether there were more than `limit`. @throws {OperationError} */
export async function findInstances(
  access: Ec2Access,
  target: Ec2Target,
  { ids, filters = [], limit = 1000 }: InstanceQuery,
): Promise<{ readonly instances: readonly Instance[]; readonly more: boolean }> {
  const found: Instance[] = [];
  let nextToken: string | undefined;
  do {
    const command = new DescribeInstancesCommand({
      // EC2 refuses a page size beside ids.
      ...(ids.length > 0 ? { InstanceIds: [...ids] } : { MaxResults: Math.max(5, limit) }),
      ...(filters.length > 0 ? { Filters: filters.map(toFilter) } : {}),
      ...(nextToken === undefined ? {} : { NextToken: nextToken }),
    });
    const page = await access.read(target, (client, options) => client.send(command, options));
    for (const reservation of page.Reservations ?? []) found.push(...(reservation.Instances ?? []));
    nextToken = page.NextToken;
  } while (nextToken !== undefined && nextToken !== "" && found.length <= limit);
  return {
    instances: found.slice(0, limit),
    more: found.length > limit || (nextToken !== undefined && nextToken !== ""),
  };
}

function toFilter({ name, values }: { name: string; values: readonly string[] }): Filter {
  return { Name: name, Values: [...values] };
}

/** The state of each instance by id. @throws {OperationError} also when one does not exist. */
export async function instanceStates(
  access: Ec2Access,
  target: Ec2Target,
  ids: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  const { instances } = await findInstances(access, target, { ids });
  return Object.fromEntries(
    instances.map(({ InstanceId, State }) => [InstanceId ?? "", State?.Name ?? "unknown"]),
  );
}

export type Goal = {
  readonly state: "running" | "stopped" | "terminated";
  /** States from which the goal can't be reached any more. */
  readonly hopeless: readonly string[];
  /** Wait for both status checks, too. */
  readonly healthy?: boolean;
};

type Waiting = {
  readonly access: Ec2Access;
  readonly target: Ec2Target;
  readonly output: AttemptContext["output"];
  readonly ids: readonly string[];
};

/** A hiccup of the network must not fail a change that EC2 has accepted. */
const TOLERATED_FAILURES = 5;

/**
 * Waits until every instance has reached the goal; says each change in `output`.
 * @throws {OperationError} an instance can't reach it. @throws {OutcomeUnknown} stopped before.
 */
export async function waitForInstances(
  waiting: Waiting,
  goal: Goal,
): Promise<Readonly<Record<string, string>>> {
  const { access, target, output, ids } = waiting;
  const moved = new Set<string>();
  let said = "";
  for (let failures = 0; ;) {
    try {
      const states = await instanceStates(access, target, ids);
      failures = 0;
      refuseHopeless(states, goal, moved);
      const reached = ids.filter((id) => states[id] === goal.state);
      const checked = goal.healthy === true ? await healthyAmong(access, target, reached) : reached;
      const line = progressLine(ids, states, goal, checked);
      if (line !== said) output(line);
      said = line;
      if (checked.length === ids.length) return states;
    } catch (error) {
      if (target.signal.aborted) throw stoppedWaiting(ids, goal);
      if (!isPassing(error) || ++failures > TOLERATED_FAILURES) throw error;
      output(`EC2 could not be asked (${error.failure.message}); asking again.\n`);
    }
    await access.config.sleep(access.config.pollDelayMs, target.signal);
    if (target.signal.aborted) throw stoppedWaiting(ids, goal);
  }
}

/** An instance may still show the state it left; it has failed only when it comes back to it. */
function refuseHopeless(
  states: Readonly<Record<string, string>>,
  goal: Goal,
  moved: Set<string>,
): void {
  for (const [id, state] of Object.entries(states)) {
    const final = state === "terminated" || state === "shutting-down";
    if (goal.hopeless.includes(state) && (final || moved.has(id))) {
      const message = `${id} is ${state} and will not be ${goal.state}.`;
      throw new OperationError({ category: "resource", code: "IncorrectInstanceState", message });
    }
    if (!goal.hopeless.includes(state)) moved.add(id);
  }
}

async function healthyAmong(
  access: Ec2Access,
  target: Ec2Target,
  ids: readonly string[],
): Promise<readonly string[]> {
  if (ids.length === 0) return [];
  const command = new DescribeInstanceStatusCommand({ InstanceIds: [...ids] });
  const answer = await access.read(target, (client, options) => client.send(command, options));
  const healthy = (answer.InstanceStatuses ?? []).filter(
    ({ InstanceStatus, SystemStatus }) =>
      InstanceStatus?.Status === "ok" && SystemStatus?.Status === "ok",
  );
  return healthy.map(({ InstanceId }) => InstanceId ?? "");
}

function progressLine(
  ids: readonly string[],
  states: Readonly<Record<string, string>>,
  goal: Goal,
  reached: readonly string[],
): string {
  const word = goal.healthy === true ? "healthy" : goal.state;
  const others = ids.filter((id) => !reached.includes(id));
  const rest = others.slice(0, 5).map((id) => `${id} is ${states[id] ?? "not visible yet"}`);
  const tail = rest.length === 0 ? "" : `: ${rest.join(", ")}${others.length > 5 ? ", ..." : ""}`;
  return `${reached.length} of ${ids.length} ${word}${tail}\n`;
}

/** A new instance may be unknown to DescribeInstances for a moment. */
function isPassing(error: unknown): error is OperationError {
  if (!(error instanceof OperationError)) return false;
  const { category, code } = error.failure;
  return (
    category === "network" ||
    category === "timeout" ||
    category === "temporary" ||
    code === "InvalidInstanceID.NotFound"
  );
}

function stoppedWaiting(ids: readonly string[], goal: Goal): OutcomeUnknown {
  return new OutcomeUnknown(
    abortFailure(`EC2 has accepted the request; waiting for ${ids.join(", ")} to be ${goal.state}`),
  );
}
