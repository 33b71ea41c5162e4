// The names that expressions use, checked before anything runs: inputs and variables that exist, steps that exist
// and are waited for, answers that are asked for. Without it a typo would fail a run halfway.

import { unknownName } from "./compile-call.ts";
import { unknownEnv } from "./compile-names.ts";
import { askedFields } from "./compile-inquiry.ts";
import { unknownRoot } from "./expression.ts";
import { parseExpression } from "./expression-syntax.ts";
import type { Chain, ParsedExpression } from "./expression-syntax.ts";
import type { InquiryFieldType, Problem } from "./plan.ts";
import type { PlanSource, StepSource } from "./plan-source.ts";
import type { Policy } from "./policy.ts";
import { notWaiting } from "./reachability.ts";
import type { Waiting } from "./reachability.ts";
import { placesOf } from "./reference-places.ts";
import type { ExpressionPlace } from "./reference-places.ts";
import { inOrder } from "./step-graph.ts";

/** What can be asked about a step, by its id. */
const MEMBERS = ["result", "status", "output", "answers", "timed_out"] as const;

type StepFacts = {
  readonly isList: boolean;
  readonly answers: ReadonlyMap<string, InquiryFieldType>;
};

type Known = {
  readonly steps: ReadonlyMap<string, StepFacts>;
  readonly inputs: readonly string[];
  readonly vars: readonly string[];
  readonly policy: Pick<Policy, "env">;
};

/** `step` null: an output of a playbook, which is evaluated after all of its steps. */
type Place = ExpressionPlace & { readonly step: StepSource | null };
/** A step that is named; it must be waited for. */
type Named = Waiting & { readonly path: string };
type Found = { readonly problems: Problem[]; readonly named: Named[] };

/** Every mistake in the names of a plan's expressions. */
export function referenceProblems(
  source: PlanSource,
  policy: Pick<Policy, "env">,
): readonly Problem[] {
  const known: Known = {
    vars: Object.keys(source.vars),
    policy,
    steps: new Map(source.steps.map((step) => [step.id, factsOf(step)])),
    inputs: Object.keys(source.inputs),
  };
  const found: Found = { problems: [], named: [] };
  source.steps.forEach((step, index) => {
    const { places, problems } = placesOf(step, `steps[${index}]`);
    found.problems.push(...problems);
    for (const place of places) lookAt({ ...place, step }, known, found);
  });
  for (const [name, output] of Object.entries(source.outputs))
    lookAt({ ...OUTPUT, path: `outputs.${name}`, source: output, step: null }, known, found);
  const order = inOrder(
    source.steps.map((step, index) => ({
      id: step.id,
      needs: needsOf(source, step, index),
      path: `steps[${index}]`,
    })),
  );
  const unwaited = notWaiting(order, found.named).map(({ path, stepId, otherId }) => ({
    path,
    found: `steps.${otherId}, which ${stepId} does not wait for`,
    expected: `needs: [${otherId}] on ${stepId}`,
  }));
  return [...found.problems, ...unwaited];
}

function factsOf(step: StepSource): StepFacts {
  return { isList: step.for_each !== undefined, answers: askedFields(step.ask) };
}

/** In sequential mode every step waits for the one before it. */
function needsOf(source: PlanSource, step: StepSource, index: number): readonly string[] {
  const before = source.steps[index - 1];
  return source.mode === "sequential" && before !== undefined
    ? [...step.needs, before.id]
    : step.needs;
}

function lookAt(place: Place, known: Known, found: Found): void {
  const { path, source, names } = place;
  const parsed = parseExpression(source);
  if (!parsed.ok) {
    found.problems.push({ path, found: source, expected: `an expression, but ${parsed.refusal}` });
    return;
  }
  const used = parsed.value.references;
  const root = names === null ? null : unknownRoot(used, names);
  if (root !== null) {
    found.problems.push({ path, found: source, expected: `known names, but ${root}` });
    return;
  }
  if (used.whole.has("steps")) {
    const expected = "a step by its id, as in steps.<id>.result";
    found.problems.push({ path, found: source, expected });
  }
  for (const input of used.inputs)
    if (!known.inputs.includes(input))
      found.problems.push(nameless(path, `inputs.${input}`, input, known.inputs));
  found.problems.push(...valueProblems(used.chains, path, known));
  for (const chain of used.chains) {
    const problem =
      chain.root === "steps" ? stepProblem(chain, place, known) : answerProblem(chain, place);
    if (problem !== null) found.problems.push(problem);
  }
  for (const id of used.steps)
    if (place.step !== null && known.steps.has(id) && !(place.afterwards && id === place.step.id))
      found.named.push({ path, stepId: place.step.id, otherId: id });
  const secret = secretProblem(parsed.value, place, known);
  if (secret !== null) found.problems.push(secret);
}

