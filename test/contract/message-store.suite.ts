// The rules of inbox and outbox: once under Slack's ids, one notice per key, nothing lost between two senders.

import { describe, expect, test } from "vitest";
import type { OutboxItem } from "#engine/notice.ts";
import { NOON } from "#test/builders/plan-records.ts";
import type { Stores, Workspace } from "./store-world.ts";
import { aWorkspace } from "./store-world.ts";

export function messageStoreSuite(open: () => Stores): void {
  describe("the inbox", () => {
    const request = (workspace: Workspace, id = workspace.id("Ev")) =>
      ({
        id,
        kind: "command",
        teamId: workspace.teamId,
        userId: "U1",
        payload: { text: "plan \u0000 \u{1F4A5}", nested: { list: [1, null] } },
        receivedAt: NOON,
      }) as const;

    test("records a request once, however often Slack delivers it", async () => {
      const { inbox } = open();
      const one = request(aWorkspace());
      const answers = await Promise.all(Array.from({ length: 20 }, () => inbox.record(one)));
      expect(answers.filter((answer) => answer === "new")).toHaveLength(1);
      expect(await inbox.record({ ...one, userId: "U2" })).toBe("seen");
    });

    test("gives back what was left unfinished, to one taker, and not what was finished", async () => {
      const { inbox } = open();
      const workspace = aWorkspace();
      const [left, done] = [request(workspace), request(workspace)];
      await inbox.record(left);
      await inbox.record(done);
      await inbox.finish(done.id, "done", null, NOON);
      const mine = async (now: number) =>
        (await inbox.unfinished(now, 10_000, 1_000)).filter(
          ({ teamId }) => teamId === workspace.teamId,
        );
      expect(await mine(NOON + 9_999)).toEqual([]);
      const takes = await Promise.all([mine(NOON + 10_000), mine(NOON + 10_000)]);
      expect(takes.flat()).toEqual([left]);
      expect(await mine(NOON + 19_999)).toEqual([]);
      expect(await mine(NOON + 20_000)).toEqual([left]);
    });

    test("stays seen after it was finished, and keeps the payload only of a failure", async () => {
      const { inbox, database } = open();
      const workspace = aWorkspace();
      const [done, failed] = [request(workspace), request(workspace)];
      for (const one of [done, failed]) await inbox.record(one);
      await inbox.finish(done.id, "done", null, NOON + 5);
      await inbox.finish(failed.id, "failed", "it broke", NOON + 5);
      expect(await inbox.record(done)).toBe("seen");
      const rows = await database.query(
        "select id, outcome, detail, payload from inbox where team_id = $1 order by id",
        [workspace.teamId],
      );
      expect(rows).toMatchObject([
        { id: done.id, outcome: "done", detail: null, payload: {} },
        { id: failed.id, outcome: "failed", detail: "it broke", payload: failed.payload },
      ]);
    });
  });

  describe("the outbox", () => {
    const card = (planId: string) => ({ kind: "plan-card", planId }) as const;
    const takeOf = async (stores: Stores, planId: string, now: number, owner = "sender-1") => {
      const items = await stores.outbox.take(owner, 1_000, 1_000, now);
      return items.filter(({ key }) => key === `plan-card:${planId}`);
    };
    const noted = async (stores: Stores) => {
      const planId = aWorkspace().id("pl");
      await stores.outbox.note([card(planId)], NOON);
      return planId;
    };
    const only = (items: readonly OutboxItem[]): OutboxItem => {
      const [item] = items;
      if (item === undefined || items.length !== 1)
        throw new Error(`${items.length} items, expected one`);
      return item;
    };

    test("gives each item to one sender at a time, and again when the lock ran out", async () => {
      const stores = open();
      const planId = await noted(stores);
      const takes = await Promise.all(
        ["a", "b", "c"].map((owner) => takeOf(stores, planId, NOON, owner)),
      );
      expect(takes.flat()).toMatchObject([
        { notice: card(planId), version: 1, tries: 1, dueAt: NOON },
      ]);
      expect(await takeOf(stores, planId, NOON + 999)).toEqual([]);
      expect(only(await takeOf(stores, planId, NOON + 1_000)).tries).toBe(2);
    });

    test("keeps one notice per key, and the newest words of a reply", async () => {
      const stores = open();
      const workspace = aWorkspace();
      const reply = (text: string) =>
        ({
          kind: "reply",
          replyId: workspace.teamId,
          channelId: "C1",
          threadTs: null,
          userId: "U1",
          message: { text },
        }) as const;
      await stores.outbox.note([reply("one"), reply("two")], NOON);
      await stores.outbox.note([reply("three")], NOON);
      const items = await stores.outbox.take("sender", 1_000, 1_000, NOON);
      const mine = items.filter(({ key }) => key === `reply:${workspace.teamId}`);
      expect(only(mine)).toMatchObject({ notice: reply("three"), version: 2 });
    });

    test("removes what was sent", async () => {
      const stores = open();
      const planId = await noted(stores);
      await stores.outbox.sent(only(await takeOf(stores, planId, NOON)), NOON);
      expect(await takeOf(stores, planId, NOON + 60_000)).toEqual([]);
    });

    test("sends again what was noted again while it was being sent, no sooner than allowed", async () => {
      const stores = open();
      const planId = await noted(stores);
      const item = only(await takeOf(stores, planId, NOON));
      await stores.outbox.note([card(planId)], NOON + 1);
      await stores.outbox.sent(item, NOON + 3_000);
      expect(await takeOf(stores, planId, NOON + 2_999)).toEqual([]);
      expect(only(await takeOf(stores, planId, NOON + 3_000))).toMatchObject({
        version: 2,
        tries: 1,
      });
    });

    test("noting again doesn't get round a wait that Slack asked for", async () => {
      const stores = open();
      const planId = await noted(stores);
      await stores.outbox.postpone(
        only(await takeOf(stores, planId, NOON)),
        NOON + 30_000,
        "ratelimited",
      );
      await stores.outbox.note([card(planId)], NOON + 1);
      expect(await takeOf(stores, planId, NOON + 29_999)).toEqual([]);
      expect(only(await takeOf(stores, planId, NOON + 30_000))).toMatchObject({
        version: 2,
        tries: 2,
      });
    });

    test("doesn't try again what was abandoned, until there is something new to say", async () => {
      const stores = open();
      const planId = await noted(stores);
      const before = await stores.outbox.pending();
      await stores.outbox.abandon(only(await takeOf(stores, planId, NOON)), "channel_not_found");
      expect(await stores.outbox.pending()).toBe(before - 1);
      expect(await takeOf(stores, planId, NOON + 60_000)).toEqual([]);
      await stores.outbox.note([card(planId)], NOON + 70_000);
      expect(only(await takeOf(stores, planId, NOON + 70_000))).toMatchObject({
        version: 2,
        tries: 1,
      });
    });

    test("remembers where a message was posted", async () => {
      const { outbox } = open();
      const subject = `plan-card:${aWorkspace().id("pl")}`;
      expect(await outbox.messageRef(subject)).toBeNull();
      await outbox.saveMessageRef(subject, { channelId: "C1", ts: "1.1" });
      await outbox.saveMessageRef(subject, { channelId: "C1", ts: "2.2" });
      expect(await outbox.messageRef(subject)).toEqual({ channelId: "C1", ts: "2.2" });
    });
  });
}
