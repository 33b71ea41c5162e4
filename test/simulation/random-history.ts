// The lives of a few runs in a bad world: workers die, stand still and come back, also between a commit and its
// answer, the store fails before and after its commits, bells and notifications are lost, clocks jump, of all or of
// one, targets are in trouble, strangers change things, people press every button. In the end there is calm, and
// every run must come to a true end.

import { FINAL_RUN_STATUSES } from "#engine/run.ts";
import type { RunEvent } from "#engine/run.ts";
import type { BreakerStore } from "#engine/breaker-store.ts";
import type { Plan } from "#engine/plan.ts";
import { DirectoryUnavailable } from "#engine/identity.ts";
import type { BreakerPolicy } from "#engine/policy.ts";
import { accept, refuse } from "#engine/result.ts";
import { ClocksApart } from "#test/fakes/memory-run-store.ts";
import { badBreakers, badStore, StoreDown } from "./bad-store.ts";
import { historyLog, violationsOf } from "./check-history.ts";
import { secretViolations } from "./check-secrets.ts";
import type { MortalProcess } from "./mortal-process.ts";
import { misbehave } from "./random-behaviours.ts";
import { DirectoryAway, RandomPeople } from "./random-people.ts";
import { randomPlan } from "./random-plan.ts";
import { WATCHED } from "./random-step.ts";
import { LEASE_MS, RunBench } from "./run-bench.ts";
import { SeededRandom } from "./seeded-random.ts";

/** What happened, for counting. */
export type PlayedHistory = {
  /** In which each run ended. */
  readonly statuses: readonly string[];
  readonly deaths: number;
  /** Kinds of the events in the logs, and what else went on. */
  readonly met: ReadonlySet<string>;
};

/** What may go on that no event tells. */
export const GOINGS_ON = [
  "a breaker opens",
  "a breaker closes again",
  "a checkpoint is kept",
  "a clock is set",
  "a run waits for another's lock",
  "a secret is used",
  "a step is left out that its breaker keeps",
  "a process stands still before it sees an answer",
  "no lease for a process whose clock is not the store's",
  "a step does not meet the state it was planned for",
] as const;
type GoingOn = (typeof GOINGS_ON)[number];

/** @throws {Error} naming each invariant that does not hold, with the runs' logs. */
export async function playHistory(seed: number): Promise<PlayedHistory> {
  const history = new RandomHistory(seed);
  return history.play();
}

const A_TURN = [0, 1, 50, 900, 4_000, 15_000, 40_000] as const;
/** Turns of a minute in which a calm world must bring any run to its end. */
const PATIENCE = 300;
/** How far a clock is set: within what is tolerated, beyond it, beyond a lease, by an hour. */
const SET_BY = [4_000, 9_000, 20_000, LEASE_MS + 5_000, 3_600_000] as const;

type Life = { readonly runId: string; readonly plan: Plan; readonly people: RandomPeople };

class RandomHistory {
  readonly #bench = new RunBench();
  readonly #random: SeededRandom;
  readonly #lives: readonly Life[];
  readonly #breaker: BreakerPolicy;
  readonly #processes = new Map<string, MortalProcess>();
  readonly #seed: number;
  readonly #met = new Set<GoingOn>();
  #deaths = 0;
  #calm = false;
  #storeDown = false;
  #directoryAway = false;

  constructor(seed: number) {
    this.#seed = seed;
    const random = new SeededRandom(seed);
    this.#random = random;
    const openMs = random.pick([5_000, 60_000]);
    this.#breaker = { failureRate: 0.5, minimumCalls: 2, windowMs: 60_000, openMs };
    const count = random.pick([1, 1, 1, 1, 2, 2, 3]);
    this.#lives = Array.from({ length: count }, (_, index) => this.#life(index, count));
  }

