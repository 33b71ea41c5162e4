// `countersign plan validate|explain|graph|dry-run` as people type them: the built program, its exit codes, and what
// goes to standard output and what to standard error.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { countersign } from "./support/command.ts";
import type { Ended } from "./support/command.ts";
import { configurationText } from "./support/configuration.ts";
import { openScene } from "./support/scene.ts";
import { startTarget } from "./support/target.ts";
import type { Target } from "./support/target.ts";

let directory: string;
let target: Target;

beforeAll(async () => {
  [directory, target] = await Promise.all([
    mkdtemp(join(tmpdir(), "countersign-plan-")),
    startTarget(),
  ]);
  const plan = (url: string) => `title: Drain then stop
environment: production
steps:
  - id: drain
    uses: http.request
    with: { method: PUT, url: "${url}/drain" }
  - id: stop
    needs: [drain]
    uses: http.request
    with: { method: DELETE, url: "${url}/web" }
    when: inputs.go
    rollback: none
inputs: { go: false }
`;
  await Promise.all([
    writeFile(join(directory, "countersign.yml"), configurationText({})),
    writeFile(join(directory, "good.yml"), plan(target.url)),
    writeFile(
      join(directory, "bad.yml"),
      "title: Wrong\nsteps:\n  - id: a\n    uses: http.reqest\n    with: { url: 5 }\n",
    ),
    writeFile(join(directory, "elsewhere.yml"), plan("https://elsewhere.example.com")),
  ]);
});

afterAll(async () => {
  await Promise.all([rm(directory, { recursive: true, force: true }), target.close()]);
});

/** No database, no queue, no Slack: none of them is needed. */
function plan(...words: readonly string[]): Promise<Ended> {
  const environment = { COUNTERSIGN_CONFIG: join(directory, "countersign.yml") };
  return countersign(["plan", ...words], environment, { directory });
}

describe("on a command line a plan's file", () => {
  test("is explained with what the database knows, and without it when it cannot be had", async (context) => {
    const { workspace } = await openScene(context);
    await workspace.sql`
      insert into operation_timings (operation, durations_ms)
      values ('http.request', array[1000, 1000, 1000, 1000, 1000])`;
    const breakerTarget = `http:${new URL(target.url).host}`;
    const trouble = { calls: 9, failures: 8, withinMs: 60_000 };
    const open = { status: "open", openedAt: Date.now(), trips: 1, trouble, until: Date.now() };
    await workspace.sql`
      insert into breakers (target, version, state)
      values (${breakerTarget}, 1, ${JSON.stringify(open)}::text::json)`;
    const words = ["plan", "explain", "good.yml"];
    const known = await countersign(words, workspace.environment, { directory });
    expect(known).toMatchObject({ code: 0, err: "" });
    expect(known.out).toContain("Usually takes");
    expect(known.out).toContain(breakerTarget);
    const away = { ...workspace.environment, DATABASE_URL: "postgres://nobody@127.0.0.1:1/none" };
    const without = await countersign(words, away, { directory });
    expect(without.code).toBe(0);
    expect(without.err).toContain("is left out");
    expect(without.out).toContain("Drain then stop");
    expect(without.out).not.toContain("Usually takes");
  });

  test("is valid in one line on standard output", async () => {
    expect(await plan("validate", "good.yml")).toMatchObject({
      code: 0,
      err: "",
      out: expect.stringMatching(
        /^good\.yml: valid, 2 steps, destructive in production, hash [0-9a-f]{12}\n$/,
      ) as string,
    });
  });

  test("with a mistake is told by line and column on standard error, and ends with 2", async () => {
    for (const command of ["validate", "explain", "graph", "dry-run"]) {
      const ended = await plan(command, "bad.yml");
      expect(ended).toMatchObject({ code: 2, out: "" });
      expect(ended.err).toMatch(/^bad\.yml:4:11 steps\[0\]\.uses: found .*http\.reqest/m);
      expect(ended.err).toContain("Did you mean http.request?");
    }
  });

  test("is explained and drawn", async () => {
    const explained = await plan("explain", "good.yml");
    expect(explained).toMatchObject({ code: 0, err: "" });
    for (const part of ["Drain then stop", "Destructive", "from sre", "drain", "stop", "Hash"])
      expect(explained.out).toContain(part);
    const tree = await plan("graph", "good.yml");
    expect(tree).toMatchObject({ code: 0, err: "" });
    expect(tree.out).toContain("└─ stop");
    const mermaid = await plan("graph", "--mermaid", "good.yml");
    expect(mermaid.out).toContain("flowchart TD");
    const both = await plan("graph", "--mermaid", "--tree", "good.yml");
    expect(both).toMatchObject({ code: 2, out: "" });
  });

  test("is tried without acting: the target is asked by OPTIONS, and not for what is left out", async () => {
    const tried = await plan("dry-run", "good.yml");
    expect(tried).toMatchObject({ code: 0, err: "" });
    expect(tried.out).toContain("Dry run: nothing was changed.");
    expect(tried.out).toContain("would be left out");
    expect(target.asked().map(({ method, path }) => `${method} ${path}`)).toEqual([
      "OPTIONS /drain",
    ]);
  });

  test("that reaches for what is not listed is not tried", async () => {
    const refused = await plan("dry-run", "elsewhere.yml");
    expect(refused).toMatchObject({ code: 2, out: "" });
    expect(refused.err).toContain("elsewhere.example.com");
  });

  test("that is not there, or is not named, is bad usage", async () => {
    const missing = await plan("validate", "nowhere.yml");
    expect(missing).toMatchObject({ code: 2, out: "" });
    expect(missing.err).toContain("nowhere.yml");
    expect(await plan("explain")).toMatchObject({ code: 2, out: "" });
  });
});
