// A run seen and stopped from a command line, in another process than the one that runs it.

import { describe, expect, test } from "vitest";
import { countersign } from "./support/command.ts";
import type { Ended } from "./support/command.ts";
import type { Card } from "./support/conversation.ts";
import { openScene } from "./support/scene.ts";
import type { Scene } from "./support/scene.ts";

/** Two steps one after the other, of which the first is held by its target. */
async function startedRun(scene: Scene): Promise<{ card: Card; runId: string; letGo: () => void }> {
  const { workspace, talk } = scene;
  const letGo = workspace.target.hold("/do/a");
  const card = await talk.asksForPlan("rita", {
    title: "Do a, b",
    mode: "sequential",
    steps: ["a", "b"].map((id) => ({
      id,
      uses: "http.request",
      with: { method: "PUT", url: `${workspace.target.url}/do/${id}` },
      timeout: "5m",
      retry: { max_attempts: 1 },
    })),
  });
  await talk.approves("ann", card);
  await workspace.target.arrives("/do/a");
  const [row] = await workspace.sql`select id from runs where plan_id = ${card.planId}`;
  return { card, runId: String(row?.["id"]), letGo };
}

function run({ workspace }: Scene, ...words: readonly string[]): Promise<Ended> {
  return countersign(["run", ...words], workspace.environment);
}

/** Who asked for what of the run, as the log has it. */
function recorded({ workspace }: Scene, runId: string) {
  return workspace.sql<{ kind: string; actor: string; data: string }[]>`
    select kind, actor, data from audit_events
    where run_id = ${runId} and actor = 'system:command-line' order by seq`;
}

describe.concurrent("on a command line a run", () => {
  test("is listed, shown as in its thread, paused, resumed and read", async (context) => {
    const scene = await openScene(context);
    const { talk, workspace } = scene;
    const { card, runId, letGo } = await startedRun(scene);

    const list = await run(scene, "list");
    expect(list).toMatchObject({ code: 0, err: "" });
    expect(list.out).toMatch(new RegExp(`^${runId} +running .* production .* Do a, b$`, "m"));

    const show = await run(scene, "show", runId);
    expect(show.out).toContain("0 of 2 steps done · 1 running · 1 to go");
    expect(show.out).toMatch(/Worker \S+ has it in hand/);
    expect(show.out).not.toContain("Cancel");

    const paused = await run(scene, "pause", runId);
    expect(paused).toMatchObject({ code: 0, err: "" });
    expect(paused.out).toContain("Paused: 0 of 2 steps done · 1 running");
    letGo();
    await talk.progressShows(card, "Paused", "1 of 2 steps done", "[Resume]");

    expect((await run(scene, "resume", runId)).out).toMatch(/Running: |Completed: /);
    await talk.ends(card, "Completed");
    expect(workspace.target.counts()).toEqual({ "/do/a": 1, "/do/b": 1 });

    const ended = await run(scene, "show", runId);
    expect(ended.out).toContain("2 of 2 steps done · took");
    expect((await run(scene, "list")).out).toContain("No run is under way");
    expect((await run(scene, "list", "--all", "--limit", "1")).out).toContain("completed");
    const logs = await run(scene, "logs", runId, "b");
    expect(logs.out).toContain("==> b, attempt 1 <==");
    expect(logs.out).toContain("PUT");
    expect(logs.out).not.toContain("==> a");
    expect(await run(scene, "logs", runId, "nobody")).toMatchObject({ code: 1, out: "" });

    const events = await recorded(scene, runId);
    expect(events.map(({ kind }) => kind)).toEqual([
      "control.requested",
      "run.paused",
      "control.requested",
      "run.resumed",
    ]);
    expect(events[0]?.data).toMatch(/"entry":"command-line","operator":"[^"@]+@[^"]+"/);
  });

  test("is canceled: what runs is stopped at once and nothing new starts", async (context) => {
    const scene = await openScene(context);
    const { talk, workspace } = scene;
    const { card, runId } = await startedRun(scene);
    const canceled = await run(scene, "cancel", runId);
    expect(canceled).toMatchObject({ code: 0, err: "" });
    await talk.ends(card, "Canceled");
    expect(workspace.target.waiting("/do/a")).toBe(0);
    expect(workspace.target.asked("/do/b")).toEqual([]);

    const again = await run(scene, "cancel", runId);
    expect(again).toMatchObject({ code: 1, out: "" });
    expect(again.err).toContain("The run has ended (canceled)");
    const events = await recorded(scene, runId);
    expect(events.at(-1)).toMatchObject({ kind: "refused" });
    expect(events.at(-1)?.data).toContain('"code":"run-ended"');
  });

  test("that does not exist, and what only people may do, is refused", async (context) => {
    const scene = await openScene(context);
    expect(await run(scene, "show", "run-nothing")).toMatchObject({ code: 1, out: "" });
    expect(await run(scene, "pause", "run-nothing")).toMatchObject({ code: 1, out: "" });
    const approve = await run(scene, "approve", "run-nothing");
    expect(approve).toMatchObject({ code: 2, out: "" });
    expect(approve.err).toContain('unknown run command "approve"');
  });
});
