// One run's life in a bad world: workers die and come back, the store fails before and after its commits, bells
// are lost, people press every button. In the end there is calm, and the run must come to a true end.

import type { ControlRequest, UnknownAnswer } from "#engine/run.ts";
import { FINAL_RUN_STATUSES } from "#engine/run.ts";
import type { Plan } from "#engine/plan.ts";
import { accept, refuse } from "#engine/result.ts";
import type { RunStore } from "#engine/run-store.ts";
import { checkHistory, openAttempts } from "./check-history.ts";
import { answerHonestly } from "./honest-person.ts";
import type { MortalProcess } from "./mortal-process.ts";
import { randomBehaviours, randomPlan } from "./random-plan.ts";
import { RunBench } from "./run-bench.ts";
import { SeededRandom } from "./seeded-random.ts";

const PERSON = { kind: "person", teamId: "T1", userId: "UCHAOS" } as const;

class StoreDown extends Error {
  override readonly name = "StoreDown";
}

/** What happened, for counting. @throws when an invariant does not hold. */
export async function playHistory(
  seed: number,
): Promise<{ readonly status: string; readonly deaths: number }> {
  const history = new RandomHistory(seed);
  await history.chaos();
  await history.calm();
  history.check();
  return { status: history.bench.status(), deaths: history.deaths };
}

class RandomHistory {
  readonly bench = new RunBench();
  deaths = 0;
  readonly #random: SeededRandom;
  readonly #plan: Plan;
  readonly #processes = new Map<string, MortalProcess>();
  #calm = false;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
    this.#plan = randomPlan(this.#random);
    for (const { id } of this.#plan.steps)
      this.bench.world.plan(id, ...randomBehaviours(this.#random));
    this.bench.queue(this.#plan);
  }

  async chaos(): Promise<void> {
    const random = this.#random;
    for (let turns = random.between(0, 25); turns > 0 && !this.#ended(); turns -= 1) {
      await this.#keepWorkers(2);
      this.bench.dispatcher.down = random.chance(0.3);
      await this.bench.clock.advance(random.pick([0, 1, 50, 900, 4_000, 15_000, 40_000]));
      if (random.chance(0.3)) this.#press();
      if (random.chance(0.5))
        answerHonestly(
          this.bench,
          random.pick<UnknownAnswer>(["try-again", "it-did-not-happen", "give-up"]),
        );
      if (random.chance(0.1)) [...this.#processes.values()][0]?.kill();
    }
  }

  /** Nothing more goes wrong: one live worker, and a person who answers. */
  async calm(): Promise<void> {
    this.#calm = true;
    for (let turns = 0; !this.#ended(); turns += 1) {
      if (turns > 200) throw new Error(`no end:\n${this.#log()}`);
      await this.#keepWorkers(1);
      await this.bench.clock.advance(60_000);
      answerHonestly(this.bench, "it-did-not-happen");
      const status = this.bench.status();
      if (status === "paused" || status === "held") this.bench.ask({ kind: "resume", by: PERSON });
    }
    for (const process of this.#processes.values()) process.kill();
  }

  check(): void {
    const { reports } = this.bench;
    reports.splice(
      0,
      reports.length,
      ...reports.filter((report) => !(report instanceof StoreDown)),
    );
    if (openAttempts(this.bench.events()).length > 0)
      throw new Error(`attempts without an outcome:\n${this.#log()}`);
    try {
      checkHistory(this.bench, this.#plan);
    } catch (error) {
      throw new Error(`${String(error)}\n${this.#log()}`, { cause: error });
    }
  }

  async #keepWorkers(count: number): Promise<void> {
    const random = this.#random;
    for (let index = 0; index < count; index += 1) {
      const slot = `worker-${index}`;
      if (this.#processes.get(slot)?.alive === true) continue;
      const dies = !this.#calm && random.chance(0.7);
      const { process } = await this.bench.worker({
        // Sometimes the same slot restarts, sometimes another process takes over.
        owner: random.chance(0.5) ? slot : `${slot}-${random.between(0, 1_000_000)}`,
        diesAt: dies ? random.between(3, 60) : Infinity,
        onDeath: () => {
          this.deaths += 1;
        },
        random: random.next,
        store: (store) => this.#failing(store),
        checkStart: () =>
          Promise.resolve(
            !this.#calm && random.chance(0.1) ? refuse(["An approver has left."]) : accept(null),
          ),
      });
      this.#processes.set(slot, process);
    }
  }

  #press(): void {
    const random = this.#random;
    this.bench.ask(
      random.pick<ControlRequest>([
        { kind: "pause", by: PERSON },
        { kind: "resume", by: PERSON },
        { kind: "resume", by: PERSON },
        { kind: "cancel", by: PERSON, rollback: random.chance(0.5) },
        { kind: "rollback", by: PERSON },
      ]),
    );
  }

  /** Every call may fail before the store saw it or after it was committed. */
  #failing(store: RunStore): RunStore {
    const failing = async <T>(act: () => Promise<T>): Promise<T> => {
      if (!this.#calm && this.#random.chance(0.04)) throw new StoreDown("before the commit");
      const answer = await act();
      if (!this.#calm && this.#random.chance(0.04)) throw new StoreDown("after the commit");
      return answer;
    };
    return {
      ...store,
      claim: (...args) => failing(() => store.claim(...args)),
      flush: (flush) => failing(() => store.flush(flush)),
      renew: (...args) => failing(() => store.renew(...args)),
      controls: (...args) => failing(() => store.controls(...args)),
      appendOutput: (chunks) => failing(() => store.appendOutput(chunks)),
      view: (runId) => failing(() => store.view(runId)),
    };
  }

  #ended(): boolean {
    return FINAL_RUN_STATUSES.some((status) => status === this.bench.status());
  }

  #log(): string {
    const { events } = this.bench.database.view("run-1");
    const world = this.bench.world.calls.map(
      (call) => `${call.switch} ${call.to}${call.acted ? "" : " (did not act)"}`,
    );
    return [
      JSON.stringify(this.#plan),
      ...this.bench.reports.map(String),
      ...events.map(({ at, event }) => `${at} ${JSON.stringify(event)}`),
      `world: ${world.join(", ")}`,
    ].join("\n");
  }
}
