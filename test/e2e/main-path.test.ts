// The main job, by the real program in a process of its own, over HTTP and over Socket Mode with the same words.
// Both are played at the same time: most of it is waiting.

import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { auditOf } from "./support/audit-rows.ts";
import { Conversation } from "./support/conversation.ts";
import { runCommand, startProcess } from "./support/program.ts";
import type { Transport } from "./support/program.ts";
import { startWorkspace } from "./support/workspace.ts";
import type { Workspace } from "./support/workspace.ts";

type Scene = {
  readonly workspace: Workspace;
  readonly talk: Conversation;
  /** What the process tells of itself in numbers. */
  readonly metrics: () => Promise<string>;
};

const scenes = new Map<Transport, Scene>();
const workspaces: Workspace[] = [];

beforeAll(async () => {
  await Promise.all((["http", "socket"] as const).map(setUp));
});
afterAll(async () => {
  await Promise.all(workspaces.map((workspace) => workspace.close()));
});

async function setUp(transport: Transport): Promise<void> {
  const breakGlass = { groups: ["sre"], environments: ["production"] };
  const workspace = await startWorkspace({ config: { breakGlass } });
  workspaces.push(workspace);
  const { url } = await startProcess(workspace, { half: "start", transport });
  const metrics = async () => (await fetch(`${url}/metrics`)).text();
  scenes.set(transport, { workspace, talk: new Conversation(workspace), metrics });
}

/** Plays over HTTP and over Socket Mode at the same time. */
async function overBoth(play: (scene: Scene) => Promise<void>): Promise<void> {
  const played = [...scenes].map(async ([transport, scene]) => {
    await play(scene).catch((error: unknown) => {
      throw new Error(`over ${transport}: ${String(error)}`, { cause: error });
    });
  });
  await Promise.all(played);
}

test("a destructive request runs after two people signed it, and the thread tells how", () =>
  overBoth(async ({ workspace, talk }) => {
    const { infrastructure } = workspace;
    const card = await talk.asks(
      "rita",
      "ec2.terminate_instances region=eu-west-1 instance_ids=i-0b0b000000000001",
    );
    await talk.cardShows(card, "destructive", "no rollback exists", "0 of 2", "asked for by @rita");
    await talk.approves("ann", card);
    await talk.cardShows(card, "1 of 2: @ann");
    expect(infrastructure.instances().find(({ id }) => id === "i-0b0b000000000001")?.state).toBe(
      "stopped",
    );
    await talk.approves("bob", card);
    await talk.ends(card, "Completed", "1 of 1 step done");
    await talk.progressShows(card, "Completed");
    const final = await talk.cardShows(card, "Started");
    expect(final).toContain("@ann");
    expect(final).toContain("@bob");
    expect(final).not.toContain("[Approve]");
    expect(infrastructure.instances().find(({ id }) => id === "i-0b0b000000000001")?.state).toBe(
      "terminated",
    );
    await talk.isTold("rita", "Your plan", "Completed");
    expect(
      talk
        .keys(card)
        .filter((key) => key.startsWith("run-"))
        .map((key) => key.replace(/:.*/, "")),
    ).toEqual(["run-progress", "run-finished"]);
  }));

test("every line of the audit log names its actor, and those of a plan its conversation, plan and run", () =>
  overBoth(async ({ workspace, talk }) => {
    const card = await talk.asks(
      "rita",
      `http.request method=POST url=${workspace.target.url}/audited`,
    );
    await talk.approves("ann", card);
    await talk.ends(card, "Completed");
    const rows = await auditOf(workspace, card.planId);
    expect(rows.map(({ kind }) => kind)).toEqual([
      "plan.filed",
      "vote.cast",
      "plan.approved",
      "run.queued",
      "run.started",
      "attempt.started",
      "attempt.succeeded",
      "run.completed",
    ]);
    const [filed, voted] = rows;
    expect(filed?.actor).toBe("person:U0RITA");
    expect(voted?.actor).toBe("person:U0ANN");
    expect(new Set(rows.map(({ conversationId }) => conversationId)).size).toBe(1);
    const runIds = new Set(rows.slice(3).map(({ runId }) => runId));
    expect(runIds.size).toBe(1);
    expect([...runIds][0]).toMatch(/^run-/);
    const verified = await runCommand(["audit", "verify"], workspace.environment);
    expect(verified.output).toContain("The audit log is whole");
    expect(verified.code).toBe(0);
  }));

