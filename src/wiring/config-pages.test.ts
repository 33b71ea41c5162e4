// The configurations that the pages on policies and groups show, as the program reads them.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { PLAIN } from "#terminal/screen.ts";
import { parseConfig } from "../config/read-config-file.ts";
import { policyTest } from "./policy-test-command.ts";

type Block = { readonly page: string; readonly kind: string; readonly text: string };

function blocksOf(page: string): readonly Block[] {
  return [...readFileSync(page, "utf8").matchAll(/^```yaml ?([a-z]*)\n([\s\S]*?)^```$/gm)].map(
    ([, kind = "", text = ""]) => ({ page, kind, text }),
  );
}

/** What the blocks leave out: the names that they use. */
const REST = {
  groups: { sre: {}, dba: {}, developers: {} },
  environments: {
    production: {
      approvers: ["sre"],
      allow: [{ groups: ["developers"], operations: ["*"] }],
    },
    staging: { approvers: ["sre"] },
  },
};

function withNames(text: string): object {
  const given = parse(text) as { readonly groups?: object };
  return { ...REST, ...given, groups: { ...REST.groups, ...given.groups } };
}

const blocks = [...blocksOf("docs/policy.md"), ...blocksOf("docs/groups.md")];
const configurations = blocks.filter(({ kind }) => kind !== "cases");

describe("the pages on policies and groups", () => {
  test("have examples", () => {
    expect(configurations.length).toBeGreaterThanOrEqual(6);
  });

  test.each(configurations)("have an example in $page that loads: $kind $text", ({ text }) => {
    expect(() => parseConfig("page", stringify(withNames(text)))).not.toThrow();
  });

  test("have a table of cases that passes with the policies of the same page", async () => {
    const table = blocks.find(({ kind }) => kind === "cases");
    const policies = blocks.find(({ text }) => text.startsWith("policies:"));
    const folder = mkdtempSync(join(tmpdir(), "countersign-pages-"));
    const [file, configFile] = [join(folder, "cases.yml"), join(folder, "countersign.yml")];
    writeFileSync(file, table?.text ?? "");
    writeFileSync(configFile, stringify(withNames(policies?.text ?? "")));
    const said: string[] = [];
    const say = (text: string): number => said.push(text);
    const output = { print: say, complain: say, screen: PLAIN, errorScreen: PLAIN };
    const code = await policyTest({ file, json: false }, { configFile }, output);
    rmSync(folder, { recursive: true });
    expect(said.join("\n")).toContain("1 passed, 0 failed");
    expect(code).toBe(0);
  });
});
