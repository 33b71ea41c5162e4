// What a finished run did goes back by a plan of its own, unless the world has moved on.

import { describe, expect, test } from "vitest";
import { countersign } from "./support/command.ts";
import { openScene } from "./support/scene.ts";
import type { Scene } from "./support/scene.ts";

const INSTANCE = "i-0a11ce0000000001";

const tagsOf = ({ workspace }: Scene): Readonly<Record<string, string>> =>
  Object.fromEntries(
    workspace.infrastructure.instances().find(({ id }) => id === INSTANCE)?.tags ?? [],
  );

const TAGGED = {
  title: "Mark the instance",
  steps: [
    {
      id: "mark",
      uses: "ec2.create_tags",
      with: {
        region: "eu-west-1",
        resource_ids: [INSTANCE],
        tags: { fleet: "green", note: "new" },
      },
    },
  ],
};

describe.concurrent("a finished run", () => {
  test("is rolled back by a plan with a card and an approval of its own", async (context) => {
    const scene = await openScene(context);
    const { talk } = scene;
    const card = await talk.asksForPlan("rita", TAGGED);
    await talk.approves("ann", card);
    await talk.ends(card, "Completed", "Roll back");
    expect(tagsOf(scene)).toMatchObject({ fleet: "green", note: "new" });
    const back = await talk.asksInThread("rita", card, "rollback");
    await talk.cardShows(back, "Roll back: Mark the instance", "Takes back", "0 of 1");
    expect(tagsOf(scene)).toMatchObject({ fleet: "green", note: "new" });
    await talk.approves("bob", back);
    await talk.ends(back, "Completed", "Roll back: Mark");
    expect(tagsOf(scene)).toEqual({ Name: "api-1", fleet: "api" });
  });

  test("has its way back written on a command line, as a plan that is asked for like any other", async (context) => {
    const scene = await openScene(context);
    const { workspace, talk } = scene;
    const card = await talk.asksForPlan("rita", TAGGED);
    await talk.approves("ann", card);
    await talk.ends(card, "Completed");
    const [row] = await workspace.sql`select id from runs where plan_id = ${card.planId}`;
    const words = ["plan", "rollback", String(row?.["id"])];
    const written = await countersign(words, workspace.environment);
    expect(written).toMatchObject({ code: 0, err: "" });
    expect(tagsOf(scene)).toMatchObject({ fleet: "green", note: "new" });
    const back = await talk.asksForPlan("rita", JSON.parse(written.out) as object);
    await talk.approves("bob", back);
    await talk.ends(back, "Completed");
    expect(tagsOf(scene)).toEqual({ Name: "api-1", fleet: "api" });
    const again = await countersign(words, workspace.environment);
    expect(again).toMatchObject({ code: 1, out: "" });
    expect(again.err).toContain("is not as it left it");
  });

  test("is not rolled back where somebody has changed it since, and is told what differs", async (context) => {
    const scene = await openScene(context);
    const { workspace, talk } = scene;
    const card = await talk.asksForPlan("rita", TAGGED);
    await talk.approves("ann", card);
    await talk.ends(card, "Completed");
    const instance = workspace.infrastructure.instances().find(({ id }) => id === INSTANCE);
    instance?.tags.set("fleet", "blue");
    talk.mentions("rita", "rollback", { in: card });
    await talk.isTold("rita", "is not as it left it", "was green, now it is blue");
    expect(tagsOf(scene)).toMatchObject({ fleet: "blue", note: "new" });
  });

  test("whose rollback finds another state when it starts is held with what differs", async (context) => {
    const scene = await openScene(context);
    const { workspace, talk } = scene;
    const card = await talk.asksForPlan("rita", TAGGED);
    await talk.approves("ann", card);
    await talk.ends(card, "Completed");
    const back = await talk.asksInThread("rita", card, "rollback");
    const instance = workspace.infrastructure.instances().find(({ id }) => id === INSTANCE);
    instance?.tags.set("note", "urgent");
    await talk.approves("bob", back);
    await talk.isHeld(back, "is urgent, expected new");
    expect(tagsOf(scene)).toMatchObject({ fleet: "green", note: "urgent" });
  });
});
