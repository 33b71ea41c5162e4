// A small world with switches, and operations that set them: one for each effect. It remembers every call and
// does what a test tells it to do: fail, hang, answer late, lose the answer, ignore being stopped.

import { createFlowOperations } from "#adapters/flow/flow-operations.ts";
import { z } from "zod";
import { abortFailure, OperationError, OutcomeUnknown } from "#engine/failure.ts";
import type { ErrorCategory } from "#engine/failure.ts";
import type { Json } from "#engine/json.ts";
import { createRegistry, eraseOperation } from "#engine/operation.ts";
import type { AnyOperation, AttemptContext, Effect, Registry } from "#engine/operation.ts";
import type { Clock } from "#engine/time.ts";

/** What the next call for a switch does instead of succeeding at once. */
export type Behaviour =
  | {
      readonly kind: "succeed";
      readonly afterMs?: number;
      readonly result?: Json;
      readonly output?: string;
    }
  | {
      readonly kind: "fail";
      readonly category: ErrorCategory;
      readonly retryAfterMs?: number;
      readonly afterMs?: number;
    }
  /** It acts, and the answer is lost. */
  | { readonly kind: "lose-answer"; readonly afterMs?: number }
  /** It acts only after being stopped, or never: it waits for its signal. */
  | { readonly kind: "hang"; readonly acts: boolean }
  /** It does not even listen to its signal. */
  | { readonly kind: "ignore-stop" };

/** A process on its way through a call. */
export type Gate = {
  readonly alive: boolean;
  /** Before the call leaves the process and before its answer arrives. */
  readonly step: () => Promise<void>;
  /** The target is about to act: it does whether or not the process is looking. */
  readonly reached: () => Promise<void>;
};

const OPEN: Gate = {
  alive: true,
  step: () => Promise.resolve(),
  reached: () => Promise.resolve(),
};

/** Told of what may change something, before it does. */
export type Witness = {
  readonly begins: (idempotencyKey: string, timesBefore: number, name: string) => void;
  readonly acts: (idempotencyKey: string) => void;
};

const NOBODY: Witness = { begins: () => {}, acts: () => {} };

export type WorldCall = {
  readonly operation: string;
  readonly switch: string;
  readonly to: string;
  readonly idempotencyKey: string;
  readonly acted: boolean;
};

const input = z.strictObject({ switch: z.string(), to: z.string(), token: z.string().optional() });
type Input = z.infer<typeof input>;

const EFFECTS: Readonly<Record<string, Effect>> = {
  "world.set": "idempotent",
  "world.ask": "probe",
  "world.once": "once",
};

/** A switch `a@lb` is on the host `lb`; most are nowhere. */
function targetOf(name: string): string | null {
  const [, host] = name.split("@");
  return host === undefined ? null : `world:${host}`;
}

/** Who sets a switch `a+rack` has all that ends in `+rack` to itself; others are each for themselves. */
export function lockOf(name: string): string {
  const [, rack] = name.replace(/@.*/, "").split("+");
  return rack === undefined ? `switch:${name}` : `rack:${rack}`;
}

export class World {
  readonly #clock: Clock;
  readonly #switches = new Map<string, string>();
  readonly #behaviours = new Map<string, Behaviour[]>();
  /** Keys whose attempt took effect: what a probe answers from. */
  readonly #happened = new Set<string>();
  /** Every call that reached the world, in order. */
  readonly calls: WorldCall[] = [];
  /** What calls had with them to prove who they are. */
  readonly tokens = new Set<string>();

  readonly #witness: Witness;
  readonly #begun = new Map<string, number>();
  readonly #underWay = new Set<{ readonly switch: string; readonly gate: Gate }>();

  constructor(clock: Clock, witness: Witness = NOBODY) {
    this.#clock = clock;
    this.#witness = witness;
  }

  /** The behaviours of the next calls for this switch, in order; afterwards it succeeds at once. */
  plan(name: string, ...behaviours: readonly Behaviour[]): void {
    this.#behaviours.set(name, [...behaviours]);
  }

  /** The switch stands like this before anything is done. */
  preset(name: string, value: string): void {
    this.#switches.set(name, value);
  }

  state(name: string): string {
    return this.#switches.get(name) ?? "off";
  }

  /** How often something really changed for this switch to this value. */
  acts(name: string, to: string): number {
    return this.calls.filter((call) => call.switch === name && call.to === to && call.acted).length;
  }

