// From a request to a plan: parse, fill in expressions, expand `for_each`, look operations up, rate the risk.
// Pure: answers a plan or every mistake in it.

import { unknownOperation } from "./compile-call.ts";
import { compileStep } from "./compile-step.ts";
import { compileHead } from "./compile-head.ts";
import { compileNames, usedEnv } from "./compile-names.ts";
import { expandSteps } from "./expand-steps.ts";
import type { DraftStep } from "./expand-steps.ts";
import { isJsonObject } from "./json.ts";
import type { Json, JsonObject } from "./json.ts";
import { nearestName } from "./nearest-name.ts";
import type { Nesting } from "./nest-playbook.ts";
import { checkInput, coerce, inputSchema } from "./operation-input.ts";
import type { AnyOperation, Registry } from "./operation.ts";
import { playbookInputs } from "./playbook.ts";
import type { Playbook } from "./playbook.ts";
import { parsePlanSource } from "./plan-source.ts";
import type { PlanSource } from "./plan-source.ts";
import { groupProblems, parallelismOf } from "./plan-groups.ts";
import type { NestedPlaybook, Plan, PlanStep, Problem } from "./plan.ts";
import type { Policy } from "./policy.ts";
import { referenceProblems } from "./reference-check.ts";
import { accept, refuse } from "./result.ts";
import type { Result } from "./result.ts";
import { environmentOf } from "./rights-to-ask.ts";
import { riskWithRollback } from "./rollback-risk.ts";
import { highestRisk } from "./risk.ts";
import type { Risk } from "./risk.ts";
import { stagePlaces, writtenStages } from "./stage-names.ts";
import { graphOf, graphProblems, stagesOf } from "./step-graph.ts";

export type PlanRequest =
  /**
   * A whole plan; `value` is the parsed YAML or JSON of `text`. `playbook`: the one from which a filed plan, asked for
   * again letter by letter, was made.
   */
  | {
      readonly kind: "source";
      readonly value: unknown;
      readonly text: string;
      readonly playbook?: string | null;
    }
  /**
   * Argument values from `key=value` are strings or lists of strings; they become what the input's type says.
   * `environment` is taken out of the arguments when the playbook neither fixes one nor has such an input.
   */
  | { readonly kind: "playbook"; readonly name: string; readonly arguments: JsonObject }
  /** `environment` and `profile` are taken out of the arguments unless the operation's input has such keys. */
  | { readonly kind: "operation"; readonly name: string; readonly arguments: JsonObject };

export type CompileContext = {
  readonly policy: Policy;
  readonly registry: Registry;
  readonly playbooks: readonly Playbook[];
};

export type CompiledPlan = { readonly plan: Plan; readonly sourceText: string };

/** The plan, or all of its problems at once. */
export function compilePlan(
  request: PlanRequest,
  context: CompileContext,
): Result<CompiledPlan, readonly Problem[]> {
  const source = sourceOf(request, context);
  if (!source.ok) return source;
  const parsed = parsePlanSource(source.value.value);
  if (!parsed.ok) return refuse(inTermsOf(request, parsed.refusal));
  const plan = compileSource(parsed.value, source.value.playbook, context);
  if (!plan.ok) return refuse(inTermsOf(request, plan.refusal));
  return accept({ plan: plan.value, sourceText: source.value.text });
}

type Source = { readonly value: unknown; readonly text: string; readonly playbook: string | null };

function sourceOf(
  request: PlanRequest,
  context: CompileContext,
): Result<Source, readonly Problem[]> {
  switch (request.kind) {
    case "source":
      return accept({
        value: request.value,
        text: request.text,
        playbook: request.playbook ?? null,
      });
    case "playbook":
      return playbookSource(request.name, request.arguments, context.playbooks);
    case "operation":
      return operationSource(request.name, request.arguments, context.registry);
  }
}

function playbookSource(
  name: string,
  given: JsonObject,
  playbooks: readonly Playbook[],
): Result<Source, readonly Problem[]> {
  const playbook = playbooks.find((candidate) => candidate.name === name);
  if (playbook === undefined) {
    const names = playbooks.map((candidate) => candidate.name);
    const nearest = nearestName(name, names);
    const expected =
      names.length === 0 ? "a playbook, but there are none" : `one of ${names.join(", ")}`;
    return refuse([
      {
        path: "",
        found: `unknown playbook ${name}`,
        expected,
        ...(nearest !== null && { nearest }),
      },
    ]);
  }
  const { environment, ...rest } = given;
  const isFree =
    !Object.hasOwn(playbook.body, "environment") && !Object.hasOwn(playbook.inputs, "environment");
  const chosen = isFree && environment !== undefined;
  const inputs = playbookInputs(playbook, chosen ? rest : given);
  if (!inputs.ok) return inputs;
  const value = { ...playbook.body, ...(chosen && { environment }), inputs: inputs.value };
  return accept({ value, text: JSON.stringify(value, null, 2), playbook: name });
}

function operationSource(
  name: string,
  given: JsonObject,
  registry: Registry,
): Result<Source, readonly Problem[]> {
  const operation = registry.get(name);
  if (operation === undefined) return refuse([unknownOperation(name, "", registry)]);
  const { properties } = inputSchema(operation);
  const known = isJsonObject(properties) ? properties : {};
  const input: [string, Json][] = [];
  const reserved: Record<string, Json> = {};
  for (const [key, value] of Object.entries(given)) {
    const isReserved = (key === "environment" || key === "profile") && !Object.hasOwn(known, key);
    if (isReserved) reserved[key] = value;
    else input.push([key, coerce(known[key], value)]);
  }
  const { environment, profile } = reserved;
  const filled = Object.fromEntries(input);
  const value = {
    title: titleOf(operation, filled),
    ...(environment !== undefined && { environment }),
    steps: [
      {
        id: name.replaceAll(/[^A-Za-z0-9_-]/g, "_").slice(0, 60),
        uses: name,
        ...(profile !== undefined && { profile }),
        with: filled,
      },
    ],
  };
  return accept({ value, text: JSON.stringify(value, null, 2), playbook: null });
}