test("a long run's one progress message is edited as it goes", () =>
  overBoth(async ({ workspace, talk }) => {
    const { target } = workspace;
    const letGo = target.hold("/slow");
    const card = await talk.asksForPlan("rita", {
      title: "One after the other",
      mode: "sequential",
      steps: [
        { id: "first", uses: "http.request", with: { method: "PUT", url: `${target.url}/quick` } },
        { id: "second", uses: "http.request", with: { method: "PUT", url: `${target.url}/slow` } },
      ],
    });
    await talk.approves("bob", card);
    await talk.progressShows(card, "Running", "1 of 2 steps done", "1 running");
    letGo();
    await talk.ends(card, "Completed", "2 of 2 steps done");
    expect(
      target
        .asked()
        .filter(({ path }) => path === "/quick" || path === "/slow")
        .map(({ path }) => path),
    ).toEqual(["/quick", "/slow"]);
  }));

test("a rejection with its reason ends the plan, and nothing runs", () =>
  overBoth(async ({ workspace, talk }) => {
    const { target } = workspace;
    const card = await talk.asks("rita", `http.request method=POST url=${target.url}/rejected`);
    await talk.rejects("ann", card, "Not during the sale");
    const shown = await talk.cardShows(card, "Rejected", "Not during the sale", "@ann");
    expect(shown).not.toContain("[Approve]");
    expect(target.asked("/rejected")).toEqual([]);
    expect((await auditOf(workspace, card.planId)).map(({ kind }) => kind)).toEqual([
      "plan.filed",
      "vote.cast",
      "plan.rejected",
    ]);
  }));

test("an edit voids the votes and shows what it changed", () =>
  overBoth(async ({ workspace, talk }) => {
    const { target } = workspace;
    const card = await talk.asks("rita", `http.request method=DELETE url=${target.url}/old`);
    await talk.approves("ann", card);
    await talk.cardShows(card, "1 of 2: @ann");
    await talk.edits("rita", card, (source) => source.replaceAll("/old", "/new"));
    await talk.cardShows(card, "0 of 2", "Version 2", "last edited by @rita", "/new");
    await talk.threadShows(card, "/old", "/new", "@ann");
    await talk.approves("ann", card);
    await talk.cardShows(card, "1 of 2: @ann");
    await talk.approves("bob", card);
    await talk.ends(card, "Completed");
    expect(target.asked("/old")).toEqual([]);
    expect(target.asked("/new").map(({ method }) => method)).toEqual(["DELETE"]);
  }));

test("whoever edited a plan cannot sign it", () =>
  overBoth(async ({ workspace, talk }) => {
    const { target } = workspace;
    const card = await talk.asks("rita", `http.request method=PUT url=${target.url}/before`);
    await talk.edits("bob", card, (source) => source.replaceAll("/before", "/after"));
    await talk.cardShows(card, "Version 2", "last edited by @bob");
    await talk.approves("bob", card);
    await talk.isTold("bob", "you edited this plan", "@ann can");
    await talk.approves("ann", card);
    await talk.ends(card, "Completed");
    expect(target.asked("/before")).toEqual([]);
    expect(target.asked("/after")).toHaveLength(1);
  }));

test("one named person breaks the glass, those passed over are told, and one of them reviews it", () =>
  overBoth(async ({ workspace, talk, metrics }) => {
    const card = await talk.asks(
      "rita",
      `http.request method=DELETE url=${workspace.target.url}/emergency`,
    );
    await talk.presses("dev", card, "Break glass...");
    await talk.isTold("dev", "may not break the glass", "@ann");
    await talk.presses("ann", card, "Break glass...");
    expect(await talk.window("ann")).toContain("/emergency");
    const values = { glass_reason: "the pool is empty", glass_confirm: ["alone"] };
    await workspace.slack.submitView("ann", { values });
    await talk.ends(card, "Completed", "break-glass");
    expect(workspace.target.asked("/emergency")).toHaveLength(1);
    await talk.isTold("bob", "Glass broken", "You could have approved this plan", "pool is empty");
    await talk.commands("bob", "history environment=production");
    await talk.isTold("bob", "Completed · ", "break-glass");
    expect(await metrics()).toContain(`countersign_break_glass_total{environment="production"} 1`);
    expect(await metrics()).toContain("countersign_break_glass_open_reviews 1");
    await talk.commands("bob", `review ${card.planId} it was, and is full again`);
    await talk.cardShows(card, "Glass broken by @ann", "Reviewed by @bob", "full again");
    expect(await metrics()).toContain("countersign_break_glass_open_reviews 0");
    const kinds = (await auditOf(workspace, card.planId)).map(({ kind }) => kind);
    for (const kind of ["refused", "plan.glass-broken", "plan.approved", "plan.reviewed"])
      expect(kinds).toContain(kind);
  }));

test("every metric there is stands in the page about them", async () => {
  const page = await readFile(new URL("../../docs/metrics.md", import.meta.url), "utf8");
  const [scene] = scenes.values();
  const all = [...((await scene?.metrics()) ?? "").matchAll(/^# TYPE (countersign_\w+)/gm)];
  expect(all.length).toBeGreaterThan(8);
  for (const [, name = ""] of all) expect(page).toContain(`\`${name}\``);
});
