// The plan language as people write it, checked for shape only. What the names in it mean is decided by
// compile-plan.ts.

import { z } from "zod";
import { ERROR_CATEGORIES } from "./failure.ts";
import { approval, ask, check, duration, expectation, gateKeysAt, name } from "./gate-source.ts";
import type { Problem } from "./plan.ts";
import { accept, refuse } from "./result.ts";
import type { Result } from "./result.ts";
import { problemsOfZodError } from "./zod-problems.ts";

/** Values and depth of a document: YAML's aliases can make a small text enormous. */
const MAX_VALUES = 200_000;
const MAX_DEPTH = 40;

const onFailure = z.enum(["rollback", "stop", "continue"]);
const call = {
  uses: z.string().min(1).max(100),
  with: z.record(z.string(), z.json()).default({}),
  profile: z.string().min(1).max(100).optional(),
  timeout: duration.optional(),
};

const retry = z.strictObject({
  max_attempts: z.int().min(1).max(20).default(3),
  backoff: z.enum(["exponential", "linear", "fixed"]).default("exponential"),
  base_delay: duration.default(2000),
  max_delay: duration.default(60_000),
  jitter: z.boolean().default(true),
  on: z.array(z.enum(ERROR_CATEGORIES)).default(["network", "timeout", "temporary"]),
});

const step = z
  .strictObject({
    id: name,
    ...call,
    uses: call.uses.optional(),
    needs: z.array(z.string()).default([]),
    stage: z.union([z.int().min(0).max(10_000), name]).optional(),
    parallel_group: name.optional(),
    for_each: z.union([z.string(), z.array(z.json())]).optional(),
    batch: z.int().min(1).max(10_000).optional(),
    canary: z.int().min(1).max(10_000).optional(),
    max_failures: z.int().min(0).max(10_000).optional(),
    when: z.union([z.string(), z.boolean().transform(String)]).optional(),
    before: z.array(check).max(20).default([]),
    check: z.array(check).max(20).default([]),
    ask: ask.optional(),
    approval: approval.optional(),
    expect: z.array(expectation).max(20).default([]),
    retry: retry.optional(),
    deadline: duration.optional(),
    on_failure: onFailure.optional(),
    rollback: z.union([z.enum(["none", "undo"]), z.array(z.strictObject(call)).max(20)]).optional(),
  })
  .superRefine(({ uses, ask: asked, approval: gated, with: input }, context) => {
    if (uses !== undefined) return;
    if (asked === undefined && gated === undefined)
      context.addIssue({
        code: "custom",
        path: ["uses"],
        message: "an operation; only a step that asks or is approved may have none",
      });
    else if (Object.keys(input).length > 0)
      context.addIssue({ code: "custom", path: ["with"], message: "with only beside uses" });
  });

const group = z.strictObject({ parallelism: z.int().min(1).max(10_000) });

const planSource = z.strictObject({
  title: z.string().trim().min(1).max(150),
  environment: z.string().min(1).max(100).optional(),
  inputs: z.record(name, z.json()).default({}),
  vars: z.record(name, z.json()).default({}),
  groups: z.record(name, group).default({}),
  outputs: z.record(name, z.string()).default({}),
  mode: z.enum(["stages", "graph", "sequential"]).default("stages"),
  parallelism: z.int().min(1).optional(),
  on_failure: onFailure.default("rollback"),
  run_time: duration.optional(),
  steps: z.array(step).min(1),
});

export type PlanSource = z.infer<typeof planSource>;
export type StepSource = PlanSource["steps"][number];
export type CallSource = Pick<StepSource, "with" | "profile" | "timeout"> & {
  readonly uses: string;
};

const PLAN_KEYS = Object.keys(planSource.shape);
const STEP_KEYS = Object.keys(step.shape);

function keysAt(path: readonly PropertyKey[]): readonly string[] {
  const last = path.at(-1);
  if (path.length === 0) return PLAN_KEYS;
  if (last === "retry") return Object.keys(retry.shape);
  if (path[0] === "groups") return Object.keys(group.shape);
  return gateKeysAt(path) ?? (path.includes("rollback") ? Object.keys(call) : STEP_KEYS);
}

/** The plan as written, or everything that is wrong with its shape. */
export function parsePlanSource(value: unknown): Result<PlanSource, readonly Problem[]> {
  const size = sizeProblem(value);
  if (size !== null) return refuse([size]);
  const parsed = planSource.safeParse(value);
  return parsed.success
    ? accept(parsed.data)
    : refuse(problemsOfZodError(parsed.error, value, keysAt));
}

/** What makes a document too large or too deep to be looked at, or null. */
export function sizeProblem(value: unknown): Problem | null {
  let left = MAX_VALUES;
  const walk = (item: unknown, depth: number): string | null => {
    left -= 1;
    if (left < 0) return `more than ${MAX_VALUES} values`;
    if (depth > MAX_DEPTH) return `values nested more than ${MAX_DEPTH} deep`;
    if (typeof item === "string" && !item.isWellFormed()) return "text that is not valid Unicode";
    if (typeof item !== "object" || item === null) return null;
    // A key of this name would change what an object inherits instead of what it holds.
    if (Object.hasOwn(item, "__proto__")) return "a key __proto__";
    for (const member of Object.values(item)) {
      const found = walk(member, depth + 1);
      if (found !== null) return found;
    }
    return null;
  };
  const found = walk(value, 0);
  return found === null
    ? null
    : { path: "", found, expected: "a plan of ordinary size and values" };
}