  /** A call of a process that lives is under way: what it will come to cannot be seen yet. */
  isUnderWay(name: string): boolean {
    return [...this.#underWay].some((call) => call.switch === name && call.gate.alive);
  }

  /** @param gate of the process that calls: a killed one never comes back from it. */
  registry(gate: Gate = OPEN): Registry {
    return createRegistry([
      ...Object.entries(EFFECTS).map(([name, effect]) => this.#setter(name, effect, gate)),
      this.#reader(gate),
      ...createFlowOperations(),
    ]);
  }

  #setter(name: string, effect: Effect, gate: Gate): AnyOperation {
    return eraseOperation<Input, Json>({
      name,
      summary: "Set a switch.",
      input,
      result: z.json(),
      example: { switch: "a", to: "on" },
      worstRisk: "destructive",
      risk: ({ to }) => (to === "gone" ? "destructive" : "modify"),
      effect: () => effect,
      defaultTimeoutMs: 10_000,
      describe: ({ switch: of, to }) => `Set switch ${of} to ${to}.`,
      describeUndo: ({ switch: of }) => `Set switch ${of} back.`,
      locks: ({ switch: of }) => [lockOf(of)],
      target: ({ switch: of }) => targetOf(of),
      capture: async ({ switch: of }) => {
        await gate.step();
        return { was: this.state(of) };
      },
      undoRisk: "modify",
      undo: ({ switch: of, to }, _result, captured) =>
        captured === null || captured["was"] === to
          ? null
          : { uses: name, with: { switch: of, to: captured["was"] ?? "off" } },
      restore: ({ switch: of }, then, now) => ({
        calls:
          then["was"] === now["was"]
            ? []
            : [{ uses: name, with: { switch: of, to: then["was"] ?? "off" } }],
        impossible: [],
      }),
      ...(effect === "probe" && {
        probe: async (_input: Input, _captured: unknown, { idempotencyKey }: AttemptContext) => {
          await gate.step();
          return this.#happened.has(idempotencyKey)
            ? { happened: true as const, result: null }
            : { happened: false as const };
        },
      }),
      run: async (given, context) => {
        // Between the look at the lease and the call nothing can stand still: no engine could tell.
        await gate.reached();
        return this.#act(name, given, context, gate);
      },
    });
  }

  #reader(gate: Gate): AnyOperation {
    const read = z.strictObject({ switch: z.string() });
    return eraseOperation<z.infer<typeof read>, Json>({
      name: "world.read",
      summary: "Read a switch.",
      input: read,
      result: z.json(),
      example: { switch: "a" },
      worstRisk: "read-only",
      risk: () => "read-only",
      effect: () => "idempotent",
      defaultTimeoutMs: 10_000,
      describe: ({ switch: of }) => `Read switch ${of}.`,
      describeUndo: () => null,
      locks: () => [],
      target: ({ switch: of }) => targetOf(of),
      run: async ({ switch: of }, context) => {
        await gate.step();
        await this.#behave(of, context, gate, { act: () => {}, stall: () => {} });
        return { value: this.state(of) };
      },
    });
  }

  async #act(
    operation: string,
    { switch: of, to, token }: Input,
    context: AttemptContext,
    gate: Gate,
  ): Promise<Json> {
    const { idempotencyKey } = context;
    const call = { operation, switch: of, to, idempotencyKey };
    const times = this.#begun.get(idempotencyKey) ?? 0;
    this.#witness.begins(idempotencyKey, times, of);
    if (token !== undefined) this.tokens.add(token);
    this.#begun.set(idempotencyKey, times + 1);
    const underWay = { switch: of, gate };
    this.#underWay.add(underWay);
    let acted = false;
    try {
      const act = (): void => {
        acted = true;
        this.#witness.acts(idempotencyKey);
        this.#switches.set(of, to);
        this.#happened.add(idempotencyKey);
        this.calls.push({ ...call, acted: true });
      };
      const stall = (): void => void this.#underWay.delete(underWay);
      const result = await this.#behave(of, context, gate, { act, stall });
      await gate.step();
      return result;
    } finally {
      this.#underWay.delete(underWay);
      if (!acted) this.calls.push({ ...call, acted: false });
    }
  }

  async #behave(
    of: string,
    { signal, output }: AttemptContext,
    gate: Gate,
    { act, stall }: { readonly act: () => void; readonly stall: () => void },
  ): Promise<Json> {
    const behaviour = this.#behaviours.get(of)?.shift() ?? { kind: "succeed" as const };
    if (signal.aborted) throw new OperationError(abortFailure("nothing was done"));
    if ("afterMs" in behaviour && behaviour.afterMs !== undefined) {
      await this.#clock.sleep(behaviour.afterMs, signal);
      await gate.reached();
      if (signal.aborted) throw new OutcomeUnknown(abortFailure("it had been asked"));
    }
    switch (behaviour.kind) {
      case "succeed":
        act();
        if (behaviour.output !== undefined) output(behaviour.output);
        return behaviour.result ?? { ok: true };
      case "fail":
        throw new OperationError({
          category: behaviour.category,
          message: `Switch ${of} refused.`,
          ...(behaviour.retryAfterMs !== undefined && { retryAfterMs: behaviour.retryAfterMs }),
        });
      case "lose-answer":
        act();
        throw new OutcomeUnknown({ category: "network", message: "The answer was lost." });
      case "hang":
        if (behaviour.acts) act();
        await new Promise<void>((resolve) => {
          signal.addEventListener("abort", () => resolve(), { once: true });
        });
        await gate.step();
        throw new OutcomeUnknown(abortFailure("it had been asked"));
      case "ignore-stop":
        stall();
        return new Promise<never>(() => {});
    }
  }
}
