// The examples of the plan language's page, and what they are compiled with: the playground's configuration and the
// real operations.

import { readFileSync } from "node:fs";
import { compilePlan } from "#engine/compile-plan.ts";
import type { CompileContext } from "#engine/compile-plan.ts";
import type { Plan } from "#engine/plan.ts";
import { parsePlaybook } from "#engine/playbook.ts";
import { createSecretRedactor } from "#adapters/redaction/secret-redactor.ts";
import { readYaml } from "#yaml/read-yaml.ts";
import { loadConfig } from "../../src/config.ts";
import { openOperations } from "../../src/wiring/open-operations.ts";

export function openPlanLanguagePage() {
  const config = loadConfig({ configFile: "src/playground/countersign.yml" }, {});
  const operations = openOperations(config, createSecretRedactor([]));
  const page = readFileSync("docs/plan-language.md", "utf8");
  const examples = [...page.matchAll(/^```yaml( playbook)?\n([\s\S]*?)^```$/gm)].map((match) => ({
    isPlaybook: match[1] !== undefined,
    text: match[2] ?? "",
  }));
  const playbooks = examples
    .filter(({ isPlaybook }) => isPlaybook)
    .map(({ text }) => {
      const playbook = parsePlaybook("page", text, valueOf(text));
      if (!playbook.ok) throw new Error(JSON.stringify(playbook.refusal));
      return playbook.value;
    });
  const { policy } = config;
  const environments = Object.fromEntries(
    Object.entries(policy.environments).map(([name, environment]) => [
      name,
      { ...environment, approvesOnTimeout: ["modify"] as const },
    ]),
  );
  const context: CompileContext = {
    policy: {
      ...policy,
      environments,
      env: { REGION: "eu-west-1" },
      secrets: { "deploy-token": { environments: ["staging"], operations: ["http.request"] } },
    },
    registry: operations.registry,
    playbooks,
  };
  return { examples, playbooks, context, close: () => operations.close() };
}

export function valueOf(text: string): unknown {
  const parsed = readYaml(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.refusal));
  return parsed.value;
}

/** The plan of an example that is one. */
export function examplePlan(text: string, context: CompileContext): Plan {
  const compiled = compilePlan({ kind: "source", value: valueOf(text), text }, context);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.refusal));
  return compiled.value.plan;
}
