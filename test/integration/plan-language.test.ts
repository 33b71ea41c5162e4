// Every example of the plan language's page is compiled as it stands there.

import { afterAll, describe, expect, test } from "vitest";
import { compilePlan } from "#engine/compile-plan.ts";
import { openPlanLanguagePage, valueOf } from "#test/builders/plan-language-page.ts";

const page = openPlanLanguagePage();
const { examples, playbooks, context } = page;
afterAll(() => page.close());

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
      "timeout:",
      "deadline:",
      "run_time:",
      "on_failure: continue",
      "on_timeout: approve",
      "type: secret",
      "secret:deploy-token",
      "http_status:",
      "tcp_port:",
      "disk_space:",
      "contains:",
      "json_path:",
      "expect:",
      "outputs:",
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
