// Every example of the plan language's page is compiled as it stands there.

import { readFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { compilePlan } from "#engine/compile-plan.ts";
import { parsePlaybook } from "#engine/playbook.ts";
import { createSecretRedactor } from "#adapters/redaction/secret-redactor.ts";
import { readYaml } from "#yaml/read-yaml.ts";
import { loadConfig } from "../../src/config.ts";
import { openOperations } from "../../src/wiring/open-operations.ts";

const config = loadConfig({ configFile: "src/playground/countersign.yml" }, {});
const operations = openOperations(config, createSecretRedactor([]));
afterAll(() => operations.close());

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
const context = {
  policy: { ...config.policy, env: { REGION: "eu-west-1" } },
  registry: operations.registry,
  playbooks,
};

function valueOf(text: string): unknown {
  const parsed = readYaml(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.refusal));
  return parsed.value;
}

describe("the plan language's page", () => {
  test("has an example of each feature", () => {
    const used = [
      "stage:",
      "parallel_group:",
      "groups:",
      "vars:",
      "env.",
      "canary:",
      "max_failures:",
      "before:",
      "within:",
      "ask:",
      "approval:",
      "retry:",
      "deadline:",
      "rollback:",
      "uses: playbook.",
    ];
    const all = examples.map(({ text }) => text).join("\n");
    expect(used.filter((key) => !all.includes(key))).toEqual([]);
  });

  test.each(examples.filter((example) => !example.isPlaybook))("compiles $text", ({ text }) => {
    const compiled = compilePlan({ kind: "source", value: valueOf(text), text }, context);
    expect(compiled).toMatchObject({ ok: true });
  });

  test.each(playbooks)("compiles playbook $name", ({ name }) => {
    const compiled = compilePlan(
      {
        kind: "playbook",
        name,
        arguments: { instance: "i-0a11ce0000000001", environment: "staging" },
      },
      context,
    );
    if (!compiled.ok) throw new Error(JSON.stringify(compiled.refusal));
    expect(compiled.value.plan.environment).toBe("staging");
  });

  test("tells the truth about for_each: items in batches that wait for each other", () => {
    const text = examples.find((example) => example.text.includes("batch: 2"))?.text ?? "";
    const compiled = compilePlan({ kind: "source", value: valueOf(text), text }, context);
    if (!compiled.ok) throw new Error(JSON.stringify(compiled.refusal));
    expect(compiled.value.plan.steps.map((step) => [step.id, step.stage])).toEqual([
      ["tag[0]", 0],
      ["tag[1]", 0],
      ["tag[2]", 1],
    ]);
  });
});