function titleOf(operation: AnyOperation, input: JsonObject): string {
  const checked = checkInput(operation, input, []);
  const sentence = checked.ok ? operation.describe(checked.parsed) : operation.summary;
  const title = sentence.replace(/\.$/, "");
  return title.length > 150 ? `${title.slice(0, 149)}…` : title;
}

/** A person who typed `key=value` never saw a step: their problems are told by key. */
function inTermsOf(request: PlanRequest, problems: readonly Problem[]): readonly Problem[] {
  if (request.kind !== "operation") return problems;
  return problems.map((problem) => ({
    ...problem,
    path: problem.path.replace(/^steps\[0\]\.(with\.?)?/, ""),
  }));
}

function compileSource(
  source: PlanSource,
  playbook: string | null,
  context: CompileContext,
): Result<Plan, readonly Problem[]> {
  const head = compileHead(source, playbook, context.policy);
  const problems: Problem[] = head.ok ? [] : [...head.refusal];
  const order = graphProblems(graphOf(source.steps));
  problems.push(...order);
  // With a circle every step in it waits for itself, and what expressions may name means nothing.
  if (order.length === 0) problems.push(...referenceProblems(source, context.policy));
  const names = compileNames(source, context.policy);
  if (!names.ok) return refuse(distinct([...problems, ...names.refusal]));
  const { environment } = head.ok ? head.value : { environment: "" };
  const expanded = expandSteps(source, names.value, nestingOf(context, environment));
  if (!expanded.ok) return refuse(distinct([...problems, ...expanded.refusal]));
  const { drafts, playbooks, groups } = expanded.value;
  problems.push(...groupProblems(source, drafts, { scopeKey: "", ...context }));
  const runTimeMs = head.ok ? head.value.runTimeMs : context.policy.limits.runTimeMs;
  const stepContext = {
    registry: context.registry,
    policy: context.policy,
    environment: head.ok ? environmentOf(context.policy, head.value.environment) : null,
    runTimeMs,
  };
  const steps: Omit<PlanStep, "stage">[] = [];
  for (const draft of drafts) {
    const step = compileStep(draft, stepContext);
    if (step.ok) steps.push(step.value);
    else problems.push(...step.refusal);
  }
  if (problems.length > 0 || !head.ok) return refuse(distinct(problems));
  const staged = withStages(steps, drafts, source);
  if (!staged.ok) return refuse(distinct(staged.refusal));
  const texts = [
    JSON.stringify(source),
    ...Object.values(playbooks).map(textOf(context.playbooks)),
  ];
  return accept({
    ...head.value,
    vars: names.value.vars,
    env: usedEnv(texts, context.policy),
    groups: { ...parallelismOf(source, ""), ...groups },
    playbooks,
    risk: riskOf(staged.value),
    steps: staged.value,
  });
}

/** What expanding may use. */
function nestingOf({ policy, playbooks }: CompileContext, environment: string): Nesting {
  const { stepsPerPlan: stepsAllowed } = policy.limits;
  let total = 0;
  const count = (steps: number): number => {
    total += steps;
    return total;
  };
  return { playbooks, policy, environment, stepsAllowed, count, around: [] };
}

/** The text of the playbook that a nested one came from: what of the environment it uses is kept with the plan. */
function textOf(playbooks: readonly Playbook[]): (nested: NestedPlaybook) => string {
  return (nested) =>
    JSON.stringify(playbooks.find(({ name }) => name === nested.playbook)?.body ?? {});
}

function withStages(
  steps: readonly Omit<PlanStep, "stage">[],
  drafts: readonly DraftStep[],
  source: PlanSource,
): Result<readonly PlanStep[], readonly Problem[]> {
  const stages = draftStages(drafts, source);
  if (!stages.ok) return stages;
  return accept(steps.map((step, index) => ({ ...step, stage: stages.value[index] ?? 0 })));
}

/** Stages that their author gave are those of whole steps: all items and all steps of a playbook are in it. */
function draftStages(
  drafts: readonly DraftStep[],
  source: PlanSource,
): Result<readonly number[], readonly Problem[]> {
  const places = stagePlaces(source);
  if (!places.ok) return places;
  if (places.value.every(({ stage }) => stage === undefined)) return stagesOf(drafts, source.mode);
  const stages = writtenStages(source, "");
  if (!stages.ok) return stages;
  const stageOf = new Map(source.steps.map(({ id }, index) => [id, stages.value[index] ?? 0]));
  return accept(drafts.map(({ partOf }) => stageOf.get(partOf) ?? 0));
}

/** The highest risk of any step and of taking it back. */
function riskOf(steps: readonly PlanStep[]): Risk {
  return highestRisk(steps.map(riskWithRollback));
}

/** The first problem of each place: later ones are usually its consequences, and items repeat them. */
function distinct(problems: readonly Problem[]): readonly Problem[] {
  const byPath = new Map<string, Problem>();
  for (const problem of problems) {
    const key = problem.path === "" ? problem.found : problem.path;
    if (!byPath.has(key)) byPath.set(key, problem);
  }
  return [...byPath.values()];
}
