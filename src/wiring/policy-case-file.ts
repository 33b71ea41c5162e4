// The shape of a team's table of policy cases (YAML), and the names in it that must be those of the policy. Decides
// nothing: it becomes values for the engine, or every mistake with its path.

import { z } from "zod";
import { nearestName } from "#engine/nearest-name.ts";
import type { Registry } from "#engine/operation.ts";
import type { Problem } from "#engine/plan.ts";
import type { Policy } from "#engine/policy.ts";
import { RISKS } from "#engine/risk.ts";
import { pathText, problemsOfZodError } from "#engine/zod-problems.ts";
import { accept, refuse } from "#engine/result.ts";
import type { Result } from "#engine/result.ts";
import { channelId, duration, name, userId } from "../config/file-values.ts";
import { moment } from "../config/time-values.ts";

const people = z.array(userId);
const groups = z.record(name, people);
const mapping = z.record(z.string(), z.json());

/** Only what policies look at, instead of a whole plan. */
const change = z.strictObject({
  title: z.string().min(1).max(150).default("A change"),
  environment: name.optional(),
  operations: z.array(z.string().min(1)).min(1),
  playbook: z.string().min(1).optional(),
  resources: z.array(z.string().min(1)).default([]),
  /** The worst that the operations can be, unless it is given. */
  risk: z.enum(RISKS).optional(),
});

const VERDICTS = ["waiting", "approved", "denied", "expired", "unreachable"] as const;

const expectation = z
  .strictObject({
    /** The code of the refusal at filing. */
    refused: z.string().optional(),
    /** Names of policies, `production/modify` for an environment's own rule. */
    policies: z.array(z.string()).optional(),
    /** Name of the standing approval, or `none`. */
    standing: z.string().optional(),
    /** Name of the freeze that is on, or `none`. */
    freeze: z.string().optional(),
    verdict: z.enum(VERDICTS).optional(),
    needed: z.int().min(0).optional(),
    could_approve: people.optional(),
    /** Whose votes were cast and don't count. */
    not_counted: people.optional(),
  })
  .refine(
    (value) => Object.keys(value).length > 0,
    "something to expect, such as verdict or policies",
  );

const oneCase = z
  .strictObject({
    name: z.string().min(1).max(150),
    /** A whole plan in the plan language. */
    plan: mapping.optional(),
    change: change.optional(),
    playbook: z.string().optional(),
    inputs: mapping.optional(),
    requester: userId,
    /** Where it is asked for; absent: wherever the requester may. */
    channel: channelId.optional(),
    edited_by: people.default([]),
    groups: groups.default({}),
    inactive: people.default([]),
    delegations: z.array(z.strictObject({ from: userId, to: userId })).default([]),
    at: moment.optional(),
    /** How long after filing the verdict is asked for. */
    after: duration.optional(),
    approve: people.default([]),
    reject: people.default([]),
    expect: expectation,
  })
  .superRefine(({ plan, change: described, playbook, inputs }, context) => {
    const given = [plan, described, playbook].filter((one) => one !== undefined).length;
    const wrong = (message: string, path: readonly string[] = []) =>
      context.addIssue({ code: "custom", message, path: [...path] });
    if (given !== 1) wrong("one of plan, change or playbook");
    if (inputs !== undefined && playbook === undefined)
      wrong("inputs only beside a playbook", ["inputs"]);
  });

const caseFile = z.strictObject({
  /** When, for cases that don't say so themselves. */
  at: moment.optional(),
  /** Who is in which group, for cases that don't say so themselves. */
  groups: groups.default({}),
  cases: z.array(oneCase).min(1).max(1_000),
});

export type CaseFile = z.infer<typeof caseFile>;
export type WrittenCase = CaseFile["cases"][number];

/** What names in the table must be among. */
export type KnownNames = { readonly policy: Policy; readonly registry: Registry };

export function parseCaseFile(
  value: unknown,
  known: KnownNames,
): Result<CaseFile, readonly Problem[]> {
  const parsed = caseFile.safeParse(value);
  if (!parsed.success) return refuse(problemsOfZodError(parsed.error, value, knownKeys));
  const problems = nameProblems(parsed.data, known);
  return problems.length > 0 ? refuse(problems) : accept(parsed.data);
}

function knownKeys(path: readonly PropertyKey[]): readonly string[] {
  if (path.length === 0) return Object.keys(caseFile.shape);
  if (path[0] !== "cases") return [];
  if (path.length === 2) return Object.keys(oneCase.shape);
  if (path[2] === "expect") return Object.keys(expectation.shape);
  return path[2] === "change" ? Object.keys(change.shape) : [];
}

function nameProblems(file: CaseFile, { policy, registry }: KnownNames): readonly Problem[] {
  const problems: Problem[] = [];
  const check = (path: readonly PropertyKey[], found: string, names: readonly string[]): void => {
    if (names.includes(found)) return;
    const nearest = nearestName(found, names);
    const expected =
      names.length === 0 ? "no such name: there is none" : `one of ${names.join(", ")}`;
    problems.push({
      path: pathText(path),
      found,
      expected,
      ...(nearest !== null && { nearest }),
    });
  };
  const groupNames = Object.keys(policy.groups);
  const operations = registry.list().map((operation) => operation.name);
  for (const group of Object.keys(file.groups)) check(["groups", group], group, groupNames);
  file.cases.forEach((one, index) => {
    const at = ["cases", index];
    for (const group of Object.keys(one.groups)) check([...at, "groups", group], group, groupNames);
    one.change?.operations.forEach((operation, place) => {
      check([...at, "change", "operations", place], operation, operations);
    });
    const { policies = [], standing, freeze } = one.expect;
    policies.forEach((policyName, place) => {
      check([...at, "expect", "policies", place], policyName, policyNames(policy));
    });
    const named = (key: string, found: string | undefined, names: readonly string[]): void => {
      if (found !== undefined) check([...at, "expect", key], found, [...names, "none"]);
    };
    named(
      "standing",
      standing,
      policy.standing.map((each) => each.name),
    );
    named(
      "freeze",
      freeze,
      policy.freezes.map((each) => each.name),
    );
    if (one.at === undefined && file.at === undefined)
      problems.push({
        path: pathText(at),
        found: "no at",
        expected: "at, here or for the whole file: policies and freezes depend on the time",
      });
  });
  return problems;
}

function policyNames({ policies, environments }: Policy): readonly string[] {
  return [
    ...policies.map((one) => one.name),
    ...Object.keys(environments).flatMap((environment) =>
      RISKS.map((risk) => `${environment}/${risk}`),
    ),
  ];
}
