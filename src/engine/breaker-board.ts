// The breakers as one process sees them: remembered for about a second, changed in the store before a change counts.
// Calls to a target that is well cost nothing but memory; what they say is added up and kept about once a second.

import { ask, CLOSED, count, settleProbe } from "./breaker.ts";
import type { Breaker, HalfOpenBreaker, OpenBreaker, Sign } from "./breaker.ts";
import type { BreakerStore } from "./breaker-store.ts";
import type { BreakerPolicy } from "./policy.ts";
import type { Clock, Instant } from "./time.ts";

/** Whether a call may go to its target, and under which name it does. */
export type Admission =
  | { readonly kind: "go" }
  /** The one call that finds out whether the target is back: {@link BreakerBoard.settled} must hear of it. */
  | { readonly kind: "probe"; readonly probe: number }
  | {
      readonly kind: "open";
      /** When to ask again. */
      readonly until: Instant;
      readonly breaker: OpenBreaker | HalfOpenBreaker;
    };

export type BreakerBoardPorts = {
  readonly store: BreakerStore;
  readonly clock: Clock;
  readonly policy: BreakerPolicy;
  readonly report: (error: unknown) => void;
  /** Told each time this process opens a breaker. */
  readonly onTrip?: (target: string) => void;
};

/** How old a remembered state may be, and how long counts are added up before they are kept, in milliseconds. */
const FRESH_MS = 1_000;

export class BreakerBoard {
  readonly #ports: BreakerBoardPorts;
  #known = new Map<string, Breaker>();
  #readAt: Instant | null = null;
  #reading: Promise<void> | null = null;
  readonly #counts = new Map<string, { calls: number; failures: number }>();
  #keptAt: Instant;
  readonly #under = new Set<Promise<void>>();

  constructor(ports: BreakerBoardPorts) {
    this.#ports = ports;
    this.#keptAt = ports.clock.now();
  }

  /**
   * Asked before each call. Answers at once unless the states have to be read or changed. When the store can't be
   * asked, what was known last counts: nothing can be written down then, so nothing starts anyway.
   * @param probeMs how long the call may take.
   */
  admit(target: string, probeMs: number): Admission | Promise<Admission> {
    if (!this.#isFresh()) return this.#read().then(() => this.#admit(target, probeMs));
    return this.#admit(target, probeMs);
  }

  /** What the call said of its target. Never rejects and is not waited for. */
  settled(target: string, admission: Admission, sign: Sign): void {
    if (admission.kind === "probe") {
      const { probe } = admission;
      this.#inBackground(
        this.#change(target, (breaker, now) =>
          settleProbe(breaker, { probe, sign }, now, this.#ports.policy),
        ),
      );
      return;
    }
    if (sign === "none") return;
    const known = this.#counts.get(target) ?? { calls: 0, failures: 0 };
    known.calls += 1;
    if (sign === "down") known.failures += 1;
    this.#counts.set(target, known);
    const due = this.#ports.clock.now() - this.#keptAt >= FRESH_MS;
    if (due) this.#keepAll();
    else if (sign === "down") this.#keep(target);
  }

  /** Resolves when nothing is being written any more. */
  async quiet(): Promise<void> {
    this.#keepAll();
    while (this.#under.size > 0) await Promise.all(this.#under);
  }

  #admit(target: string, probeMs: number): Admission | Promise<Admission> {
    const asked = ask(this.#known.get(target) ?? CLOSED, this.#ports.clock.now(), probeMs);
    return asked.kind === "probe" ? this.#probe(target, probeMs) : asked;
  }

  /** Of all who ask at the same time, one is let through: whoever changes the stored state first. */
  async #probe(target: string, probeMs: number): Promise<Admission> {
    const { store, clock, report } = this.#ports;
    for (;;) {
      try {
        const stored = await store.get(target);
        const breaker = stored?.breaker ?? CLOSED;
        this.#known.set(target, breaker);
        const asked = ask(breaker, clock.now(), probeMs);
        if (asked.kind !== "probe") return asked;
        if (!(await store.put(target, stored?.version ?? 0, asked.changed))) continue;
        this.#known.set(target, asked.changed);
        return { kind: "probe", probe: asked.probe };
      } catch (error) {
        report(error);
        return { kind: "go" };
      }
    }
  }

  #isFresh(): boolean {
    return this.#readAt !== null && this.#ports.clock.now() - this.#readAt < FRESH_MS;
  }

  #read(): Promise<void> {
    this.#reading ??= this.#readNow().finally(() => {
      this.#reading = null;
    });
    return this.#reading;
  }

  async #readNow(): Promise<void> {
    try {
      const stored = await this.#ports.store.list();
      this.#known = new Map(stored.map(({ target, breaker }) => [target, breaker]));
    } catch (error) {
      this.#ports.report(error);
    }
    this.#readAt = this.#ports.clock.now();
  }

  #keepAll(): void {
    this.#keptAt = this.#ports.clock.now();
    for (const target of this.#counts.keys()) this.#keep(target);
  }

  #keep(target: string): void {
    const calls = this.#counts.get(target);
    if (calls === undefined) return;
    this.#counts.delete(target);
    const { policy } = this.#ports;
    this.#inBackground(this.#change(target, (breaker, now) => count(breaker, calls, now, policy)));
  }

  async #change(target: string, move: (breaker: Breaker, now: Instant) => Breaker): Promise<void> {
    const { store, clock, onTrip } = this.#ports;
    for (;;) {
      const stored = await store.get(target);
      const before = stored?.breaker ?? CLOSED;
      const after = move(before, clock.now());
      this.#known.set(target, after);
      if (after === before) return;
      if (!(await store.put(target, stored?.version ?? 0, after))) continue;
      if (after.status === "open" && isTrip(before, after)) onTrip?.(target);
      return;
    }
  }

  #inBackground(change: Promise<void>): void {
    const done = change.catch(this.#ports.report).finally(() => this.#under.delete(done));
    this.#under.add(done);
  }
}

function isTrip(before: Breaker, after: OpenBreaker): boolean {
  return before.status === "closed" || before.trips < after.trips;
}
