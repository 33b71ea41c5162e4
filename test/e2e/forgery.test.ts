// Requests that Slack didn't send, or sent before, have no effect.

import { describe, expect, test } from "vitest";
import { auditOf, refusalsOf } from "./support/audit-rows.ts";
import { by, clickLike, send } from "./support/forged.ts";
import { openScene } from "./support/scene.ts";
import { until } from "#test/until.ts";

describe.concurrent("a request", () => {
  test("with a wrong, old, future-dated, foreign or missing signature is refused, and the same one signed by Slack counts", async (context) => {
    const { workspace, talk } = await openScene(context);
    const card = await talk.asks(
      "rita",
      `http.request method=DELETE url=${workspace.target.url}/forged`,
    );
    await talk.approves("ann", card);
    await talk.cardShows(card, "1 of 2");
    const click = clickLike(workspace, by("U0BOB"));
    const refused = { kind: "http-error", status: 401 };
    expect(
      await send(workspace, click, { secret: "0123456789abcdef0123456789abcdef" }),
    ).toMatchObject(refused);
    expect(await send(workspace, click, { ageSeconds: 310 })).toMatchObject(refused);
    expect(await send(workspace, click, { ageSeconds: -310 })).toMatchObject(refused);
    expect(await send(workspace, click, { over: `${click.body}&x=1` })).toMatchObject(refused);
    expect(
      await workspace.slack.sendRaw({
        ...click,
        headers: { "content-type": "application/x-www-form-urlencoded" },
      }),
    ).toMatchObject(refused);
    const codes = await until("the refusals in the audit log", async () => {
      const rows = (await auditOf(workspace)).filter(({ kind }) => kind === "refused");
      return rows.length >= 5 && rows.map(({ data }) => data["code"]);
    });
    expect(codes.toSorted((a, b) => String(a).localeCompare(String(b)))).toEqual([
      "signature-in-the-future",
      "signature-missing",
      "signature-too-old",
      "signature-wrong",
      "signature-wrong",
    ]);
    expect(talk.cardText(card)).toContain("1 of 2");
    expect(workspace.target.asked("/forged")).toEqual([]);
    expect(await send(workspace, click)).toMatchObject({ kind: "acknowledged" });
    await talk.ends(card, "Completed");
    expect(workspace.target.asked("/forged")).toHaveLength(1);
  });

  test("replayed to the letter is acknowledged, audited and without effect", async (context) => {
    const { workspace, talk } = await openScene(context);
    const card = await talk.asks(
      "rita",
      `http.request method=DELETE url=${workspace.target.url}/replayed`,
    );
    await talk.approves("ann", card);
    await talk.cardShows(card, "1 of 2");
    const request = workspace.slack
      .deliveries()
      .findLast(({ delivery }) => delivery.type === "interactive")?.request;
    if (request === undefined) throw new Error("the click went over HTTP");
    for (let times = 0; times < 3; times += 1) {
      expect(await workspace.slack.sendRaw(request)).toMatchObject({ kind: "acknowledged" });
    }
    await until(
      "the replays to be audited",
      async () => (await refusalsOf(workspace, "U0ANN")).length === 3,
    );
    expect(await refusalsOf(workspace, "U0ANN")).toEqual(["replayed", "replayed", "replayed"]);
    expect(
      (await auditOf(workspace, card.planId)).filter(({ kind }) => kind === "vote.cast"),
    ).toHaveLength(1);
  });

  test("that Slack delivers again has no second effect", async (context) => {
    const { workspace, talk } = await openScene(context);
    const words = talk.mentions(
      "rita",
      `http.request method=POST url=${workspace.target.url}/twice`,
    );
    const card = await talk.cardUnder(words);
    await workspace.slack.redeliver(1, "events_api");
    await talk.approves("ann", card);
    await workspace.slack.redeliver(1, "interactive");
    await talk.ends(card, "Completed");
    await talk.commands("rita", "pending");
    await workspace.slack.redeliver(1, "slash_commands");
    await talk.isTold("rita", "No plan waits");
    const [row] = await workspace.sql<
      { plans: number }[]
    >`SELECT count(*)::int AS plans FROM plans`;
    expect(row?.plans).toBe(1);
    expect(workspace.target.asked("/twice")).toHaveLength(1);
    const told = workspace.slack
      .ephemerals("rita")
      .map(({ message }) => workspace.slack.text(message));
    expect(told.filter((text) => text.includes("No plan waits"))).toHaveLength(1);
  });
});
