// The states a step was planned for, read and compared just before it acts. What differs, or cannot be read, holds
// the run: somebody has to look, because the plan that was approved speaks of another world.

import type { Captured, Registry } from "./operation.ts";
import type { AnyOperation } from "./operation.ts";
import type { PlanStep, Precondition } from "./plan.ts";
import { messageOf } from "./prepare-attempt.ts";
import type { Uncleared } from "./prepare-attempt.ts";
import { stateDifferences } from "./state-difference.ts";

/** Reads the state before within a time limit, in milliseconds. */
export type Capture = (
  operation: AnyOperation,
  input: unknown,
  by: { readonly timeoutMs: number; readonly profile: string | null },
) => Promise<Captured>;

/** Differences told of one state; the rest is counted. */
const MOST_DIFFERENCES = 5;

/** Null: everything is as expected. Stops at the first state that is not. */
export async function unexpectedState(
  registry: Registry,
  step: Pick<PlanStep, "id" | "preconditions">,
  capture: Capture,
): Promise<Uncleared | null> {
  for (const precondition of step.preconditions) {
    const problem = await problemOf(registry, precondition, capture);
    if (problem !== null)
      return { kind: "held", reasons: [`Step "${step.id}" was not started: ${problem}`] };
  }
  return null;
}

async function problemOf(
  registry: Registry,
  { uses, with: given, profile, captured }: Precondition,
  capture: Capture,
): Promise<string | null> {
  const operation = registry.get(uses);
  if (operation?.capture === undefined)
    return `the state it was planned for is read by ${uses}, which this worker cannot do.`;
  const input = operation.input.safeParse(given);
  if (!input.success) return `${uses} no longer takes the input its state is read with.`;
  const forbidden = operation.permitted?.(input.data, profile) ?? null;
  if (forbidden !== null) return `the state it was planned for may not be read: ${forbidden}`;
  try {
    const by = { timeoutMs: operation.defaultTimeoutMs, profile };
    return differing(captured, await capture(operation, input.data, by));
  } catch (error) {
    return `the state it was planned for could not be read: ${messageOf(error)}`;
  }
}

function differing(expected: Captured, found: Captured): string | null {
  const differences = stateDifferences(expected, found);
  if (differences.length === 0) return null;
  const told = differences
    .slice(0, MOST_DIFFERENCES)
    .map(({ path, was, is }) => `${path === "" ? "the state" : path} is ${is}, expected ${was}`);
  const more = differences.length - told.length;
  return `the state is not the one it was planned for: ${told.join("; ")}${more > 0 ? `; and ${more} more` : ""}.`;
}
