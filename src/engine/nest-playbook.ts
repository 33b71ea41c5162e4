// A playbook used as a step: found, given its inputs, and parsed as the source of steps of its own. Refuses circles
// and depth before anything is expanded.

import { OUTPUTS_STEP } from "./built-in-operations.ts";
import { unknownName } from "./compile-call.ts";
import { formatDuration } from "./duration.ts";
import type { Scope } from "./expression.ts";
import type { JsonObject } from "./json.ts";
import type { OnFailure, Problem } from "./plan.ts";
import { parsePlanSource } from "./plan-source.ts";
import type { PlanSource, StepSource } from "./plan-source.ts";
import { playbookInputs } from "./playbook.ts";
import type { Playbook } from "./playbook.ts";
import type { Policy } from "./policy.ts";
import { referenceProblems } from "./reference-check.ts";
import { accept, refuse } from "./result.ts";
import type { Result } from "./result.ts";
import { graphOf, graphProblems } from "./step-graph.ts";
import { asText, fillTemplates } from "./template.ts";
import { pathText } from "./zod-problems.ts";

const PLAYBOOK_PREFIX = "playbook.";
/** Playbooks inside each other; a person has to be able to follow them. */
const MAX_DEPTH = 5;
/** What a playbook's own steps say for themselves. */
const NOT_FOR_PLAYBOOKS = [
  "parallel_group",
  "profile",
  "timeout",
  "deadline",
  "retry",
  "ask",
  "approval",
  "rollback",
] as const;
const NO_LISTS = ["before", "check", "expect"] as const;

/** What is known while steps are expanded, and how many may still be made. */
export type Nesting = {
  readonly playbooks: readonly Playbook[];
  readonly policy: Policy;
  /** The plan's; a nested playbook can't be for another one. */
  readonly environment: string;
  readonly stepsAllowed: number;
  /** Counts so many steps in; answers how many there are now, which may be too many. */
  readonly count: (steps: number) => number;
  /** Names of the playbooks around, outermost first. */
  readonly around: readonly string[];
};

export type Nested = {
  readonly playbook: Playbook;
  readonly source: PlanSource;
  /** What the paths of its problems begin with. */
  readonly path: string;
  /** As its file says; null: the use decides. */
  readonly onFailure: OnFailure | null;
  readonly inner: Nesting;
};

export function isPlaybook({ uses }: StepSource): boolean {
  return uses?.startsWith(PLAYBOOK_PREFIX) === true;
}

/** Null: the step uses an operation. */
export function nestedSource(
  step: StepSource,
  path: string,
  scope: Scope,
  nesting: Nesting,
): Result<Nested, readonly Problem[]> | null {
  if (!isPlaybook(step)) return null;
  const name = step.uses?.slice(PLAYBOOK_PREFIX.length) ?? "";
  const playbook = nesting.playbooks.find((one) => one.name === name);
  if (playbook === undefined) {
    const names = nesting.playbooks.map((one) => one.name);
    const found = `unknown playbook ${name}`;
    const problem = unknownName(
      { path: `${path}.uses`, found, name },
      names,
      "an operation, because there are no playbooks",
    );
    return refuse([problem]);
  }
  const misused = [...misuses(step, path), ...tooDeep(name, path, nesting)];
  if (misused.length > 0) return refuse(misused);
  const given = givenInputs(playbook, step, path, scope);
  if (!given.ok) return given;
  const inner = { ...nesting, around: [...nesting.around, name] };
  return sourceOf(playbook, given.value, `${path}.uses.${name}.`, inner);
}

function misuses(step: StepSource, path: string): readonly Problem[] {
  const named = NOT_FOR_PLAYBOOKS.filter((key) => step[key] !== undefined);
  const listed = NO_LISTS.filter((key) => step[key].length > 0);
  return [...named, ...listed].map((key) => ({
    path: `${path}.${key}`,
    found: `${key} on a step that is a playbook`,
    expected: `${key} on the steps of the playbook, or on a step before or after this one`,
  }));
}

function tooDeep(name: string, path: string, { around }: Nesting): readonly Problem[] {
  const at = `${path}.uses`;
  const circle = around.indexOf(name);
  if (circle !== -1) {
    const found = `playbooks that use each other: ${[...around.slice(circle), name].join(" -> ")}`;
    return [{ path: at, found, expected: "playbooks without a circle" }];
  }
  if (around.length < MAX_DEPTH) return [];
  const found = [...around, name].join(" -> ");
  return [{ path: at, found, expected: `at most ${MAX_DEPTH} playbooks inside each other` }];
}