const OUTPUT = {
  names: ["inputs", "vars", "env", "steps", "run"],
  afterwards: true,
  takesSecrets: false,
} as const;

/** Variables of the plan and of the environment that do not exist. */
function valueProblems(
  chains: readonly Chain[],
  path: string,
  { vars, policy }: Known,
): readonly Problem[] {
  return chains.flatMap(({ root, members: [member], test }): readonly Problem[] => {
    if (typeof member !== "string" || test) return [];
    if (root === "vars" && !vars.includes(member))
      return [nameless(path, `vars.${member}`, member, vars)];
    const isUnknown = root === "env" && !Object.hasOwn(policy.env, member);
    return isUnknown ? [unknownEnv(path, member, policy)] : [];
  });
}

/** What is wrong with `steps.<id>.<member>`, or null. */
function stepProblem({ members }: Chain, { path }: Place, known: Known): Problem | null {
  const [id = "", ...rest] = members.map(String);
  const step = known.steps.get(id);
  if (step === undefined) return nameless(path, `steps.${id}`, id, [...known.steps.keys()]);
  const hasNumber = typeof members[1] === "number";
  if (rest.length > 0 && step.isList !== hasNumber) {
    const found = `steps.${id}.${rest[0]}`;
    const expected = step.isList
      ? `an item of the list, as in steps.${id}[0].result, or all of them, as in steps.${id}.map(one, one.result)`
      : `steps.${id}.result, because ${id} has no for_each`;
    return { path, found, expected };
  }
  const [member, field] = step.isList ? rest.slice(1) : rest;
  if (member === undefined) return null;
  if (!MEMBERS.some((one) => one === member))
    return nameless(path, `steps.${id}.${member}`, member, MEMBERS);
  if (member !== "answers" || field === undefined || step.answers.has(field)) return null;
  return nameless(path, `steps.${id}.answers.${field}`, field, [...step.answers.keys()]);
}

/** What is wrong with `answers.<field>` of the step itself, or null. */
function answerProblem({ root, members }: Chain, { path, step }: Place): Problem | null {
  if (root !== "answers") return null;
  const field = String(members[0]);
  const asked = askedFields(step?.ask);
  return asked.has(field) ? null : nameless(path, `answers.${field}`, field, [...asked.keys()]);
}

/**
 * A secret is a reference until an attempt resolves it: it can be handed on as it is, and nothing can be made
 * of it.
 */
function secretProblem(parsed: ParsedExpression, place: Place, known: Known): Problem | null {
  const used = parsed.references;
  const own = askedFields(place.step?.ask);
  const named = used.chains.find((chain) => isSecret(chain, own, known));
  const all = used.whole.has("answers") && [...own.values()].includes("secret");
  if (named === undefined && !all) return null;
  const isHandedOn = place.takesSecrets && parsed.isChain && !all && reachesField(named);
  if (isHandedOn) return null;
  return {
    path: place.path,
    found: `${parsed.source}, which holds a secret answer`,
    expected: "a secret only in with, by its name and with nothing around it in its ${{ }}",
  };
}

/** True when the chain is a secret, or a whole that a secret is part of. */
function isSecret(
  { root, members }: Chain,
  own: ReadonlyMap<string, InquiryFieldType>,
  known: Known,
): boolean {
  const isIn = (answers: ReadonlyMap<string, InquiryFieldType>, field: string | undefined) =>
    field === undefined
      ? [...answers.values()].includes("secret")
      : answers.get(field) === "secret";
  if (root === "answers") return isIn(own, String(members[0]));
  if (root !== "steps") return false;
  const names = members.filter((member) => typeof member === "string");
  const [id = "", member, field] = names;
  const answers = known.steps.get(id)?.answers;
  if (answers === undefined) return false;
  if (member !== undefined && member !== "answers") return false;
  return isIn(answers, field);
}

function reachesField(chain: Chain | undefined): boolean {
  const names = chain?.members.filter((member) => typeof member === "string").length ?? 0;
  return chain?.root === "answers" ? names === 1 : names === 3;
}

function nameless(path: string, found: string, name: string, names: readonly string[]): Problem {
  return unknownName({ path, found, name }, names, "no such name: none are defined");
}
