// What a requester can do besides asking, as it is in Slack: nudge, put another plan in a plan's place, and go on from
// a run that a check holds.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { breakGlass } from "#engine/break-glass.ts";
import { openBotWorkspace, playgroundPolicy } from "#test/builders/bot-workspace.ts";
import type { BotWorkspace } from "#test/builders/bot-workspace.ts";
import { until } from "#test/until.ts";

const CHANNEL = "#ops-production";
const TEAM = "T0PLAYGROUND";
let bot: BotWorkspace;

beforeAll(async () => {
  const { limits, ...policy } = playgroundPolicy();
  // Some of these plans stay, and all are one person's.
  bot = await openBotWorkspace("http", true, {
    policy: { ...policy, limits: { ...limits, pendingPlansPerRequester: 100 } },
  });
});
afterAll(() => bot.close());
beforeEach(() => bot.playground.changeUser("ann", { deleted: false }));

const thread = (ts: string) => bot.playground.messages(CHANNEL, ts);
const inThread = (ts: string, words: RegExp) =>
  bot.playground.waitFor(
    () => thread(ts).find((message) => words.test(JSON.stringify(message.blocks ?? message.text))),
    { what: `the thread to say ${words}` },
  );
const isTold = (user: string, words: RegExp) =>
  bot.playground.waitFor(
    () =>
      bot.playground
        .ephemerals(user)
        .find(({ message }) => words.test(JSON.stringify(message.blocks ?? []))),
    { what: `${user} to be told ${words}` },
  );
const isWrittenTo = (user: string, words: RegExp) =>
  bot.playground.waitFor(
    () =>
      bot.playground
        .directMessages(user)
        .find((message) => words.test(JSON.stringify(message.blocks ?? []))),
    { what: `a direct message to ${user} with ${words}` },
  );

/** Asks in a thread of its own. */
async function asks(words: string): Promise<{ readonly ts: string; readonly planId: string }> {
  const { ts } = bot.playground.say("rita", CHANNEL, `@countersign ${words}`);
  const card = await inThread(ts, /pl-[0-9a-z]+\|1/);
  const planId = /(pl-[0-9a-z]+)\|1/.exec(JSON.stringify(card.blocks))?.[1] ?? "";
  return { ts, planId };
}
const says = (user: string, words: string, threadTs: string) =>
  bot.playground.say(user, CHANNEL, `@countersign ${words}`, { threadTs });
const planOf = (planId: string) => bot.ports.plans.get(planId);
const becomes = (planId: string, status: string) =>
  until(`${planId} to be ${status}`, async () => (await planOf(planId))?.status === status);
const runIsCanceled = (planId: string) =>
  until(
    "the run to be canceled",
    async () => (await bot.ports.runs.byPlan(planId))?.status === "canceled",
  );

async function isHeld(name: string): Promise<{
  readonly ts: string;
  readonly planId: string;
  readonly held: { readonly channel: string; readonly ts: string };
}> {
  const first = bot.playground.say("rita", CHANNEL, `@countersign toy.hold name=${name}`);
  await inThread(first.ts, /Running/);
  const { ts, planId } = await asks(`toy.change name=${name}`);
  says("ann", "approve", ts);
  await becomes(planId, "approved");
  bot.playground.changeUser("ann", { deleted: true });
  bot.letGo(name);
  const message = await inThread(ts, /run_ask_again/);
  return { ts, planId, held: { channel: CHANNEL, ts: message.ts } };
}

