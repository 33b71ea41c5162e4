// One run's life in a bad world: workers die, stand still and come back, the store fails before and after its
// commits, bells and notifications are lost, clocks jump, people press every button. In the end there is calm, and
// the run must come to a true end.

import { FINAL_RUN_STATUSES } from "#engine/run.ts";
import type { Plan } from "#engine/plan.ts";
import { DirectoryUnavailable } from "#engine/identity.ts";
import { accept, refuse } from "#engine/result.ts";
import { badStore, StoreDown } from "./bad-store.ts";
import { historyLog, violationsOf } from "./check-history.ts";
import type { MortalProcess } from "./mortal-process.ts";
import { misbehave } from "./random-behaviours.ts";
import { DirectoryAway, RandomPeople } from "./random-people.ts";
import { randomPlan } from "./random-plan.ts";
import { RunBench } from "./run-bench.ts";
import { SeededRandom } from "./seeded-random.ts";

/** What happened, for counting. */
export type PlayedHistory = {
  readonly status: string;
  readonly deaths: number;
  /** Kinds of the events in its log. */
  readonly kinds: readonly string[];
};

/** @throws {Error} naming each invariant that does not hold, with the run's log. */
export async function playHistory(seed: number): Promise<PlayedHistory> {
  const history = new RandomHistory(seed);
  return history.play();
}

const A_TURN = [0, 1, 50, 900, 4_000, 15_000, 40_000] as const;
/** Turns of a minute in which a calm world must bring any run to its end. */
const PATIENCE = 300;

class RandomHistory {
  readonly #bench = new RunBench();
  readonly #random: SeededRandom;
  readonly #people: RandomPeople;
  readonly #plan: Plan;
  readonly #processes = new Map<string, MortalProcess>();
  readonly #seed: number;
  #deaths = 0;
  #calm = false;
  #storeDown = false;
  #directoryAway = false;

  constructor(seed: number) {
    this.#seed = seed;
    this.#random = new SeededRandom(seed);
    this.#plan = randomPlan(this.#random);
    this.#people = new RandomPeople(this.#bench, this.#random);
    misbehave(this.#bench.world, this.#plan, this.#random);
    this.#bench.queue(this.#plan);
  }

  /** @throws {Error} when an invariant does not hold. */
  async play(): Promise<PlayedHistory> {
    try {
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
      this.#people.meddle();
      this.#strike();
    }
  }

  /** Nothing more goes wrong: one live worker, and people who answer, or none. */
  async #becalm(): Promise<void> {
    this.#calm = true;
    this.#storeDown = false;
    this.#directoryAway = false;
    this.#bench.dispatcher.down = false;
    for (const process of this.#processes.values()) process.thaw();
    const absent = this.#random.chance(0.4);
    for (let turns = 0; !this.#ended(); turns += 1) {
      if (turns > PATIENCE) throw new Error(`no end after ${PATIENCE} calm minutes`);
      await this.#keepWorkers(1);
      await this.#bench.clock.advance(60_000);
      this.#people.help(absent);
    }
    for (const process of this.#processes.values()) process.kill();
  }

  #played(): PlayedHistory {
    const { reports } = this.#bench;
    const defects = reports.filter(
      (report) => !(report instanceof StoreDown || report instanceof DirectoryAway),
    );
    const found = [
      ...defects.map((defect) => `a worker met a defect: ${String(defect)}`),
      ...violationsOf(this.#bench, this.#plan),
    ];
    if (found.length > 0) throw this.#failure(found);
    return {
      status: this.#bench.status(),
      deaths: this.#deaths,
      kinds: this.#bench.kinds(),
    };
  }

  /** One of the things that happen to a process. */
  #strike(): void {
    const random = this.#random;
    const process = [...this.#processes.values()][random.between(0, 1)];
    for (const other of this.#processes.values()) if (random.chance(0.5)) other.thaw();
    if (random.chance(0.1)) process?.kill();
    if (random.chance(0.07)) process?.freeze();
    if (random.chance(0.04)) this.#jump();
  }

  /** The clock of the machine is set. */
  #jump(): void {
    const random = this.#random;
    this.#bench.clock.jump(random.pick([-3_600_000, -20_000, 20_000, 3_600_000]));
  }

  async #keepWorkers(count: number): Promise<void> {
    const random = this.#random;
    for (let index = 0; index < count; index += 1) {
      const slot = `worker-${index}`;
      if (this.#processes.get(slot)?.alive === true) continue;
      const dies = !this.#calm && random.chance(0.7);
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
        },
        settings: { sweepMs: random.pick([5_000, 20_000]) },
        random: random.next,
        store: (store) =>
          badStore(store, {
            isDown: () => this.#storeDown,
            fails: () => !this.#calm && random.chance(0.04),
          }),
        checkStart: async () => {
          if (!this.#calm && random.chance(0.1)) throw new DirectoryUnavailable("Slack is away");
          const left = !this.#calm && random.chance(0.1);
          return left ? refuse(["An approver has left."]) : accept(null);
        },
        decideApproval: this.#people.decide({ away: () => this.#directoryAway }),
      });
      this.#processes.set(slot, process);
    }
  }

  #ended(): boolean {
    return FINAL_RUN_STATUSES.some((status) => status === this.#bench.status());
  }

  #failure(found: readonly string[]): Error {
    const lines = found.map((line) => `- ${line}`);
    return new Error(
      [`SIMULATION_SEED=${this.#seed}`, ...lines, ...historyLog(this.#bench)].join("\n"),
    );
  }
}
