// The steps of a plan as they will run: `for_each` steps become one step for each item, a playbook that is used as a
// step becomes its own steps, and `needs` on either means all of them. Every step knows the names it may use.

import { FLOW_OUTPUTS, OUTPUTS_STEP } from "./built-in-operations.ts";
import { compileNames } from "./compile-names.ts";
import type { Names } from "./compile-names.ts";
import { written } from "./compile-call.ts";
import type { Scope } from "./expression.ts";
import type { Json } from "./json.ts";
import { itemPlaces, itemsOf } from "./loop-items.ts";
import type { ItemPlace } from "./loop-items.ts";
import { isPlaybook, nestedSource } from "./nest-playbook.ts";
import type { Nesting } from "./nest-playbook.ts";
import { groupProblems, idIn, parallelismOf } from "./plan-groups.ts";
import type { Guard, LoopPlace, NestedPlaybook, OnFailure, Problem } from "./plan.ts";
import type { PlanSource, StepSource } from "./plan-source.ts";
import { accept, refuse } from "./result.ts";
import type { Result } from "./result.ts";
import { stagePlaces, writtenStages } from "./stage-names.ts";

/** Edges after expansion: two `for_each` steps that need each other multiply. */
const MAX_EDGES = 100_000;

/** One step of the plan to be, not yet compiled. */
export type DraftStep = {
  readonly id: string;
  readonly needs: readonly string[];
  readonly after: readonly string[];
  /** The id of the plan's own step that it comes from. */
  readonly partOf: string;
  readonly stageName: string | null;
  readonly groups: readonly string[];
  readonly loop: LoopPlace | null;
  readonly path: string;
  readonly source: StepSource;
  /** Key of the nested playbook it is a step of; empty: the plan itself. */
  readonly scopeKey: string;
  readonly guards: readonly Guard[];
  /** What holds unless the step says otherwise. */
  readonly onFailure: OnFailure;
  /** Values known at filing. */
  readonly scope: Scope;
  /** `item` and `index`, which are gone when the step runs. */
  readonly literals: Scope;
};

export type Expanded = {
  readonly drafts: readonly DraftStep[];
  readonly playbooks: Readonly<Record<string, NestedPlaybook>>;
  readonly groups: Readonly<Record<string, number>>;
};

/** Where a source stands: the plan itself, or a playbook inside it. */
export type Standing = {
  readonly scopeKey: string;
  /** What its paths begin with. */
  readonly path: string;
  readonly names: Names;
  readonly guards: readonly Guard[];
  readonly groups: readonly string[];
  readonly loop: LoopPlace | null;
  /** Null: the plan itself, whose steps are parts of their own. */
  readonly part: Pick<DraftStep, "partOf" | "stageName"> | null;
  readonly onFailure: OnFailure;
};

/** The steps in plan order, or what stands in the way. */
export function expandSteps(
  source: PlanSource,
  names: Names,
  nesting: Nesting,
): Result<Expanded, readonly Problem[]> {
  const plan: Standing = {
    scopeKey: "",
    path: "",
    names,
    guards: [],
    groups: [],
    loop: null,
    part: null,
    onFailure: source.on_failure,
  };
  const expanded = expandSource(source, plan, nesting);
  if (!expanded.ok) return expanded;
  const edges = expanded.value.drafts.reduce(
    (sum, { needs, after }) => sum + needs.length + after.length,
    0,
  );
  if (edges <= MAX_EDGES) return expanded;
  return refuse([
    {
      path: "steps",
      found: `${edges} dependencies between steps`,
      expected: `at most ${MAX_EDGES}; put a step between the lists that need each other`,
    },
  ]);
}

/** One use of a step as written: itself, or one item of its `for_each`. */
type Instance = {
  readonly step: StepSource;
  readonly path: string;
  readonly id: string;
  readonly stageName: string | null;
  readonly item: (ItemPlace & { readonly literals: Scope }) | null;
};

/** The drafts of one instance: one, or all steps of a playbook. */
type Part = { readonly instance: Instance; readonly drafts: readonly DraftStep[] };

function expandSource(
  source: PlanSource,
  standing: Standing,
  nesting: Nesting,
): Result<Expanded, readonly Problem[]> {
  const found = instancesOf(source, standing);
  if (!found.ok) return found;
  const total = nesting.count(found.value.filter(({ step }) => !isPlaybook(step)).length);
  if (total > nesting.stepsAllowed) {
    const expected = `at most ${nesting.stepsAllowed} steps`;
    return refuse([{ path: "steps", found: `${total} steps`, expected }]);
  }
  const problems: Problem[] = [];
  const parts: Part[] = [];
  let playbooks: Expanded["playbooks"] = {};
  let groups: Expanded["groups"] = {};
  for (const instance of found.value) {
    const part = expandInstance(instance, standing, nesting);
    if (!part.ok) {
      problems.push(...part.refusal);
      continue;
    }
    parts.push({ instance, drafts: part.value.drafts });
    playbooks = { ...playbooks, ...part.value.playbooks };
    groups = { ...groups, ...part.value.groups };
  }
  if (problems.length > 0) return refuse(problems);
  const joined = inOrder(source, standing, parts);
  return joined.ok ? accept({ drafts: joined.value, playbooks, groups }) : joined;
}

