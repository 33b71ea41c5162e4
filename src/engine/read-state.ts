// Reads the state that an operation manages, within a time limit and without changing anything. What can't be read
// is said in a sentence; nothing is guessed.

import { bounded } from "./attempt.ts";
import type { StateReading } from "./checkpoint.ts";
import { formatDuration } from "./duration.ts";
import type { JsonObject } from "./json.ts";
import { namesReferredTo } from "./named-secret.ts";
import type { AnyOperation, Registry } from "./operation.ts";
import { messageOf } from "./prepare-attempt.ts";
import { referencesIn } from "./secret-box.ts";
import { hasExpressions } from "./template.ts";
import type { Clock, Sha256 } from "./time.ts";

export type ReadStatePorts = {
  readonly registry: Registry;
  readonly clock: Clock;
  readonly sha256: Sha256;
};

/** Whose state: the operation, its input, and the credentials' profile. */
export type StateToRead = {
  readonly uses: string;
  readonly input: JsonObject;
  readonly profile: string | null;
};

/** Longest time for one state, whatever the operation allows itself. */
const READ_LIMIT_MS = 20_000;
/** States read at the same time. */
const AT_ONCE = 8;
const GRACE_MS = 1_000;

/** Never rejects. Messages of targets are untrusted text. */
async function readState(ports: ReadStatePorts, of: StateToRead): Promise<StateReading> {
  const { uses, profile } = of;
  const operation = ports.registry.get(uses);
  if (operation?.capture === undefined)
    return { kind: "unreadable", why: `The state behind ${uses} cannot be read.` };
  if (hasExpressions(of.input))
    return { kind: "unreadable", why: `The input of ${uses} is not known yet.` };
  if (referencesIn(JSON.stringify(of.input)).length > 0)
    return { kind: "unreadable", why: `Reading the state behind ${uses} needs a secret answer.` };
  if (namesReferredTo(of.input).length > 0)
    return { kind: "unreadable", why: `Reading the state behind ${uses} needs a secret.` };
  const input = operation.input.safeParse(of.input);
  if (!input.success)
    return { kind: "unreadable", why: `${uses} no longer takes the input it was given.` };
  const forbidden = operation.permitted?.(input.data, profile) ?? null;
  if (forbidden !== null) return { kind: "unread", why: forbidden };
  return capture(ports, operation, input.data, of);
}

async function capture(
  ports: ReadStatePorts,
  operation: AnyOperation,
  input: unknown,
  { uses, input: given, profile }: StateToRead,
): Promise<StateReading> {
  const controller = new AbortController();
  const timeoutMs = Math.min(operation.defaultTimeoutMs, READ_LIMIT_MS);
  const context = {
    signal: controller.signal,
    idempotencyKey: ports.sha256(`read/${uses}/${JSON.stringify(given)}`),
    output: () => undefined,
    profile,
    timeoutMs,
  };
  const settled = await bounded(
    { clock: ports.clock, limits: { graceMs: GRACE_MS }, controller, timeoutMs },
    async () => (await operation.capture?.(input, context)) ?? {},
  );
  if (settled.kind === "value") return { kind: "captured", captured: settled.value };
  const why = controller.signal.aborted
    ? `it took longer than ${formatDuration(timeoutMs)}`
    : messageOf(settled.error).slice(0, 300);
  return { kind: "unread", why: `The state behind ${uses} could not be read: ${why}.` };
}

/** The same for many, a few at a time, in the order in which they were given. */
export async function readStates(
  ports: ReadStatePorts,
  states: readonly StateToRead[],
): Promise<readonly StateReading[]> {
  const readings: StateReading[] = [];
  let next = 0;
  const reader = async (): Promise<void> => {
    for (let index = next++; index < states.length; index = next++) {
      const state = states[index];
      if (state !== undefined) readings[index] = await readState(ports, state);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, reader));
  return readings;
}