/** What is shown and approved is what runs, so the inputs that make the steps are known when the plan is filed. */
function givenInputs(
  playbook: Playbook,
  step: StepSource,
  path: string,
  scope: Scope,
): Result<JsonObject, readonly Problem[]> {
  const filled = fillTemplates<JsonObject>(step.with, scope);
  if (!filled.ok) {
    return refuse(
      filled.refusal.map((mistake) => ({
        path: pathText([`${path}.with`, ...mistake.path]),
        found: mistake.sentence,
        expected: "inputs of a playbook that are known when the plan is filed",
      })),
    );
  }
  const inputs = playbookInputs(playbook, filled.value);
  if (inputs.ok) return inputs;
  return refuse(
    inputs.refusal.map((problem) => ({ ...problem, path: `${path}.with.${problem.path}` })),
  );
}

function sourceOf(
  playbook: Playbook,
  inputs: JsonObject,
  path: string,
  inner: Nesting,
): Result<Nested, readonly Problem[]> {
  const inside = (problem: Problem): Problem => ({ ...problem, path: `${path}${problem.path}` });
  const parsed = parsePlanSource({ ...playbook.body, inputs });
  if (!parsed.ok) return refuse(parsed.refusal.map(inside));
  const source = parsed.value;
  const graph = graphProblems(graphOf(source.steps));
  const problems = graph.length > 0 ? graph : referenceProblems(source, inner.policy);
  if (problems.length > 0) return refuse(problems.map(inside));
  const named = fillTemplates<JsonObject>(
    { title: source.title, environment: source.environment ?? inner.environment },
    { inputs },
  );
  if (!named.ok) {
    const [mistake] = named.refusal;
    const found = mistake?.sentence ?? "an expression";
    return refuse([
      { path: `${path}${String(mistake?.path[0])}`, found, expected: "text that inputs fill" },
    ]);
  }
  if (source.run_time !== undefined) {
    const found = `a run time of ${formatDuration(source.run_time)} in a playbook that is a step`;
    const expected = "the run time of the plan, or a deadline on steps of the playbook";
    return refuse([{ path: `${path}run_time`, found, expected }]);
  }
  const namesake = source.steps.findIndex(({ id }) => id === OUTPUTS_STEP);
  if (namesake !== -1 && Object.keys(source.outputs).length > 0) {
    const found = `${OUTPUTS_STEP}, which is the step that hands out the playbook's outputs`;
    return refuse([{ path: `${path}steps[${namesake}].id`, found, expected: "another id" }]);
  }
  const environment = asText(named.value["environment"] ?? "");
  if (environment !== inner.environment) {
    const expected = `${inner.environment}, as the plan it is part of`;
    return refuse([{ path: `${path}environment`, found: environment, expected }]);
  }
  const own = Object.hasOwn(playbook.body, "on_failure") ? source.on_failure : null;
  const title = asText(named.value["title"] ?? "").slice(0, 150);
  return accept({ playbook, source: { ...source, title }, path, onFailure: own, inner });
}

/** Circles among playbooks, found when they are loaded: each as `a -> b -> a`, with the file of the first. */
export function playbookCircles(
  playbooks: readonly Playbook[],
): readonly { readonly playbook: Playbook; readonly problem: Problem }[] {
  const byName = new Map(playbooks.map((playbook) => [playbook.name, playbook]));
  const done = new Set<string>();
  const found: { playbook: Playbook; problem: Problem }[] = [];
  const visit = (playbook: Playbook, around: readonly string[]): void => {
    const circle = around.indexOf(playbook.name);
    if (circle !== -1) {
      const names = [...around.slice(circle), playbook.name];
      const first = byName.get(names[0] ?? "") ?? playbook;
      const problem = {
        path: "steps",
        found: `playbooks that use each other: ${names.join(" -> ")}`,
        expected: "playbooks without a circle",
      };
      found.push({ playbook: first, problem });
      return;
    }
    if (done.has(playbook.name)) return;
    for (const name of usedBy(playbook)) {
      const next = byName.get(name);
      if (next !== undefined) visit(next, [...around, playbook.name]);
    }
    done.add(playbook.name);
  };
  for (const playbook of playbooks) visit(playbook, []);
  return found;
}

function usedBy({ body }: Playbook): readonly string[] {
  const parsed = parsePlanSource(body);
  if (!parsed.ok) return [];
  return parsed.value.steps
    .filter(isPlaybook)
    .map(({ uses }) => uses?.slice(PLAYBOOK_PREFIX.length) ?? "");
}
