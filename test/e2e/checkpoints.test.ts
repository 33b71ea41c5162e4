// The state of what a plan manages is kept on somebody's word, and before every destructive stage; it is put back by a
// plan of its own.

import { describe, expect, test } from "vitest";
import { countersign } from "./support/command.ts";
import { openScene } from "./support/scene.ts";
import type { Scene } from "./support/scene.ts";

const INSTANCE = "i-0a11ce0000000001";

const instance = ({ workspace }: Scene) => {
  const found = workspace.infrastructure.instances().find(({ id }) => id === INSTANCE);
  if (found === undefined) throw new Error(`no ${INSTANCE}`);
  return found;
};

const MARK = {
  title: "Mark the instance",
  steps: [
    {
      id: "mark",
      uses: "ec2.create_tags",
      with: { region: "eu-west-1", resource_ids: [INSTANCE], tags: { fleet: "green" } },
    },
  ],
};

describe.concurrent("a checkpoint", () => {
  test("is taken in a plan's thread, listed, and restored by an approved plan", async (context) => {
    const scene = await openScene(context);
    const { talk } = scene;
    const card = await talk.asksForPlan("rita", MARK);
    talk.mentions("rita", "checkpoint before-green", { in: card });
    await talk.isTold("rita", "Checkpoint before-green keeps 1 state");
    await talk.approves("ann", card);
    await talk.ends(card, "Completed");
    expect(instance(scene).tags.get("fleet")).toBe("green");
    await talk.commands("ann", "checkpoints");
    await talk.isTold("ann", "1 checkpoint", "restore before-green", "@rita");
    const listed = await countersign(["plan", "checkpoints"], scene.workspace.environment);
    expect(listed).toMatchObject({ code: 0, err: "" });
    expect(listed.out).toContain("before-green");
    const restore = ["plan", "restore", "before-green"];
    const written = await countersign(restore, scene.workspace.environment);
    expect(JSON.parse(written.out)).toMatchObject({
      title: "Restore checkpoint before-green",
      steps: [{ uses: "ec2.restore_tags" }],
    });
    const back = await talk.asksInThread("rita", card, "restore before-green");
    await talk.cardShows(back, "Puts back", "before-green", "0 of 1");
    await talk.approves("bob", back);
    await talk.ends(back, "Completed", "Restore checkpoint");
    expect(instance(scene).tags.get("fleet")).toBe("api");
    talk.mentions("rita", "restore before-green", { in: card });
    await talk.isTold("rita", "nothing to put back");
  });

  test("that nobody took is told, with the nearest name", async (context) => {
    const scene = await openScene(context);
    const { talk } = scene;
    const card = await talk.asksForPlan("rita", MARK);
    talk.mentions("rita", "checkpoint before-green", { in: card });
    await talk.isTold("rita", "keeps 1 state");
    talk.mentions("rita", "restore before-gren", { in: card });
    await talk.isTold("rita", "There is no checkpoint before-gren", "before-green");
    expect(instance(scene).tags.get("fleet")).toBe("api");
  });

  test("is taken before a destructive stage, and puts back what was stopped", async (context) => {
    const scene = await openScene(context);
    const { workspace, talk } = scene;
    const card = await talk.asks(
      "rita",
      `ec2.stop_instances region=eu-west-1 instance_ids=${INSTANCE}`,
    );
    await talk.approves("ann", card);
    await talk.approves("bob", card);
    const end = await talk.ends(card, "Completed", "The state of before is kept (1 state)");
    expect(instance(scene).state).toBe("stopped");
    const name = /restore (auto\/run-\w+\/0)/.exec(end)?.[1] ?? "";
    const [kept] = await workspace.sql<{ count: string }[]>`
      SELECT count(*)::text AS count FROM checkpoints WHERE name = ${name}`;
    expect(kept?.count).toBe("1");
    const back = await talk.asksInThread("rita", card, `restore ${name}`);
    // Taking a start back is a stop, so two people sign it.
    await talk.approves("ann", back);
    await talk.approves("bob", back);
    await talk.ends(back, "Completed", "Restore checkpoint");
    expect(instance(scene).state).toBe("running");
  });
});
