// Plans of a few steps with everything a plan can say: single steps, `for_each` with batches and canaries, nested
// playbooks with either in them. Shaped like what the compiler makes.

import type { Guard, Mode, NestedPlaybook, OnFailure, Plan, PlanStep } from "#engine/plan.ts";
import { switchPlan, switchStep } from "#test/builders/run-plans.ts";
import { randomStep } from "./random-step.ts";
import type { StepPlace } from "./random-step.ts";
import type { SeededRandom } from "./seeded-random.ts";

/** What stands for one name in a scope: a step, the items of a `for_each`, the steps of a playbook. */
type Block = { readonly name: string; readonly ids: readonly string[]; readonly single: boolean };

/** Where blocks are put: the plan itself, or a playbook in it. */
type Surroundings = {
  readonly scope: string;
  readonly guards: readonly Guard[];
  /** What the playbook as a whole needs. */
  readonly needs: readonly string[];
  readonly depth: number;
};

/** @param of what the names of its switches begin with, and how many parts it has at most. */
export function randomPlan(
  random: SeededRandom,
  of: { readonly prefix: string; readonly most: number },
): Plan {
  return new RandomPlan(random, of.prefix).plan(of.most);
}

class RandomPlan {
  readonly #random: SeededRandom;
  readonly #prefix: string;
  readonly #mode: Mode;
  readonly #onFailure: OnFailure;
  readonly #groups: Readonly<Record<string, number>>;
  readonly #steps: PlanStep[] = [];
  readonly #stageOf = new Map<string, number>();
  readonly #playbooks: Record<string, NestedPlaybook> = {};

  constructor(random: SeededRandom, prefix: string) {
    this.#random = random;
    this.#prefix = prefix;
    this.#mode = random.pick<Mode>(["stages", "graph", "graph", "sequential"]);
    this.#onFailure = random.pick<OnFailure>(["rollback", "rollback", "stop", "stop", "continue"]);
    this.#groups = random.chance(0.3) ? { slow: 1, fast: random.between(1, 3) } : {};
  }

  plan(most: number): Plan {
    const random = this.#random;
    this.#blocks({ scope: "", guards: [], needs: [], depth: 0 }, random.between(1, most));
    return switchPlan(this.#steps, {
      mode: this.#mode,
      onFailure: this.#onFailure,
      inputs: { wanted: "on" },
      groups: this.#groups,
      playbooks: this.#playbooks,
      parallelism: random.between(1, 4),
      holdTimeMs: random.pick([60_000, 600_000]),
      runTimeMs: random.pick([60_000, 600_000, 3_600_000]),
    });
  }

  #blocks(around: Surroundings, count: number): readonly Block[] {
    const random = this.#random;
    const blocks: Block[] = [];
    for (let index = 0; index < count; index += 1) {
      const earlier = blocks.filter(() => random.chance(0.3)).slice(0, 3);
      const needs = [...around.needs, ...earlier.flatMap(({ ids }) => ids)];
      const place = { ...around, needs };
      const kind = random.next();
      const name = `${kind < 0.65 ? "s" : kind < 0.85 ? "l" : "p"}${index}`;
      const certain = earlier.filter(({ single }) => single).map((block) => block.name);
      if (kind < 0.65) blocks.push(this.#single(name, place, certain));
      else if (kind < 0.85) blocks.push(this.#loop(name, place, certain));
      else if (around.depth < 2) blocks.push(this.#playbook(name, place));
    }
    return blocks;
  }

  #single(name: string, around: Surroundings, earlier: readonly string[]): Block {
    const id = idIn(around.scope, name);
    this.#add(id, around, { earlier, after: [], loop: null });
    return { name, ids: [id], single: true };
  }

  #loop(name: string, around: Surroundings, earlier: readonly string[]): Block {
    const random = this.#random;
    const id = idIn(around.scope, name);
    const count = random.between(2, 5);
    const canaries = random.chance(0.4) ? random.between(1, 2) : 0;
    const batch = random.chance(0.4) ? random.between(1, 3) : count;
    const maxFailures = random.pick([0, 0, 1, 2]);
    const ids = Array.from({ length: count }, (_, index) => `${id}[${index}]`);
    for (const [index, item] of ids.entries()) {
      const canary = index < canaries;
      // Canaries first, then batches of the rest: each waits for all before it.
      const own = index - canaries;
      const before = canary ? 0 : canaries + own - (own % batch);
      const loop = { id, index, canary, maxFailures };
      this.#add(item, around, { earlier, after: ids.slice(0, before), loop });
    }
    return { name, ids, single: false };
  }

  #playbook(name: string, around: Surroundings): Block {
    const random = this.#random;
    const scope = idIn(around.scope, name);
    const { depth, needs } = around;
    const guard: readonly Guard[] = random.chance(0.5)
      ? [{ source: random.pick(["true", "true", "false"]), scope: around.scope }]
      : [];
    const first = this.#steps.length;
    const inner = { scope, needs, guards: [...around.guards, ...guard], depth: depth + 1 };
    const blocks = this.#blocks(inner, random.between(1, 3));
    if (blocks.length === 0) return this.#single(name, around, []);
    const single = blocks.find((block) => block.single);
    this.#playbooks[scope] = {
      playbook: "inner",
      title: `Inner ${scope}`,
      inputs: { wanted: "on" },
      vars: {},
      outputs: single === undefined ? {} : { one: `steps.${single.name}.status` },
      steps: Object.fromEntries(blocks.map((block) => [block.name, block.ids])),
    };
    if (single !== undefined) this.#handOut(inner, single.name, this.#steps.slice(first));
    return { name, ids: this.#steps.slice(first).map(({ id }) => id), single: true };
  }

  /** The last step of a playbook that has an output. */
  #handOut({ scope, guards, needs }: Surroundings, of: string, steps: readonly PlanStep[]): void {
    const stage = Math.max(...steps.map((step) => this.#stageOf.get(step.id) ?? 0)) + 1;
    const id = `${scope}.outputs`;
    this.#stageOf.set(id, stage);
    this.#steps.push({
      ...switchStep(id, { rollback: { kind: "none" } }),
      scope,
      guards,
      needs: [...steps.map((step) => step.id), ...needs],
      stage: this.#mode === "sequential" ? this.#steps.length : stage,
      uses: "flow.outputs",
      summary: "Hand out what the playbook has come to",
      with: { outputs: { one: `\${{ steps.${of}.status }}` } },
      risk: "read-only",
      deferred: true,
      onFailure: this.#onFailure,
    });
  }

  #add(
    id: string,
    { scope, guards, needs }: Surroundings,
    own: Pick<StepPlace, "earlier" | "after" | "loop">,
  ): void {
    const stages = [...needs, ...own.after].map((need) => this.#stageOf.get(need) ?? 0);
    const stage = this.#mode === "sequential" ? this.#steps.length : Math.max(-1, ...stages) + 1;
    this.#stageOf.set(id, stage);
    const groupNames = Object.keys(this.#groups);
    const plan = { groupNames, prefix: this.#prefix, onFailure: this.#onFailure };
    const place = { ...own, ...plan, scope, guards, needs, stage };
    this.#steps.push(randomStep(this.#random, id, place));
  }
}

function idIn(scope: string, name: string): string {
  return scope === "" ? name : `${scope}.${name}`;
}
