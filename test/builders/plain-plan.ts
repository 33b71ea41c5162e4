// What a step and a plan are when their author wrote nothing special.

import type { Plan, PlanStep } from "#engine/plan.ts";

export const PLAIN_STEP = {
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
  deadlineMs: null,
  onFailure: "rollback",
  rollback: { kind: "none" },
  locks: [],
  deferred: false,
} as const satisfies Partial<PlanStep>;

export const PLAIN_PLAN = {
  playbook: null,
  inputs: {},
  vars: {},
  env: {},
  groups: {},
  playbooks: {},
  holdTimeMs: 86_400_000,
  mode: "stages",
  parallelism: 5,
  onFailure: "rollback",
  runTimeMs: 3_600_000,
} as const satisfies Partial<Plan>;
