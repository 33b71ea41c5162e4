// What expressions see of a run while it goes on: `inputs`, `vars`, `env`, `run`, `steps.<id>` (a list for a
// `for_each` step), `answers` of the step's own inquiry, and `result` in checks and rollbacks. A nested playbook's
// steps see its own names only. Kept up to date step by step: thousands of steps don't build it anew.

import { evaluate } from "./expression.ts";
import type { Scope } from "./expression.ts";
import type { Json, JsonObject } from "./json.ts";
import type { NestedPlaybook, Plan, PlanStep } from "./plan.ts";
import type { StepStatus } from "./run.ts";
import type { RunHeader } from "./run-store.ts";
import { resultOf, stepStatus } from "./step-state.ts";
import type { StepState } from "./step-state.ts";

/** Where a step's facts are kept: under its name in its scope, at an index when it is an item. */
type Place = { readonly scope: string; readonly name: string; readonly index: number | null };
/** A playbook used as a step: under its name in the scope around it. */
type Nested = Place & { readonly playbook: NestedPlaybook };

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
      steps: this.#stepsOf(of.scope),
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
    this.#facts.set(stepId, facts);
    this.#put(place, facts);
  }

  /** The steps of a scope; those that are playbooks are told as they stand now. */
  #stepsOf(scope: string): Record<string, Json> {
    const steps = this.#steps.get(scope) ?? {};
    for (const [inner, nested] of this.#nested) {
      if (nested.scope === scope) this.#put(nested, this.#factsOfPlaybook(inner, nested.playbook));
    }
    return steps;
  }

  #factsOfPlaybook(inner: string, { outputs, steps }: NestedPlaybook): Facts {
    const statuses = Object.values(steps)
      .flat()
      .map((stepId) => this.#statusOf(stepId));
    const status = statusOfAll(statuses);
    if (status !== "succeeded") return { ...PENDING, status };
    const scope = this.scope({ id: "", scope: inner });
    const result = Object.fromEntries(
      Object.entries(outputs).map(([name, source]) => {
        const value = evaluate(source, scope);
        return [name, value.ok ? value.value : null];
      }),
    );
    return { ...PENDING, status, result };
  }

  /** A step of a playbook may be a playbook itself. */
  #statusOf(stepId: string): StepStatus {
    const nested = this.#nested.get(stepId);
    if (nested !== undefined) return this.#factsOfPlaybook(stepId, nested.playbook).status;
    return this.#facts.get(stepId)?.status ?? "pending";
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
    for (const step of this.#plan.steps) {
      const place = placeOf(step.id, step.scope);
      this.#places.set(step.id, place);
      this.#open(place);
      if (step.inquiry !== null) {
        const blank = step.inquiry.fields.map(({ name }) => [name, null] as const);
        this.#blank.set(step.id, Object.fromEntries(blank));
      }
    }
    for (const [inner, playbook] of Object.entries(this.#plan.playbooks)) {
      const at = inner.lastIndexOf(".");
      const nested = { ...placeOf(inner, at === -1 ? "" : inner.slice(0, at)), playbook };
      this.#nested.set(inner, nested);
      this.#open(nested);
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
function statusOfAll(statuses: readonly StepStatus[]): StepStatus {
  if (statuses.every((status) => status === "pending")) return "pending";
  if (statuses.every((status) => status === "skipped")) return "skipped";
  if (statuses.every((status) => status === "succeeded" || status === "skipped"))
    return "succeeded";
  return statuses.find((status) => status === "failed" || status === "unknown") ?? "running";
}