  #life(index: number, of: number): Life {
    const runId = `run-${index + 1}`;
    const prefix = index === 0 ? "" : `${runId}/`;
    const plan = randomPlan(this.#random, { prefix, most: of === 1 ? 6 : 4 });
    misbehave(this.#bench.world, plan, this.#random);
    this.#bench.queue(plan, runId);
    return { runId, plan, people: new RandomPeople(this.#bench, this.#random, runId) };
  }

  /** @throws {Error} when an invariant does not hold. */
  async play(): Promise<PlayedHistory> {
    try {
      for (const { people } of this.#lives) await people.thinkOfSecrets();
      await this.#chaos();
      await this.#becalm();
    } catch (error) {
      // Somebody reads the log in every turn.
      throw this.#failure([String(error)]);
    }
    return this.#played();
  }

  async #chaos(): Promise<void> {
    const random = this.#random;
    for (let turns = random.between(0, 25); turns > 0 && !this.#ended(); turns -= 1) {
      await this.#keepWorkers(2);
      this.#bench.dispatcher.down = random.chance(0.3);
      this.#storeDown = random.chance(0.08);
      this.#directoryAway = random.chance(0.3);
      await this.#bench.clock.advance(random.pick(A_TURN));
      for (const { people } of this.#going()) people.meddle();
      if (random.chance(0.1))
        this.#bench.world.preset(random.pick(WATCHED), random.pick(["on", "off"]));
      await this.#lookAtLines();
      this.#strike();
    }
  }

  /** Nothing more goes wrong: one live worker, and people who answer, or none. */
  async #becalm(): Promise<void> {
    this.#calm = true;
    this.#storeDown = false;
    this.#directoryAway = false;
    this.#bench.dispatcher.down = false;
    for (const process of this.#processes.values()) {
      process.setClock(0);
      process.thaw();
    }
    const absent = this.#random.chance(0.4);
    for (let turns = 0; !this.#ended(); turns += 1) {
      if (turns > PATIENCE) throw new Error(`no end after ${PATIENCE} calm minutes`);
      await this.#keepWorkers(1);
      await this.#bench.clock.advance(60_000);
      for (const { people } of this.#going()) people.help(absent);
    }
    for (const process of this.#processes.values()) process.kill();
  }

  async #played(): Promise<PlayedHistory> {
    const found = [...this.#defects(), ...this.#bench.violations];
    const met = new Set<string>(this.#met);
    for (const { runId, plan } of this.#lives) {
      found.push(...violationsOf(this.#bench, plan, runId));
      found.push(...(await secretViolations(this.#bench, runId)));
      for (const kind of this.#bench.kinds(runId)) met.add(kind);
      if ((await this.#bench.checkpoints.ofRun(runId)).length > 0) met.add("a checkpoint is kept");
      if (this.#bench.events(runId).some(isUnexpectedState))
        met.add("a step does not meet the state it was planned for");
      if (leavesOutWhatWaits(this.#bench.events(runId)))
        met.add("a step is left out that its breaker keeps");
    }
    if (this.#bench.world.tokens.size > 0) met.add("a secret is used");
    if (found.length > 0) throw this.#failure(found);
    const statuses = this.#lives.map(({ runId }) => this.#bench.status(runId));
    return { statuses, deaths: this.#deaths, met };
  }

  #defects(): readonly string[] {
    const defects: string[] = [];
    for (const report of this.#bench.reports) {
      if (report instanceof ClocksApart)
        this.#met.add("no lease for a process whose clock is not the store's");
      else if (!(report instanceof StoreDown || report instanceof DirectoryAway))
        defects.push(`a worker met a defect: ${String(report)}`);
    }
    return defects;
  }

  /** One of the things that happen to a process. */
  #strike(): void {
    const random = this.#random;
    const process = [...this.#processes.values()][random.between(0, 1)];
    const stood = [...this.#processes.values()].some(({ frozen }) => frozen);
    for (const other of this.#processes.values()) if (random.chance(0.35)) other.thaw();
    if (random.chance(0.1)) process?.kill();
    if (random.chance(0.07)) process?.freeze();
    if (random.chance(0.06)) this.#setClocks(process, stood ? 1 : random.pick([-1, 1]));
  }

  /**
   * The clock of the whole machine is set, or that of one process alone. Not back while a process stands still: it
   * would take the time it missed for time that never was, and no engine could tell.
   */
  #setClocks(process: MortalProcess | undefined, direction: 1 | -1): void {
    const random = this.#random;
    const byMs = random.pick(SET_BY) * direction;
    this.#met.add("a clock is set");
    if (random.chance(0.5)) return this.#bench.jump(byMs);
    process?.setClock(byMs);
    // Whatever it writes from now on, and what others write after it, is out of order.
    this.#bench.wentBack = true;
  }

  async #lookAtLines(): Promise<void> {
    if (this.#met.has("a run waits for another's lock")) return;
    const store = this.#bench.database.connect();
    for (const { runId } of this.#going())
      if ((await store.lockWait(runId)) !== null) this.#met.add("a run waits for another's lock");
  }

  async #keepWorkers(count: number): Promise<void> {
    for (let index = 0; index < count; index += 1) {
      const slot = `worker-${index}`;
      if (this.#processes.get(slot)?.alive === true) continue;
      this.#processes.set(slot, await this.#worker(slot));
    }
  }

  async #worker(slot: string): Promise<MortalProcess> {
    const random = this.#random;
    const dies = !this.#calm && random.chance(0.7);
    const weather = {
      isDown: () => this.#storeDown,
      fails: () => !this.#calm && random.chance(0.04),
    };
    const { process } = await this.#bench.worker({
      // Sometimes the same slot restarts, sometimes another process takes over.
      owner: random.chance(0.5) ? slot : `${slot}-${random.between(0, 1_000_000)}`,
      process: {
        diesAt: dies ? random.between(3, 80) : Infinity,
        onDeath: () => {
          this.#deaths += 1;
        },
        skewMs: random.between(-1_000, 1_000),
        losesNotification: () => !this.#calm && random.chance(0.3),
        standsStill: (before) => this.#standsStill(before),
      },
      settings: { sweepMs: random.pick([5_000, 20_000]) },
      random: random.next,
      breaker: this.#breaker,
      keepsCheckpoints: true,
      store: (store) => badStore(store, weather),
      breakers: (store) => badBreakers(this.#seen(store), weather),
      checkStart: async () => {
        if (!this.#calm && random.chance(0.1)) throw new DirectoryUnavailable("Slack is away");
        const left = !this.#calm && random.chance(0.1);
        return left ? refuse({ reasons: ["An approver has left."] }) : accept(null);
      },
      decideApproval: async (header, ...rest) => {
        const life = this.#lives.find(({ runId }) => runId === header.runId);
        return life?.people.decide({ away: () => this.#directoryAway })(header, ...rest) ?? null;
      },
    });
    return process;
  }

  /** The store of the breakers, watched. */
  #seen(store: BreakerStore): BreakerStore {
    return {
      ...store,
      put: async (target, version, breaker) => {
        const before = (await store.get(target))?.breaker.status;
        const put = await store.put(target, version, breaker);
        if (put && breaker.status === "open") this.#met.add("a breaker opens");
        if (put && before === "half-open" && breaker.status === "closed")
          this.#met.add("a breaker closes again");
        return put;
      },
    };
  }

  /** Most often where it is about to act on what it believes to be its own. */
  #standsStill(before: "an act" | "anything"): boolean {
    const stands = !this.#calm && this.#random.chance(before === "an act" ? 0.08 : 0.005);
    if (stands) this.#met.add("a process stands still before it sees an answer");
    return stands;
  }

  #going(): readonly Life[] {
    return this.#lives.filter(
      ({ runId }) => !FINAL_RUN_STATUSES.some((status) => status === this.#bench.status(runId)),
    );
  }

  #ended(): boolean {
    return this.#going().length === 0;
  }

  #failure(found: readonly string[]): Error {
    const lines = found.map((line) => `- ${line}`);
    return new Error(
      [`SIMULATION_SEED=${this.#seed}`, ...lines, ...historyLog(this.#bench)].join("\n"),
    );
  }
}

/** Somebody left out a step that had been delayed and had not begun since. */
function leavesOutWhatWaits(events: readonly RunEvent[]): boolean {
  const delayed = new Set<string>();
  for (const event of events) {
    if (event.kind === "step.delayed") delayed.add(event.call.stepId);
    if (event.kind === "attempt.started") delayed.delete(event.call.stepId);
    if (event.kind === "step.skipped" && event.by !== undefined && delayed.has(event.stepId))
      return true;
  }
  return false;
}

function isUnexpectedState(event: RunEvent): boolean {
  return (
    event.kind === "run.held" && event.reasons.some((reason) => reason.includes("was planned for"))
  );
}
