// `countersign plan validate|explain FILE`: a plan file checked and told in words, without Slack, database or queue.

import { compilePlan } from "#engine/compile-plan.ts";
import type { Plan, PlanStep } from "#engine/plan.ts";
import { planHash } from "#engine/plan-hash.ts";
import type { Clause } from "#engine/policy.ts";
import { createSecretRedactor } from "#adapters/redaction/secret-redactor.ts";
import { sha256 } from "#adapters/system/sha256.ts";
import { loadPlaybooks } from "#adapters/playbook-files/load-playbooks.ts";
import { readYaml } from "#yaml/read-yaml.ts";
import { ConfigError, loadConfig } from "../config.ts";
import type { Config, ConfigOverrides } from "../config.ts";
import { openOperations } from "./open-operations.ts";
import { readNamedFile } from "./read-named-file.ts";
import type { Print } from "./run-processes.ts";

/** @throws {ConfigError} with every mistake in the file. */
export async function planValidate(
  file: string,
  overrides: ConfigOverrides,
  print: Print,
): Promise<number> {
  const { plan } = await readPlan(file, overrides);
  return print(
    `${file}: valid, ${plan.steps.length} steps, ${plan.risk}, ${planHash(plan, sha256).slice(0, 12)}`,
  );
}

/** What the card would show, as text. @throws {ConfigError} */
export async function planExplain(
  file: string,
  overrides: ConfigOverrides,
  print: Print,
): Promise<number> {
  const { plan, config } = await readPlan(file, overrides);
  const rule = config.policy.environments[plan.environment]?.approval[plan.risk];
  return print(
    [
      plan.title,
      `  environment ${plan.environment}, risk ${plan.risk}, hash ${planHash(plan, sha256).slice(0, 12)}`,
      `  needs ${(rule?.require ?? []).map(clauseText).join(" and ") || "no approval"}`,
      ...plan.steps.map(stepText),
    ].join("\n"),
  );
}

function clauseText(clause: Clause): string {
  const from = [...clause.fromGroups, ...clause.fromUsers].join(" or ");
  return `${clause.count} of ${from || "nobody, so it can't be approved"}`;
}

function stepText(step: PlanStep): string {
  return `  ${step.stage + 1}. ${step.id}: ${step.summary} [${step.risk}; ${rollbackText(step)}]`;
}

function rollbackText({ rollback }: PlanStep): string {
  switch (rollback.kind) {
    case "none":
      return "no rollback exists";
    case "not-needed":
      return "nothing to take back, the plan says";
    case "captured":
      return rollback.summary;
    case "commands":
      return rollback.calls.map((call) => call.summary).join("; ");
  }
}

async function readPlan(
  file: string,
  overrides: ConfigOverrides,
): Promise<{ readonly plan: Plan; readonly config: Config }> {
  const config = loadConfig(overrides);
  const operations = openOperations(config, createSecretRedactor(config.secrets));
  try {
    const text = await readNamedFile(file);
    const value = readYaml(text);
    if (!value.ok) throw new ConfigError(file, value.refusal);
    const compiled = compilePlan(
      { kind: "source", value: value.value, text },
      {
        policy: config.policy,
        registry: operations.registry,
        playbooks: loadPlaybooks(config.playbooksDirectory).playbooks,
      },
    );
    if (!compiled.ok) throw new ConfigError(file, compiled.refusal);
    return { plan: compiled.value.plan, config };
  } finally {
    operations.close();
  }
}