describe("a requester", () => {
  it("nudges the approvers by word and button, and not again right away", async () => {
    const { ts, planId } = await asks("toy.change name=nudged");
    says("ann", "nudge", ts);
    await isTold("ann", /may not nudge/);
    says("rita", "nudge", ts);
    await inThread(ts, /Still waiting for approval/);
    await isTold("rita", /reminded that plan/);
    const card = await inThread(ts, /plan_nudge/);
    await bot.playground.click("rita", { channel: CHANNEL, ts: card.ts, actionId: "plan_nudge" });
    await isTold("rita", /reminded lately/);
    expect(await planOf(planId)).toMatchObject({ nudgedAt: expect.any(Number) });
    says("rita", "withdraw", ts);
    await becomes(planId, "withdrawn");
  });

  it("puts another plan in the place of one that waits, and each card names the other", async () => {
    const { ts, planId } = await asks("toy.change name=first");
    says("rita", "supersede toy.change name=second", ts);
    await becomes(planId, "withdrawn");
    const next = (await planOf(planId))?.supersededBy ?? "";
    await inThread(ts, new RegExp(`Superseded.*${next}`));
    await inThread(ts, new RegExp(`in the place of plan.*${planId}`));
    says("ann", "approve", ts);
    await bot.playground.waitFor(() => bot.calls.runs.includes("second"), { what: "the run" });
    expect(bot.calls.runs).not.toContain("first");
    await isWrittenTo("rita", /Your plan.*(Approved|Running|Completed|Queued)/);
  });

  it("files the plan of a finished run again from its thread: a new card says what has changed", async () => {
    const { ts, planId } = await asks("toy.change name=replayed");
    says("rita", "replay", ts);
    await isTold("rita", /is not over/);
    says("ann", "approve", ts);
    await inThread(ts, /Completed/);
    says("rita", `replay ${planId}`, ts);
    const card = await inThread(ts, /Once more: /);
    expect(JSON.stringify(card.blocks)).toMatch(
      new RegExp(`${planId}.*Nothing that this plan is made of has changed`),
    );
    const next = /(pl-[0-9a-z]+)\|1/.exec(JSON.stringify(card.blocks))?.[1] ?? "";
    const run = await bot.ports.runs.byPlan(planId);
    expect(await planOf(next)).toMatchObject({
      status: "awaiting-approval",
      origin: { kind: "replay", planId, ofRun: run?.runId },
    });
    expect(bot.calls.runs.filter((name) => name === "replayed")).toHaveLength(1);
  });
});

describe("a run held at its start", () => {
  it("is asked for again with one tap: the same plan waits for new approvals, the held run is canceled", async () => {
    const { ts, planId, held } = await isHeld("again");
    await inThread(ts, /approval does not hold any more/);
    await isWrittenTo("rita", /Held.*approval does not hold any more/);
    await bot.playground.click("rita", { ...held, actionId: "run_ask_again" });
    await isTold("rita", /Filed as plan/);
    const old = await planOf(planId);
    const next = await planOf(old?.supersededBy ?? "");
    expect(next).toMatchObject({ status: "awaiting-approval", hash: old?.hash });
    await inThread(ts, /Canceled/);
    says("bob", "approve", ts);
    await bot.playground.waitFor(() => bot.calls.runs.includes("again"), { what: "the new run" });
    expect(bot.calls.runs.filter((name) => name === "again")).toHaveLength(1);
  });

  it("is edited into another plan", async () => {
    const { planId, held } = await isHeld("edited");
    await bot.playground.click("rita", { ...held, actionId: "run_edit" });
    await bot.playground.waitFor(() => bot.playground.views("rita").length > 0);
    const values = {
      plan_source_0: "title: x\nsteps: [{ id: a, uses: toy.change, with: { name: better } }]",
    };
    await bot.playground.submitView("rita", { values });
    await isTold("rita", new RegExp(`Plan ${planId} has given way`));
    const next = await planOf((await planOf(planId))?.supersededBy ?? "");
    expect(next).toMatchObject({ version: 1, plan: { title: "x" } });
    await runIsCanceled(planId);
  });

  it("is withdrawn, which ends the run as well", async () => {
    const { planId, held } = await isHeld("withdrawn");
    await bot.playground.click("rita", { ...held, actionId: "run_withdraw" });
    await becomes(planId, "withdrawn");
    await runIsCanceled(planId);
    expect(bot.calls.runs).not.toContain("withdrawn");
  });
});

