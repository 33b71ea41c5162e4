// Who may ask and decide, and until when, as people meet it in Slack: refused clicks are answered privately with
// the reason, and audited.

import { describe, expect, test } from "vitest";
import { defaultSeed } from "#playground/seed.ts";
import type { Seed } from "#playground/seed.ts";
import { auditOf, refusalsOf } from "./support/audit-rows.ts";
import { by, clickLike, fromTeam, send } from "./support/forged.ts";
import { createJumpingClock } from "./support/jumping-clock.ts";
import { openInProcess } from "./support/program.ts";
import { openScene } from "./support/scene.ts";
import { until } from "#test/until.ts";

const HOUR_MS = 3_600_000;

describe.concurrent("a decision", () => {
  test("after approve-by is refused, and the plan expires", async (context) => {
    const clock = createJumpingClock();
    const { workspace, talk } = await openScene(context, { clock });
    const card = await talk.asks(
      "rita",
      `http.request method=POST url=${workspace.target.url}/late`,
    );
    clock.jump(4 * HOUR_MS + 1);
    talk.mentions("ann", "approve", { in: card });
    await talk.isTold("ann", "time to approve this plan has run out");
    const shown = await talk.cardShows(card, "Expired");
    expect(shown).not.toContain("[Approve]");
    await talk.isTold("rita", "Your plan", "Expired");
    expect((await auditOf(workspace, card.planId)).map(({ kind }) => kind)).toContain(
      "plan.expired",
    );
    expect(workspace.target.asked("/late")).toEqual([]);
  });

  test("that comes too late to start is spent on nothing", async (context) => {
    const clock = createJumpingClock();
    const { workspace, talk } = await openScene(context, { clock, halves: ["bot"] });
    const card = await talk.asks(
      "rita",
      `http.request method=POST url=${workspace.target.url}/too-late`,
    );
    await talk.approves("ann", card);
    await talk.cardShows(card, "Approved");
    clock.jump(2 * HOUR_MS);
    await openInProcess(workspace, { halves: ["worker"] });
    await talk.cardShows(card, "Expired");
    await until("the run to end", async () => {
      const kinds = (await auditOf(workspace, card.planId)).map(({ kind }) => kind);
      return kinds.includes("run.canceled") || kinds.includes("run.held");
    });
    expect(workspace.target.asked("/too-late")).toEqual([]);
  });

  test("is not the requester's, a guest's, or that of somebody outside the approvers", async (context) => {
    const { workspace, talk } = await openScene(context);
    const card = await talk.asks(
      "rita",
      `http.request method=POST url=${workspace.target.url}/refused`,
    );
    await talk.approves("rita", card);
    await talk.isTold("rita", "you asked for this plan", "@ann");
    await talk.approves("gus", card);
    await talk.isTold("gus", "Guests cannot");
    await talk.approves("dev", card);
    await talk.isTold("dev", "not one of its approvers", "@ann");
    expect(await refusalsOf(workspace, "U0RITA")).toEqual(["self-approval"]);
    expect(await refusalsOf(workspace, "U0GUS")).toEqual(["not-a-member"]);
    expect(await refusalsOf(workspace, "U0DEV")).toEqual(["not-an-approver"]);
    expect(talk.cardText(card)).toContain("0 of 1");
    expect(workspace.target.asked("/refused")).toEqual([]);
  });

  test("is not a stranger's, a deactivated person's, or another workspace's, even with Slack's own signature", async (context) => {
    const { workspace, talk } = await openScene(context);
    const card = await talk.asks(
      "rita",
      `http.request method=POST url=${workspace.target.url}/outside`,
    );
    await talk.approves("rita", card);
    await talk.isTold("rita", "you asked for this plan");
    const asAnn = clickLike(workspace, by("U0ANN"));
    const elsewhere = {
      ...asAnn,
      body: clickLike(workspace, (payload) => fromTeam("T0ELSEWHERE")(by("U0ANN")(payload))).body,
    };
    for (const click of [
      clickLike(workspace, by("U0SAM")),
      clickLike(workspace, by("U0LEE")),
      elsewhere,
    ]) {
      expect(await send(workspace, click)).toMatchObject({ kind: "acknowledged" });
    }
    await until("three refusals", async () => {
      const codes = await Promise.all(
        ["U0SAM", "U0LEE", "U0ANN"].map((userId) => refusalsOf(workspace, userId)),
      );
      return codes.every((one) => one.length === 1) && codes.flat();
    });
    expect(await refusalsOf(workspace, "U0SAM")).toEqual(["not-a-member"]);
    expect(await refusalsOf(workspace, "U0LEE")).toEqual(["not-a-member"]);
    expect(await refusalsOf(workspace, "U0ANN")).toEqual(["other-workspace"]);
    expect(talk.cardText(card)).toContain("0 of 1");
    // The same click with nothing wrong about it counts: what refused the others was who they are.
    await send(workspace, asAnn);
    await talk.ends(card, "Completed");
  });

  test("of somebody who was deactivated afterwards counts no more", async (context) => {
    const { workspace, talk } = await openScene(context);
    const card = await talk.asks(
      "rita",
      `http.request method=DELETE url=${workspace.target.url}/gone`,
    );
    await talk.approves("ann", card);
    await talk.cardShows(card, "1 of 2: @ann");
    workspace.slack.changeUser("ann", { deleted: true });
    await talk.approves("bob", card);
    await talk.isTold("bob", "1 of 2");
    expect(workspace.target.asked("/gone")).toEqual([]);
  });

  test("is made once, however many click at the same moment", async (context) => {
    const approvers = Array.from({ length: 25 }, (_, index) => ({
      id: `U0SRE${index}`,
      name: `sre${index}`,
      realName: `Approver ${index}`,
    }));
    const { workspace, talk } = await openScene(context, { seed: withApprovers(approvers) });
    const card = await talk.asks(
      "rita",
      `http.request method=DELETE url=${workspace.target.url}/crowd`,
    );
    const clicks = Array.from({ length: 100 }, (_, index) =>
      talk.approves(`sre${index % 25}`, card),
    );
    await Promise.all(clicks);
    await talk.cardShows(card, "Started");
    await until(
      "every click to be worked on",
      async () => {
        const [row] = await workspace.sql<
          { open: number }[]
        >`SELECT count(*)::int AS open FROM inbox WHERE finished_at IS NULL`;
        return row?.open === 0;
      },
      40_000,
    );
    const rows = await auditOf(workspace, card.planId);
    const votes = rows.filter(({ kind }) => kind === "vote.cast");
    expect(votes).toHaveLength(2);
    expect(new Set(votes.map(({ actor }) => actor)).size).toBe(2);
    const once = ["plan.approved", "run.queued", "run.started"];
    expect(rows.map(({ kind }) => kind).filter((kind) => once.includes(kind))).toEqual(once);
    expect(rows.filter(({ kind }) => kind === "refused")).toHaveLength(98);
    await until("the run to end", async () =>
      (await auditOf(workspace, card.planId)).some(({ kind }) => kind === "run.completed"),
    );
    expect(workspace.target.asked("/crowd")).toHaveLength(1);
  });
});

