// What expressions see of a run while it goes on: `inputs`, `vars`, `env`, `run`, `steps.<id>` (a list for a
// `for_each` step), `answers` of the step's own inquiry, and `result` in checks and rollbacks. A nested playbook's
// steps see its own names only. Kept up to date step by step: thousands of steps don't build it anew.

import { OUTPUTS_STEP } from "./built-in-operations.ts";
import type { Scope } from "./expression.ts";
import type { Json, JsonObject } from "./json.ts";
import { idIn } from "./plan-groups.ts";
import type { Plan, PlanStep } from "./plan.ts";
import type { StepStatus } from "./run.ts";
import type { RunHeader } from "./run-store.ts";
import { resultOf, stepStatus } from "./step-state.ts";
import type { StepState } from "./step-state.ts";

/** Where a step's facts are kept: under its name in its scope, at an index when it is an item. */
type Place = { readonly scope: string; readonly name: string; readonly index: number | null };
/** A playbook used as a step: under its name in the scope around it, and how many of its own steps stand how. */
type Nested = {
  readonly place: Place;
  readonly counts: Map<StepStatus, number>;
  result: Json;
};

type Facts = {
  readonly status: StepStatus;
  readonly result: Json;
  readonly output: string;
  readonly answers: JsonObject;
  readonly timed_out: boolean;
};

const PENDING: Facts = {
  status: "pending",
  result: null,
  output: "",
  answers: {},
  timed_out: false,
};

export class LiveScope {
  readonly #plan: Plan;
  readonly #run: JsonObject;
  readonly #steps = new Map<string, Record<string, Json>>();
  readonly #places = new Map<string, Place>();
  readonly #nested = new Map<string, Nested>();
  readonly #facts = new Map<string, Facts>();
  readonly #outputs = new Map<string, string>();
  readonly #blank = new Map<string, JsonObject>();

  constructor(header: Pick<RunHeader, "runId" | "planId" | "plan">) {
    this.#plan = header.plan;
    this.#run = { id: header.runId, plan_id: header.planId };
    this.#openPlaces();
  }

  /**
   * The names that a step's expressions may use.
   * @param result of the step itself, for checks and rollbacks; left out elsewhere.
   */
  scope(of: Pick<PlanStep, "id" | "scope">, result?: Json | null): Scope {
    const { inputs, vars } = this.#plan.playbooks[of.scope] ?? this.#plan;
    return {
      inputs,
      vars,
      env: this.#plan.env,
      run: this.#run,
      steps: this.#steps.get(of.scope) ?? {},
      answers: this.#facts.get(of.id)?.answers ?? this.#unanswered(of.id),
      ...(result !== undefined && { result }),
    };
  }

  /** The step stands otherwise now. @param output the end of what it wrote, where that is new. */
  update(step: StepState, output?: string): void {
    const { stepId, inquiry } = step;
    const place = this.#places.get(stepId);
    if (place === undefined) return;
    if (output !== undefined) this.#outputs.set(stepId, output);
    const facts: Facts = {
      status: stepStatus(step),
      result: resultOf(step),
      output: this.#outputs.get(stepId) ?? "",
      answers: inquiry.status === "answered" ? inquiry.answers : this.#unanswered(stepId),
      timed_out: inquiry.status === "answered" && inquiry.by === null,
    };
    const before = this.#facts.get(stepId)?.status ?? "pending";
    this.#facts.set(stepId, facts);
    this.#put(place, facts);
    const around = this.#nested.get(place.scope);
    if (around === undefined) return;
    if (stepId === idIn(place.scope, OUTPUTS_STEP)) around.result = facts.result;
    this.#tellAround(place.scope, before, facts.status);
  }

  /** The name of the playbook that it is a step of. */
  playbookOf({ scope }: Pick<PlanStep, "scope">): string {
    return this.#plan.playbooks[scope]?.playbook ?? scope;
  }

  /** A step of the playbook stands otherwise now, and so may the playbook, and the one around it. */
  #tellAround(scope: string, from: StepStatus, to: StepStatus): void {
    const nested = this.#nested.get(scope);
    if (nested === undefined) return;
    const { counts, place, result } = nested;
    const before = statusOfAll(counts);
    counts.set(from, (counts.get(from) ?? 0) - 1);
    counts.set(to, (counts.get(to) ?? 0) + 1);
    const status = statusOfAll(counts);
    this.#put(place, { ...PENDING, status, result });
    if (status !== before) this.#tellAround(place.scope, before, status);
  }

  #put({ scope, name, index }: Place, facts: Facts): void {
    const steps = this.#steps.get(scope);
    if (steps === undefined) return;
    const list = steps[name];
    if (index !== null && Array.isArray(list)) (list as Json[])[index] = facts;
    else steps[name] = facts;
  }

  /** Every field stands, so that a condition on an answer nobody gave is false and not a mistake. */
  #unanswered(stepId: string): JsonObject {
    return this.#blank.get(stepId) ?? {};
  }

  #openPlaces(): void {
    for (const inner of Object.keys(this.#plan.playbooks)) {
      const at = inner.lastIndexOf(".");
      const place = placeOf(inner, at === -1 ? "" : inner.slice(0, at));
      this.#nested.set(inner, { place, counts: new Map(), result: null });
      this.#open(place);
    }
    for (const step of this.#plan.steps) {
      const place = placeOf(step.id, step.scope);
      this.#places.set(step.id, place);
      this.#open(place);
      if (step.inquiry !== null) {
        const blank = step.inquiry.fields.map(({ name }) => [name, null] as const);
        this.#blank.set(step.id, Object.fromEntries(blank));
      }
    }
    const nested = [...this.#nested.values()].map(({ place }) => place);
    for (const { scope } of [...this.#places.values(), ...nested]) {
      const counts = this.#nested.get(scope)?.counts;
      counts?.set("pending", (counts.get("pending") ?? 0) + 1);
    }
  }

  #open({ scope, name, index }: Place): void {
    const steps = this.#steps.get(scope) ?? {};
    this.#steps.set(scope, steps);
    if (index === null) {
      steps[name] = PENDING;
      return;
    }
    const list = steps[name];
    const items: Json[] = Array.isArray(list) ? (list as Json[]) : [];
    items[index] = PENDING;
    steps[name] = items;
  }
}

/** `deploy.tag[2]` in the scope `deploy` is item 2 of `tag`. */
function placeOf(id: string, scope: string): Place {
  const own = scope === "" ? id : id.slice(scope.length + 1);
  const item = /^(.*)\[(\d+)\]$/.exec(own);
  if (item === null) return { scope, name: own, index: null };
  return { scope, name: item[1] ?? own, index: Number(item[2]) };
}

/** One word for a playbook's steps together. */
function statusOfAll(counts: ReadonlyMap<StepStatus, number>): StepStatus {
  const some = (status: StepStatus): boolean => (counts.get(status) ?? 0) > 0;
  const only = (...statuses: readonly StepStatus[]): boolean =>
    [...counts].every(([status, count]) => count === 0 || statuses.includes(status));
  if (only("pending")) return "pending";
  if (only("skipped")) return "skipped";
  if (only("succeeded", "skipped")) return "succeeded";
  if (some("failed")) return "failed";
  return some("unknown") ? "unknown" : "running";
}
