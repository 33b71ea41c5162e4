// The approval that a run waits for before a step: who must agree, how long there is, and what silence means.

import { matchClauses } from "./clause-matching.ts";
import { knownValue } from "./compile-call.ts";
import type { StepContext } from "./compile-call.ts";
import { unknownGroups } from "./compile-inquiry.ts";
import type { DraftStep } from "./expand-steps.ts";
import type { ApprovalSource } from "./gate-source.ts";
import type { Problem, StepApproval } from "./plan.ts";
import type { Clause, Environment, Policy } from "./policy.ts";
import { accept, refuse } from "./result.ts";
import type { Result } from "./result.ts";
import { RISKS } from "./risk.ts";
import type { Risk } from "./risk.ts";
import { asText } from "./template.ts";

/** The approval; null: the step needs none of its own. @param risk the step's. */
export function compileApproval(
  draft: DraftStep,
  risk: Risk,
  context: StepContext,
): Result<StepApproval | null, readonly Problem[]> {
  const { approval } = draft.source;
  if (approval === undefined) return accept(null);
  const path = `${draft.path}.approval`;
  const { environment } = context;
  const problems: Problem[] = [];
  const why = "what is asked is part of what gets approved";
  const message = knownValue(approval.message, `${path}.message`, draft, why);
  if (!message.ok) problems.push(...message.refusal);
  const require = requireOf(approval, risk, environment);
  problems.push(...requireProblems(approval, require, path, context));
  if (approval.on_timeout === "approve")
    problems.push(...timeoutProblems(risk, environment, `${path}.on_timeout`));
  if (problems.length > 0 || !message.ok) return refuse(problems);
  return accept({
    message: asText(message.value),
    require,
    timeoutMs: approval.timeout,
    onTimeout: approval.on_timeout,
  });
}

/** What is written, or the environment's rule for the step's risk; where that asks nobody, the next that does. */
function requireOf(
  { require }: ApprovalSource,
  risk: Risk,
  environment: Environment | null,
): readonly Clause[] {
  if (require !== undefined) {
    return require.map(({ count, from, users }) => ({ count, fromGroups: from, fromUsers: users }));
  }
  const from = RISKS.slice(RISKS.indexOf(risk));
  const rules = from.map((one) => environment?.approval[one].require ?? []);
  return rules.find((rule) => rule.length > 0) ?? [];
}

function requireProblems(
  { require: written }: ApprovalSource,
  require: readonly Clause[],
  path: string,
  { policy, environment }: StepContext,
): readonly Problem[] {
  const problems = (written ?? []).flatMap(({ from, users }, index) => {
    const at = `${path}.require[${index}]`;
    const unknown = unknownGroups(from, `${at}.from`, policy);
    if (from.length + users.length > 0) return unknown;
    return [{ path: at, found: "nobody", expected: "a group in from or a person in users" }];
  });
  if (problems.length > 0) return problems;
  if (require.length === 0 && environment !== null) {
    const found = `none, and ${environment.name} names no approvers`;
    return [{ path: `${path}.require`, found, expected: "who must approve" }];
  }
  const unfilled = unreachable(require, policy);
  return unfilled === null
    ? []
    : [{ path: `${path}.require`, found: unfilled, expected: "a quorum that can be reached" }];
}

/**
 * A sentence when the clauses can't be filled even if everybody agrees. Known only where everyone is listed in
 * the configuration; groups of Slack are asked when a plan is filed.
 */
function unreachable(require: readonly Clause[], policy: Policy): string | null {
  const people = require.map(({ fromGroups, fromUsers }) => {
    const groups = fromGroups.map((name) => policy.groups[name]);
    if (groups.some((group) => group === undefined || group.slackGroupIds.length > 0)) return null;
    return new Set([...fromUsers, ...groups.flatMap((group) => group?.userIds ?? [])]);
  });
  const known = require.flatMap((clause, index) => {
    const who = people[index];
    return who === null || who === undefined ? [] : [{ count: clause.count, who }];
  });
  const everyone = known.flatMap(({ who }) => [...who]);
  const counts = known.map(({ count }) => count);
  const { filled } = matchClauses(counts, everyone, (userId) =>
    known.flatMap(({ who }, index) => (who.has(userId) ? [index] : [])),
  );
  const needed = counts.reduce((sum, count) => sum + count, 0);
  return filled.length === needed
    ? null
    : `${needed} approvals of which at most ${filled.length} can be given`;
}

function timeoutProblems(
  risk: Risk,
  environment: Environment | null,
  path: string,
): readonly Problem[] {
  const found = `approve, on a ${risk} step`;
  if (risk === "destructive")
    return [
      {
        path,
        found,
        expected: "fail, rollback or skip: what destroys is never approved by silence",
      },
    ];
  if (environment === null || environment.approvesOnTimeout.includes(risk)) return [];
  const expected = `fail, rollback or skip: approves_on_timeout of ${environment.name} does not name ${risk}`;
  return [{ path, found, expected }];
}
