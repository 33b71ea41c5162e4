// What people do with a run, and what a run does when something fails.

import { describe, expect, test } from "vitest";
import { clickLike, send } from "./support/forged.ts";
import { openInProcess } from "./support/program.ts";
import { openScene } from "./support/scene.ts";
import type { Scene } from "./support/scene.ts";
import { until } from "#test/until.ts";

/** Steps one after the other, each with a rollback that asks `/undo/<id>`. */
function inOrder({ workspace }: Scene, ids: readonly string[], more: object = {}): object {
  const request = (path: string) => ({
    uses: "http.request",
    with: { method: "PUT", url: `${workspace.target.url}${path}` },
  });
  return {
    title: `Do ${ids.join(", ")}`,
    mode: "sequential",
    ...more,
    steps: ids.map((id) => ({
      id,
      ...request(`/do/${id}`),
      retry: { max_attempts: 1 },
      rollback: [request(`/undo/${id}`)],
    })),
  };
}

const paths = ({ workspace }: Scene): readonly string[] =>
  workspace.target.asked().map(({ path }) => path);

describe.concurrent("a run", () => {
  test("whose step fails takes back what was done, the last first", async (context) => {
    const scene = await openScene(context);
    const { workspace, talk } = scene;
    workspace.target.fail("/do/c", 400);
    const card = await talk.asksForPlan("rita", inOrder(scene, ["a", "b", "c", "d"]));
    await talk.approves("ann", card);
    const text = await talk.ends(card, "Rolled back");
    expect(text).toContain('Step "c" failed');
    expect(paths(scene).filter((path) => path !== "/undo/c")).toEqual([
      "/do/a",
      "/do/b",
      "/do/c",
      "/undo/b",
      "/undo/a",
    ]);
    await talk.isTold("rita", "Rolled back", "Why:");
  });

  test("whose rollback fails goes on with the others and says what is left", async (context) => {
    const scene = await openScene(context);
    const { workspace, talk } = scene;
    workspace.target.fail("/do/c", 400);
    workspace.target.fail("/undo/b", 400);
    const card = await talk.asksForPlan("rita", inOrder(scene, ["a", "b", "c"]));
    await talk.approves("ann", card);
    const text = await talk.ends(
      card,
      "Failed",
      "left to finish by hand",
      'Step "b" was not taken back',
      "/undo/b",
    );
    expect(text).toContain("Taken back");
    expect(paths(scene)).toContain("/undo/a");
  });

  test("that is canceled stops what runs and starts nothing new", async (context) => {
    const scene = await openScene(context);
    const { workspace, talk } = scene;
    workspace.target.hold("/do/a");
    const card = await talk.asksForPlan("rita", inOrder(scene, ["a", "b"]));
    await talk.approves("ann", card);
    await workspace.target.arrives("/do/a");
    const progress = await talk.progressShows(card, "1 running", "[Cancel]");
    await talk.presses("rita", progress, "Cancel");
    await talk.isTold("rita", "Cancel asked for");
    await talk.ends(card, "Canceled", "@rita canceled the run");
    expect(workspace.target.waiting("/do/a")).toBe(0);
    expect(paths(scene)).toEqual(["/do/a"]);
    const shown = await talk.progressShows(card, "Canceled");
    expect(workspace.slack.text(shown)).not.toContain("[Cancel]");
    // A button of an old picture of the message: the server refuses it.
    await send(
      workspace,
      clickLike(workspace, (payload) => payload),
    );
    await talk.isTold("rita", "The run has ended");
  });

  test("that is paused finishes its step, waits, and goes on when it is resumed", async (context) => {
    const scene = await openScene(context);
    const { workspace, talk } = scene;
    const letGo = workspace.target.hold("/do/a");
    const card = await talk.asksForPlan("rita", inOrder(scene, ["a", "b"]));
    await talk.approves("ann", card);
    await workspace.target.arrives("/do/a");
    talk.mentions("ann", "pause", { in: card });
    await talk.isTold("ann", "Pause asked for");
    letGo();
    await talk.progressShows(card, "Paused", "1 of 2 steps done", "[Resume]");
    talk.mentions("rita", "status", { in: card });
    await talk.threadShows(card, "Paused");
    expect(paths(scene)).toEqual(["/do/a"]);
    talk.mentions("rita", "resume", { in: card });
    await talk.ends(card, "Completed");
    expect(paths(scene)).toEqual(["/do/a", "/do/b"]);
  });

  test("that somebody asks to roll back stops what runs and takes back what was done", async (context) => {
    const scene = await openScene(context);
    const { workspace, talk } = scene;
    workspace.target.hold("/do/b");
    const card = await talk.asksForPlan("rita", inOrder(scene, ["a", "b", "c"]));
    await talk.approves("ann", card);
    await workspace.target.arrives("/do/b");
    talk.mentions("bob", "rollback", { in: card });
    await talk.ends(card, "Rolled back");
    expect(paths(scene).slice(0, 2)).toEqual(["/do/a", "/do/b"]);
    expect(paths(scene).at(-1)).toBe("/undo/a");
    expect(paths(scene)).not.toContain("/do/c");
  });

  test("is not for everybody to steer", async (context) => {
    const scene = await openScene(context);
    const { workspace, talk } = scene;
    const letGo = workspace.target.hold("/do/a");
    const card = await talk.asksForPlan("rita", inOrder(scene, ["a"]));
    await talk.approves("ann", card);
    await workspace.target.arrives("/do/a");
    talk.mentions("dev", "cancel", { in: card });
    await talk.isTold("dev", "may not cancel this run");
    letGo();
    expect(await talk.ends(card, "Completed")).toContain("1 of 1 step done");
  });

  test("whose outcome is lost asks the thread, and does as it is told", async (context) => {
    const scene = await openScene(context);
    const { workspace, talk } = scene;
    const { url } = workspace.target;
    workspace.target.fail("/once", 502);
    const card = await talk.asksForPlan("rita", {
      title: "Send it once",
      steps: [
        { id: "send", uses: "http.request", with: { method: "POST", url: `${url}/once` } },
        {
          id: "after",
          needs: ["send"],
          uses: "http.request",
          with: { method: "PUT", url: `${url}/after` },
        },
      ],
    });
    await talk.approves("ann", card);
    const question = await talk.isAsked(card);
    expect(workspace.target.asked("/after")).toEqual([]);
    await talk.presses("rita", question, "It happened");
    await talk.ends(card, "Completed");
    await until("the question to be closed", () => {
      const shown = talk.thread(card).find(({ ts }) => ts === question.ts);
      return shown !== undefined && workspace.slack.text(shown).includes("says @rita");
    });
    expect(paths(scene)).toEqual(["/once", "/after"]);
  });

  test("whose approver has left in the meantime is held, says why, and goes on when that is put right", async (context) => {
    const scene = await openScene(context, { halves: ["bot"] });
    const { workspace, talk } = scene;
    const card = await talk.asksForPlan("rita", inOrder(scene, ["a"]));
    await talk.approves("ann", card);
    await talk.cardShows(card, "Approved");
    workspace.slack.setGroup("sre", ["bob"]);
    await openInProcess(workspace, { halves: ["worker"] });
    const held = await talk.isHeld(
      card,
      "approval does not hold any more",
      "[Check again and go on]",
    );
    expect(paths(scene)).toEqual([]);
    workspace.slack.setGroup("sre", ["ann", "bob"]);
    await talk.presses("rita", held, "Check again and go on");
    await talk.ends(card, "Completed");
    expect(paths(scene)).toEqual(["/do/a"]);
  });
});