function instancesOf(
  source: PlanSource,
  { path: before, names }: Standing,
): Result<readonly Instance[], readonly Problem[]> {
  const places = stagePlaces(source);
  if (!places.ok) return places;
  const problems: Problem[] = [];
  const instances = source.steps.flatMap((step, index): readonly Instance[] => {
    const path = `${before}steps[${index}]`;
    const stageName = places.value[index]?.stageName ?? null;
    const items = itemsOf(step, names, path);
    if (!items.ok) {
      problems.push(items.refusal);
      return [];
    }
    if (items.value === null) return [{ step, path, id: step.id, stageName, item: null }];
    const order = itemPlaces(step, items.value.length);
    return items.value.flatMap((item, nth) =>
      itemInstance({ step, path, stageName }, item, order[nth]),
    );
  });
  return problems.length > 0 ? refuse(problems) : accept(instances);
}

function itemInstance(
  of: Pick<Instance, "step" | "path" | "stageName">,
  item: Json,
  order: ItemPlace | undefined,
): readonly Instance[] {
  if (order === undefined) return [];
  const { index } = order.loop;
  const id = itemId(of.step.id, index);
  return [{ ...of, id, item: { ...order, literals: { item, index } } }];
}

function expandInstance(
  instance: Instance,
  standing: Standing,
  nesting: Nesting,
): Result<Expanded, readonly Problem[]> {
  const { step, path, item } = instance;
  const nested = nestedSource(step, path, { ...standing.names, ...item?.literals }, nesting);
  if (nested === null) {
    return accept({ drafts: [draftOf(instance, standing)], playbooks: {}, groups: {} });
  }
  if (!nested.ok) return nested;
  const { playbook, source, inner } = nested.value;
  const names = compileNames(source, nesting.policy);
  if (!names.ok) return refuse(names.refusal.map((problem) => inside(problem, nested.value.path)));
  const guard = guardOf(instance, standing);
  if (!guard.ok) return refuse([guard.refusal]);
  const scopeKey = idIn(standing.scopeKey, instance.id);
  const ownGroups = source.parallelism === undefined ? [] : [scopeKey];
  const own: Standing = {
    scopeKey,
    path: nested.value.path,
    names: names.value,
    guards: [...standing.guards, ...guard.value],
    groups: [...standing.groups, ...ownGroups],
    loop: loopOf(instance, standing),
    part: partOf(instance, standing),
    onFailure: nested.value.onFailure ?? step.on_failure ?? standing.onFailure,
  };
  const expanded = expandSource(source, own, inner);
  if (!expanded.ok) return expanded;
  const { playbooks, groups } = expanded.value;
  const drafts = [...expanded.value.drafts, ...outputsDraft(source, own, expanded.value)];
  if (drafts.length > expanded.value.drafts.length) nesting.count(1);
  const misnamed = groupProblems(source, drafts, { scopeKey, ...nesting });
  if (misnamed.length > 0)
    return refuse(misnamed.map((problem) => inside(problem, nested.value.path)));
  const { title, outputs, parallelism } = source;
  const used: NestedPlaybook = {
    playbook: playbook.name,
    title,
    inputs: names.value.inputs,
    vars: names.value.vars,
    outputs,
    steps: idsByStep(source, scopeKey, names.value),
  };
  return accept({
    drafts,
    playbooks: { ...playbooks, [scopeKey]: used },
    groups: {
      ...groups,
      ...parallelismOf(source, scopeKey),
      ...(parallelism !== undefined && { [scopeKey]: parallelism }),
    },
  });
}

/** The playbook's last step, which hands out what it has come to: evaluated once, and recorded like any result. */
function outputsDraft(
  { outputs }: PlanSource,
  standing: Standing,
  { drafts }: Expanded,
): readonly DraftStep[] {
  if (Object.keys(outputs).length === 0) return [];
  const templates = Object.entries(outputs).map(
    ([name, written]) => [name, `\${{ ${written} }}`] as const,
  );
  const source: StepSource = {
    id: OUTPUTS_STEP,
    uses: FLOW_OUTPUTS,
    with: { outputs: Object.fromEntries(templates) },
    needs: [],
    before: [],
    check: [],
    expect: [],
  };
  const path = `${standing.path}${OUTPUTS_STEP}`;
  const instance = { step: source, path, id: OUTPUTS_STEP, stageName: null, item: null };
  return [{ ...draftOf(instance, standing), needs: drafts.map(({ id }) => id) }];
}

