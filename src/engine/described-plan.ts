// A plan that is only described by what policies look at: enough to ask who would have to approve it, and nothing that
// could run. Operations are real ones, whose worst risk is taken where none is given.

import { ONE_TRY } from "./compile-checks.ts";
import type { Registry } from "./operation.ts";
import type { Plan, PlanStep } from "./plan.ts";
import { highestRisk } from "./risk.ts";
import type { Risk } from "./risk.ts";

export type PlanDescription = {
  readonly title: string;
  readonly environment: string;
  /** Of the registry. One step each. */
  readonly operations: readonly string[];
  readonly playbook: string | null;
  /** What every step touches. */
  readonly resources: readonly string[];
  readonly risk: Risk | null;
};

export function describedPlan(description: PlanDescription, registry: Registry): Plan {
  const { title, environment, operations, playbook, resources, risk } = description;
  const steps = operations.map((uses, index) =>
    stepOf(`step-${index + 1}`, uses, {
      locks: resources,
      risk: risk ?? registry.get(uses)?.worstRisk ?? "destructive",
    }),
  );
  return {
    title,
    environment,
    playbook,
    inputs: {},
    vars: {},
    env: {},
    groups: {},
    playbooks: {},
    holdTimeMs: 0,
    mode: "sequential",
    parallelism: 1,
    onFailure: "stop",
    runTimeMs: 0,
    risk: highestRisk(steps.map((step) => step.risk)),
    steps,
  };
}

function stepOf(id: string, uses: string, about: Pick<PlanStep, "locks" | "risk">): PlanStep {
  return {
    ...about,
    id,
    uses,
    with: {},
    profile: null,
    summary: uses,
    timeoutMs: 0,
    needs: [],
    after: [],
    stage: 0,
    stageName: null,
    groups: [],
    loop: null,
    scope: "",
    guards: [],
    when: null,
    check: [],
    checksBefore: [],
    checksAfter: [],
    inquiry: null,
    approval: null,
    preconditions: [],
    retry: ONE_TRY,
    deadlineMs: null,
    onFailure: "stop",
    rollback: { kind: "none" },
    deferred: false,
  };
}
