// The operations of a registry as they are, except that they reach nothing: each answers what the target would, or
// fails as it is told to. What reaches nothing anyway is left as it is.

import { REACHES_NOTHING } from "#engine/built-in-operations.ts";
import { abortFailure, OperationError } from "#engine/failure.ts";
import type { Json } from "#engine/json.ts";
import { createRegistry } from "#engine/operation.ts";
import type { AnyOperation, AttemptContext, Registry } from "#engine/operation.ts";

/** `unreachable`: certainly nothing was sent. `hang`: until it is stopped. */
export type Trouble = "unreachable" | "hang";

/** By `<step> <operation>`, what becomes of its attempts, the first one first; afterwards they succeed. */
export type Troubles = Readonly<Record<string, readonly Trouble[]>>;

const DATABASE = { role: "primary", replicas: [{ state: "streaming" }, { state: "streaming" }] };

export function pretendedOperations(real: Registry, troubles: Troubles): Registry {
  const left = new Map(Object.entries(troubles).map(([key, list]) => [key, [...list]]));
  return createRegistry(real.list().map((operation) => pretended(operation, left)));
}

function pretended(operation: AnyOperation, left: ReadonlyMap<string, Trouble[]>): AnyOperation {
  const { name, permitted: _reachesNothing, ...rest } = operation;
  if (REACHES_NOTHING.includes(name)) return operation;
  return {
    ...rest,
    name,
    ...(operation.capture !== undefined && {
      capture: async (input: unknown) => ({ states: statesOf(input) }),
    }),
    run: async (input, { signal, step }) => {
      const trouble = left.get(`${step?.stepId ?? ""} ${name}`)?.shift();
      if (trouble === "unreachable")
        throw new OperationError({ category: "network", message: "Nobody answers" });
      if (trouble === "hang") await stopped(signal);
      return answerOf(name, input);
    },
  };
}

async function stopped(signal: AttemptContext["signal"]): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  signal.addEventListener("abort", () =>
    reject(new OperationError(abortFailure("nobody answered"))),
  );
  return promise;
}

type Given = { readonly instance_ids?: readonly string[]; readonly expect_status?: unknown };

function answerOf(name: string, input: unknown): Json {
  const { instance_ids: ids = [], expect_status: status } = input as Given;
  if (name === "ec2.describe_instances")
    return { instances: ids.map((id) => ({ id, state: "running" })) };
  if (name !== "http.request") return {};
  const [first] = Array.isArray(status) ? (status as readonly unknown[]) : [];
  return { status: typeof first === "number" ? first : 200, headers: {}, body: DATABASE };
}

function statesOf(input: unknown): Record<string, string> {
  const { instance_ids: ids = [] } = input as Given;
  return Object.fromEntries(ids.map((id) => [id, "running"]));
}
