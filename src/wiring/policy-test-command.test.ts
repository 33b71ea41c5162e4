// `countersign policy test` on files, with the playground's configuration and the real operations.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { commandSaid } from "#test/builders/command-said.ts";
import { policyTest } from "./policy-test-command.ts";

const SHIPPED = "docs/policy-cases.yml";
const folder = mkdtempSync(join(tmpdir(), "countersign-cases-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function tested(text: string, json = false) {
  const file = join(folder, "cases.yml");
  writeFileSync(file, text);
  return run(file, json);
}

function run(file: string, json = false) {
  const config = { configFile: "src/playground/countersign.yml" };
  return commandSaid((output) => policyTest({ file, json }, config, output));
}

const shipped = readFileSync(SHIPPED, "utf8");

describe("a table of policy cases", () => {
  it("passes as it is shipped", async () => {
    const { code, out, err } = await run(SHIPPED);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).not.toContain("FAIL");
    expect(out).toContain("10 cases, 10 passed, 0 failed");
  });

  it("fails with what was found, what was expected and why, and ends with 1", async () => {
    const wrong = shipped.replace("could_approve: [U0BOB] }", "could_approve: [U0CAT] }");
    const { code, out } = await tested(wrong);
    expect(code).toBe(1);
    expect(out).toContain(
      [
        "FAIL  two approvals of which none is the owner's are not enough                waiting · batch-data",
        "        could_approve: found U0BOB, expected U0CAT",
        "        1 of 2 approvals; @U0BOB could approve.",
      ].join("\n"),
    );
    expect(out.match(/^FAIL/gm)).toHaveLength(1);
    expect(out).toContain("9 passed, 1 failed");
  });

  it("fails for a plan that is refused although nothing says so", async () => {
    const { code, out } = await tested(
      shipped.replace("expect: { refused: quorum-unreachable }", "expect: { needed: 0 }"),
    );
    expect(code).toBe(1);
    expect(out).toContain("refused: found quorum-unreachable, expected none");
  });

  it("is JSON on request, in the words of the table", async () => {
    const { code, out } = await tested(
      shipped.replace("verdict: expired", "verdict: denied"),
      true,
    );
    expect(code).toBe(1);
    const { cases } = JSON.parse(out) as { readonly cases: readonly Record<string, unknown>[] };
    expect(cases.filter(({ passed }) => passed === false)).toEqual([
      expect.objectContaining({
        name: "it expires after two hours, whoever has approved it",
        differences: [{ what: "verdict", found: "expired", expected: "denied" }],
        found: expect.objectContaining({ needed: 2, could_approve: [] }) as unknown,
      }),
    ]);
  });

  const head = "at: 2026-12-01T12:00:00Z\ncases:\n  - name: x\n    requester: U0RITA\n";
  it.each([
    ["an unknown key", "    expect: { verdikt: waiting }\n", /:5:15 .*Did you mean verdict\?/],
    [
      "an unknown operation",
      "    change: { operations: [ec2.stop_instance] }\n    expect: { needed: 1 }\n",
      /:5:28 cases\[0\]\.change\.operations\[0\].*Did you mean ec2.stop_instances\?/,
    ],
    [
      "an unknown policy",
      "    change: { operations: [ec2.stop_instances] }\n    expect: { policies: [batch-dat] }\n",
      /:6:26 .*Did you mean batch-data\?/,
    ],
    [
      "a mistake in a plan",
      "    plan:\n      title: t\n      steps: [{ id: a, uses: ec2.stop, with: {} }]\n    expect: { needed: 1 }\n",
      /:7:30 cases\[0\]\.plan\.steps\[0\]\.uses: found .*ec2\.stop/,
    ],
    ["no plan at all", "    expect: { needed: 1 }\n", /:3:5 .*one of plan, change or playbook/],
  ])("tells %s by line and column, and ends with 2", async (_, rest, told) => {
    const { code, out, err } = await tested(head + rest);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(told);
  });
});