describe.concurrent("a request", () => {
  test("in a channel shared with another organization is refused", async (context) => {
    const { workspace, talk } = await openScene(context);
    workspace.slack.changeChannel(talk.channel, { isExtShared: true });
    await talk.commands("rita", `http.request method=POST url=${workspace.target.url}/shared`);
    await talk.isTold("rita", "shared with another organization");
    expect(await refusalsOf(workspace, "U0RITA")).toEqual(["channel-shared"]);
    expect(workspace.target.asked("/shared")).toEqual([]);
  });

  test("whose quorum nobody could reach is refused when it is made", async (context) => {
    const { workspace, talk } = await openScene(context);
    await talk.commands("ann", `http.request method=DELETE url=${workspace.target.url}/alone`);
    await talk.isTold("ann", "only @bob could");
    expect(await refusalsOf(workspace, "U0ANN")).toEqual(["quorum-unreachable"]);
  });
});

function withApprovers(approvers: Seed["users"]): Seed {
  const ids = approvers.map(({ id }) => id);
  return {
    ...defaultSeed,
    users: [...defaultSeed.users, ...approvers],
    channels: defaultSeed.channels.map((channel) =>
      channel.name === "ops-production"
        ? { ...channel, members: [...(channel.members ?? []), ...ids] }
        : channel,
    ),
    userGroups: defaultSeed.userGroups.map((group) =>
      group.handle === "sre" ? { ...group, users: ids } : group,
    ),
  };
}
