// What has changed between a plan as it was filed and the same source compiled today, in complete sentences: risk,
// policy, steps, configuration, playbook, and what each operation says it would do now. Pure; asks nobody.

import { canonicalJson } from "./canonical-json.ts";
import { sourceText } from "./eligibility.ts";
import { isJsonObject } from "./json.ts";
import type { Json, JsonObject } from "./json.ts";
import { diffPlans } from "./plan-diff.ts";
import type { FieldChange } from "./plan-diff.ts";
import type { Plan, PlanRecord } from "./plan.ts";
import type { Playbook } from "./playbook.ts";
import type { ApprovalRule } from "./policy.ts";
import type { StepPreview } from "./preview-steps.ts";

export type Since = {
  readonly record: PlanRecord;
  readonly plan: Plan;
  readonly rule: ApprovalRule;
  readonly policyVersion: string;
  readonly playbooks: readonly Playbook[];
  /** The source of the plan as it was filed, parsed. */
  readonly source: unknown;
  readonly previews: readonly StepPreview[];
};

/** Sentences kept with the plan: a card shows a few of them, and who wants all compares the plans. */
const MOST = 20;
const VALUE = 80;

export function differencesSince(since: Since): readonly string[] {
  const { record, plan } = since;
  const diff = diffPlans(record.plan, plan);
  const changes = [
    ...(diff.risk === null
      ? []
      : [`The risk was ${diff.risk.before} and is ${diff.risk.after} now.`]),
    ...ruleSentences(since),
    ...diff.added.map(({ id }) => `Step ${id} is new.`),
    ...diff.removed.map(({ id }) => `Step ${id} is gone.`),
    ...diff.changed.map(({ stepId, fields }) => `Step ${stepId}: ${fieldsText(fields)}.`),
    ...(diff.other.length === 0 ? [] : [`Of the plan: ${fieldsText(diff.other)}.`]),
    ...playbookSentences(since),
  ];
  const said = changes.length > 0 ? changes : ["Nothing that this plan is made of has changed."];
  return limited([...said, ...stateSentences(since.previews)]);
}

function limited(sentences: readonly string[]): readonly string[] {
  const more = sentences.length - MOST;
  return more <= 0 ? sentences : [...sentences.slice(0, MOST), `And ${more} more differences.`];
}

function ruleSentences({ record, rule, policyVersion }: Since): readonly string[] {
  const [before, after] = [approversText(record.rule), approversText(rule)];
  if (before !== after) return [`Who must approve was ${before}, and is ${after} now.`];
  const fields = Object.keys(rule).filter((field) => !sameField(record.rule, rule, field));
  if (fields.length > 0)
    return [`The rule of its approval is another in ${fields.toSorted().join(", ")}.`];
  return record.policyVersion === policyVersion
    ? []
    : ["The configuration has changed, but not who must approve this plan."];
}

function sameField(one: object, other: object, field: string): boolean {
  const of = (rule: object): Json => (rule as JsonObject)[field] ?? null;
  return canonicalJson(of(one)) === canonicalJson(of(other));
}

function approversText({ require }: ApprovalRule): string {
  return require.length === 0
    ? "nobody"
    : require.map((clause) => `${clause.count} of ${sourceText(clause)}`).join(" and ");
}

function fieldsText(fields: readonly FieldChange[]): string {
  return fields
    .map(({ field, before, after }) => `${field} was ${valueText(before)}, is ${valueText(after)}`)
    .join("; ");
}

function valueText(value: Json): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > VALUE ? `${text.slice(0, VALUE)}…` : text;
}

/** What is filed is the plan that the playbook made then, whatever it would make today. */
function playbookSentences({ record, playbooks, source }: Since): readonly string[] {
  const name = record.plan.playbook;
  if (name === null) return [];
  const playbook = playbooks.find((known) => known.name === name);
  if (playbook === undefined)
    return [`There is no playbook ${name} any more: this is the plan that it made then.`];
  const { inputs: _given, ...body } = isJsonObject(source) ? source : {};
  const { inputs: _defaults, ...now } = playbook.body;
  const { environment: _chosen, ...unplaced } = body;
  const then = Object.hasOwn(now, "environment") ? body : unplaced;
  return canonicalJson(then) === canonicalJson(now)
    ? []
    : [`The playbook ${name} is another one now: this is the plan that it made then.`];
}

/** What operations that can be asked say about what is there now; what would fail first. */
function stateSentences(previews: readonly StepPreview[]): readonly string[] {
  const asked = previews.flatMap(({ stepId, preview, leftOut }) =>
    preview === null || leftOut ? [] : [{ stepId, preview }],
  );
  const fails = asked.filter(({ preview }) => preview.wouldSucceed === false);
  const others = asked.filter(({ preview }) => preview.wouldSucceed !== false);
  return [...fails, ...others].map(({ stepId, preview }) => {
    const verdict = preview.wouldSucceed === false ? "would fail now" : "now";
    return `Step ${stepId} ${verdict}: ${preview.lines.join(" ").slice(0, 240)}`;
  });
}
