// What a requester can do besides asking, as it is in Slack: nudge, put another plan in a plan's place, and go on from
// a run that a check holds.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { breakGlass } from "#engine/break-glass.ts";
import { editPlan } from "#engine/edit-plan.ts";
import { filePlan } from "#engine/file-plan.ts";
import { picturedCard } from "#bot/messages/plan-picture.ts";
import { bundleMetadata, CALLBACKS, INPUTS, shownValue } from "#bot/messages/identifiers.ts";
import { openBotWorkspace, playgroundPolicy } from "#test/builders/bot-workspace.ts";
import type { BotWorkspace } from "#test/builders/bot-workspace.ts";
import { planSource } from "#test/builders/engine-world.ts";
import { createFakeDirectory } from "#test/fakes/fake-directory.ts";
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

describe("a bundle card", () => {
  const { blockId, actionId } = INPUTS.bundlePlans;
  let sent = 0;

  /** The value of a plan's box, drawn now. */
  async function boxOf(planId: string): Promise<string> {
    const record = await planOf(planId);
    if (record === null) throw new Error(`there is no ${planId}`);
    const viewHash = bot.ports.sha256(picturedCard(record).viewText);
    return shownValue({ planId, version: record.version, hash: record.hash, viewHash });
  }

  /** As Slack sends it, whatever the window offered. */
  async function submits(userId: string, values: readonly string[]): Promise<void> {
    sent += 1;
    const payload = {
      type: "view_submission",
      api_app_id: "A0COUNTERSIGN",
      team: { id: TEAM, domain: "x" },
      user: { id: userId, team_id: TEAM, name: "x", username: "x" },
      trigger_id: `bundle-${sent}`,
      view: {
        id: "V1",
        type: "modal",
        callback_id: CALLBACKS.bundle,
        private_metadata: bundleMetadata({
          requesterId: "U0RITA",
          place: { channelId: "C0PRODUCTION", threadTs: null },
        }),
        state: {
          values: {
            [blockId]: {
              [actionId]: {
                type: "checkboxes",
                selected_options: values.map((value) => ({ value })),
              },
            },
          },
        },
      },
    };
    const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
    expect(await bot.playground.signedRequest({ body })).toMatchObject({ kind: "acknowledged" });
  }

  async function eventsOf(planId: string) {
    const events: { kind: string; data: Record<string, unknown> }[] = [];
    for await (const { kind, data } of bot.ports.audit.rows({ teamId: TEAM, planId, limit: 1000 }))
      events.push({ kind, data: JSON.parse(data) as Record<string, unknown> });
    return events;
  }
  const votesOf = async (planId: string) =>
    (await eventsOf(planId)).filter(({ kind }) => kind === "vote.cast");

  it("approves what is ticked, each by itself; a plan edited since it was shown is refused and stops no other", async () => {
    const { playground, ports } = bot;
    const planIds: string[] = [];
    for (const name of ["one", "two", "three"])
      planIds.push((await asks(`toy.change name=together-${name}`)).planId);
    const [first = "", second = "", left = ""] = planIds;
    while (playground.views("ann").length > 0) await playground.closeView("ann");
    await playground.slash("ann", CHANNEL, "/ops pending");
    const list = await isTold("ann", new RegExp(`bundle_open.*${left}`));
    await playground.click("ann", {
      channel: CHANNEL,
      ts: list.message.ts,
      actionId: "bundle_open",
    });
    const opened = () =>
      playground.views("ann").find(({ view }) => JSON.stringify(view).includes(CALLBACKS.bundle));
    const window = JSON.stringify((await playground.waitFor(opened)).view);
    const boxes = await Promise.all(planIds.map(boxOf));
    for (const box of boxes) expect(window).toContain(box);
    expect(await playground.submitView("ann", { values: {} })).toMatchObject({ kind: "errors" });

    const conversation = (await planOf(second))?.conversation;
    if (conversation === undefined) throw new Error(`there is no ${second}`);
    const rita = { teamId: TEAM, userId: "U0RITA", requestId: "edit-bundle", conversation };
    const shown = (await planOf(first))?.hash;
    const source = planSource("toy.change", { name: "together-edited" });
    await editPlan(
      ports,
      { ...rita, entry: "modal" },
      { planId: second, fromVersion: 1, ...source },
    );
    expect(
      await playground.submitView("ann", { values: { [blockId]: boxes.slice(0, 2) } }),
    ).toMatchObject({ kind: "closed" });
    const answer = await isTold("ann", /You approved 1 of 2 plans/);
    expect(JSON.stringify(answer.message.blocks)).toMatch(/version 1, but the plan was edited/);
    await playground.waitFor(() => bot.calls.runs.includes("together-one"), { what: "the run" });

    const viewHash = ports.sha256(picturedCard((await planOf(first)) ?? raise(first)).viewText);
    expect((await votesOf(first)).map(({ data }) => data)).toMatchObject([
      { version: 1, hash: shown, viewHash, entry: "modal", choice: "approve" },
    ]);
    expect(await planOf(second)).toMatchObject({ version: 2, votes: [] });
    expect((await eventsOf(second)).at(-1)).toMatchObject({
      kind: "refused",
      data: { code: "stale-version" },
    });
    expect(await planOf(left)).toMatchObject({ status: "awaiting-approval", votes: [] });
  });

  it("submitted twice, late or by two people counts once for each plan, and says who decided", async () => {
    const { planId } = await asks("toy.change name=together-twice");
    const box = await boxOf(planId);
    await Promise.all([submits("U0ANN", [box, box]), submits("U0ANN", [box])]);
    await becomes(planId, "approved");
    await isTold("ann", new RegExp(`${planId}.*already approved`));
    await submits("U0BOB", [box]);
    await isTold("bob", new RegExp(`${planId}.*already approved`));
    expect(await votesOf(planId)).toHaveLength(1);
    await bot.playground.waitFor(() => bot.calls.runs.includes("together-twice"));
    expect(bot.calls.runs.filter((name) => name === "together-twice")).toHaveLength(1);
  });

  it("that was forged approves nothing: not one's own plan, one that destroys, or another workspace's", async () => {
    const { ports } = bot;
    const own = (await asks("toy.change name=together-own")).planId;
    const destructive = (await asks("toy.destroy name=together-destroyed")).planId;
    const conversation = (await planOf(own))?.conversation ?? raise(own);
    const elsewhere = { ...conversation, id: ports.ids.next("cv"), teamId: "T0ELSEWHERE" };
    const filed = await filePlan(
      { ...ports, directory: { ...createFakeDirectory(), groupMembers: async () => EVERYBODY } },
      {
        teamId: "T0ELSEWHERE",
        userId: "U0RITA",
        requestId: "elsewhere",
        conversation: elsewhere,
        entry: "command",
      },
      planSource("toy.change", { name: "together-elsewhere" }),
    );
    if (!filed.ok) throw new Error(`not filed: ${filed.refusal.code}`);
    const foreign = filed.value.planId;

    await submits("U0RITA", [await boxOf(own)]);
    await isTold("rita", /You approved none.*You asked for this plan/);
    await submits("U0ANN", [await boxOf(destructive), await boxOf(foreign), "pl-1|1"]);
    const answer = await isTold("ann", new RegExp(`approved none of these plans.*${destructive}`));
    const text = JSON.stringify(answer.message.blocks);
    for (const words of ["This plan is destructive", `There is no plan ${foreign} here`])
      expect(text).toContain(words);
    expect(text).not.toContain("together-elsewhere");
    for (const planId of [own, destructive, foreign])
      expect(await planOf(planId)).toMatchObject({ status: "awaiting-approval", votes: [] });
    const codes = [...(await eventsOf(own)), ...(await eventsOf(destructive))].flatMap(
      ({ kind, data }) => (kind === "refused" ? [data["code"]] : []),
    );
    expect(codes).toEqual(["self-approval", "not-together"]);
    await submits("U0ANN", [(await boxOf(own)).replace(/.$/, "A").replace(/\|1\|./, "|1|_")]);
    await isTold("ann", new RegExp(`${own}.*not the one that was shown`));
    expect(await planOf(own)).toMatchObject({ votes: [] });
    expect(bot.problems).toEqual([]);
  });
});

const EVERYBODY = ["U0RITA", "U0ANN", "U0BOB"];

function raise(planId: string): never {
  throw new Error(`there is no ${planId}`);
}