describe("a broken glass", () => {
  it("runs the plan on one word, tells those passed over, and waits for somebody else's review", async () => {
    const { playground } = bot;
    const { ts, planId } = await asks("toy.change name=urgent");
    const card = await inThread(ts, /plan_break_glass/);
    const click = (user: string, at: string) =>
      playground.click(user, { channel: CHANNEL, ts: at, actionId: "plan_break_glass" });
    await click("dev", card.ts);
    await isTold("dev", /may not break the glass/);
    await click("ann", card.ts);
    await playground.waitFor(() => playground.views("ann").length > 0);
    expect(
      await playground.submitView("ann", { values: { glass_reason: "the site is down" } }),
    ).toMatchObject({ kind: "errors" });
    expect(bot.calls.runs).not.toContain("urgent");
    expect(
      await playground.submitView("ann", {
        values: { glass_reason: "the site is down", glass_confirm: ["alone"] },
      }),
    ).toMatchObject({ kind: "closed" });
    await inThread(ts, /Glass broken.*the site is down/);
    await isWrittenTo("bob", /You could have approved this plan/);
    await isWrittenTo("rita", /You asked for this plan/);
    await playground.waitFor(() => bot.calls.runs.includes("urgent"), { what: "the run" });
    await inThread(ts, /Completed.*break-glass/);

    const next = await asks("toy.change name=urgent-too");
    says("ann", "break-glass it is down again", next.ts);
    await isTold("ann", new RegExp(`You broke the glass for plan ${planId}`));
    await playground.slash("ann", CHANNEL, `/ops review ${planId} all is well`);
    await isTold("ann", /somebody else must look/);
    await playground.slash("bob", CHANNEL, "/ops review");
    await isTold("bob", new RegExp(planId));
    await playground.slash("bob", CHANNEL, `/ops review ${planId} the pager was right`);
    await inThread(ts, /Reviewed.*the pager was right/);
    says("ann", "break-glass it is down again", next.ts);
    const asked = await isTold("ann", /Nothing has happened yet/);
    await click("ann", asked.message.ts);
    await playground.waitFor(() => playground.views("ann").length > 0);
    expect(JSON.stringify(playground.views("ann").at(-1)?.view)).toContain("it is down again");
    expect(await bot.ports.plans.openReviews(TEAM)).toEqual([]);
  });

  it("is broken once, by one of them, however many come at the same moment", async () => {
    const { ts, planId } = await asks("toy.change name=raced");
    const record = await planOf(planId);
    if (record === null) throw new Error(`there is no ${planId}`);
    const { conversation, version: planVersion } = record;
    const people = Array.from({ length: 16 }, (_, index) => (index % 2 === 0 ? "U0ANN" : "U0BOB"));
    const answers = await Promise.all(
      people.map(async (userId, index) => {
        const requestId = `race-${planId}-${index}`;
        const { teamId } = conversation;
        const asker = { teamId, userId, conversation, requestId, entry: "modal" } as const;
        const seen = { viewHash: null, viewFormat: null };
        const wish = { planId, planVersion, reason: "now", ...seen };
        const result = await breakGlass(bot.ports, asker, wish);
        return [userId, result.ok ? "broken" : result.refusal.code] as const;
      }),
    );
    const winner = (await planOf(planId))?.emergency?.userId;
    // Whoever came second hears so; the same person's other clicks mean the same as the first.
    for (const [userId, answer] of answers)
      expect([userId, answer]).toEqual([userId, userId === winner ? "broken" : "already-decided"]);
    const events: string[] = [];
    for await (const { kind } of bot.ports.audit.rows({ teamId: TEAM, planId, limit: 1000 }))
      events.push(kind);
    const once = ["plan.glass-broken", "plan.approved", "run.queued"];
    expect(once.map((kind) => events.filter((one) => one === kind).length)).toEqual([1, 1, 1]);
    await inThread(ts, /Completed.*break-glass/);
    expect(bot.calls.runs.filter((name) => name === "raced")).toHaveLength(1);
    const other = winner === "U0ANN" ? "bob" : "ann";
    await bot.playground.slash(other, CHANNEL, `/ops review ${planId} one of many clicks counted`);
    await inThread(ts, /Reviewed.*one of many clicks counted/);
  });
});