function draftOf(instance: Instance, standing: Standing): DraftStep {
  const { step, path, item } = instance;
  const { names, scopeKey, guards, groups, onFailure } = standing;
  const group =
    step.parallel_group === undefined ? [] : [idIn(standing.scopeKey, step.parallel_group)];
  return {
    id: idIn(standing.scopeKey, instance.id),
    needs: [],
    after: [],
    ...partOf(instance, standing),
    groups: [...groups, ...group],
    loop: loopOf(instance, standing),
    path,
    source: step,
    scopeKey,
    guards,
    onFailure,
    scope: { ...names, ...item?.literals },
    literals: item?.literals ?? {},
  };
}

/** The step of the plan that it comes from, and that step's stage: within it, needs and batches make the order. */
function partOf({ step, stageName }: Instance, { part }: Standing) {
  return part ?? { partOf: step.id, stageName };
}

/** Its own loop, or that of the playbook it is a step of. */
function loopOf({ item }: Instance, standing: Standing): LoopPlace | null {
  return item === null
    ? standing.loop
    : { ...item.loop, id: idIn(standing.scopeKey, item.loop.id) };
}

/** The condition of a playbook's use, for each of its steps. */
function guardOf(
  { step, path, item }: Instance,
  { scopeKey }: Standing,
): Result<readonly Guard[], Problem> {
  if (step.when === undefined) return accept([]);
  const source = written(step.when, `${path}.when`, item?.literals ?? {});
  return source.ok ? accept([{ source: source.value, scope: scopeKey }]) : source;
}

/** The drafts with what they wait for: the needs and loops of this source, and the order of a nested one. */
function inOrder(
  source: PlanSource,
  standing: Standing,
  parts: readonly Part[],
): Result<readonly DraftStep[], readonly Problem[]> {
  const idsOf = new Map<string, string[]>();
  for (const { instance, drafts } of parts) {
    const ids = idsOf.get(instance.step.id) ?? [];
    for (const { id } of drafts) ids.push(id);
    idsOf.set(instance.step.id, ids);
  }
  const ofItems = partsByStep(parts);
  const barriers = standing.scopeKey === "" ? accept(null) : barriersOf(source, standing);
  if (!barriers.ok) return barriers;
  return accept(
    parts.flatMap(({ instance, drafts }) => {
      const { step, item } = instance;
      const own = ofItems.get(step.id) ?? [];
      const idsAt = (places: readonly number[]): readonly string[] =>
        places.flatMap((place) => own[place]?.drafts.map(({ id }) => id) ?? []);
      const needs = [
        ...[...new Set(step.needs)].flatMap((need) => idsOf.get(need) ?? []),
        ...idsAt(item?.needs ?? []),
      ];
      const before = (barriers.value?.get(step.id) ?? []).flatMap((id) => idsOf.get(id) ?? []);
      const after = [...idsAt(item?.after ?? []), ...before];
      return drafts.map((draft) => waiting(draft, needs, after));
    }),
  );
}

/** What comes later in its own playbook waits for the first ones there, which wait for the others here. */
function waiting(draft: DraftStep, needs: readonly string[], after: readonly string[]): DraftStep {
  const first = draft.needs.length === 0 && draft.after.length === 0;
  const known = new Set(draft.needs);
  return {
    ...draft,
    needs: [...draft.needs, ...needs.filter((need) => !known.has(need))],
    after: first ? after.filter((id) => !needs.includes(id)) : draft.after,
  };
}

function partsByStep(parts: readonly Part[]): ReadonlyMap<string, readonly Part[]> {
  const byStep = new Map<string, Part[]>();
  for (const part of parts) {
    const { step } = part.instance;
    byStep.set(step.id, [...(byStep.get(step.id) ?? []), part]);
  }
  return byStep;
}

/** By step, those of the stage before, which must have ended; a nested playbook has its own mode. */
function barriersOf(
  source: PlanSource,
  { path: before }: Standing,
): Result<ReadonlyMap<string, readonly string[]>, readonly Problem[]> {
  if (source.mode === "graph") return accept(new Map());
  const stages = writtenStages(source, before);
  if (!stages.ok) return stages;
  const byStage = new Map<number, string[]>();
  source.steps.forEach(({ id }, index) => {
    const stage = stages.value[index] ?? 0;
    byStage.set(stage, [...(byStage.get(stage) ?? []), id]);
  });
  return accept(
    new Map(
      source.steps.map(({ id }, index) => [id, byStage.get((stages.value[index] ?? 0) - 1) ?? []]),
    ),
  );
}

/** By a step's id in the playbook, its ids in the plan. */
function idsByStep(source: PlanSource, scopeKey: string, names: Names): NestedPlaybook["steps"] {
  return Object.fromEntries(
    source.steps.map((step) => {
      const items = itemsOf(step, names, "");
      const count = items.ok ? (items.value?.length ?? null) : null;
      const own = `${scopeKey}.${step.id}`;
      if (count === null) return [step.id, [own]];
      return [step.id, Array.from({ length: count }, (_, index) => itemId(own, index))];
    }),
  );
}

function inside(problem: Problem, path: string): Problem {
  return { ...problem, path: `${path}${problem.path}` };
}

function itemId(id: string, index: number): string {
  return `${id}[${index}]`;
}
