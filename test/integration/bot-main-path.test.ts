import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cardSeenBy } from "#bot/answers/read-before-approving.ts";
import { openBotWorkspace, playgroundPolicy } from "#test/builders/bot-workspace.ts";
import type { BotWorkspace } from "#test/builders/bot-workspace.ts";

const CHANNEL = "#ops-production";

function planText(uses: string, name: string, steps = 1): string {
  const listed = Array.from(
    { length: steps },
    (_, index) => `  - { id: s${index}, uses: ${uses}, with: { name: ${name} } }`,
  );
  return ["title: Do it", "steps:", ...listed].join("\n");
}

/** What the bot said to one person alone, once it has. */
function whispered({ playground }: BotWorkspace, user: string, words: RegExp) {
  return playground.waitFor(
    () =>
      playground.ephemerals(user).find(({ message }) => words.test(JSON.stringify(message.blocks))),
    { what: `${user} to be told ${words}` },
  );
}

describe.each(["http", "socket"] as const)("over %s", (mode) => {
  let bot: BotWorkspace;
  beforeAll(async () => {
    bot = await openBotWorkspace(mode);
  });
  afterAll(async () => {
    await bot.close();
  });

  const cardOf = (planId: string, thread?: string) =>
    bot.playground
      .messages(CHANNEL, thread)
      .find((message) => JSON.stringify(message.blocks ?? []).includes(`${planId}|`));
  const whisperTo = (user: string, words: RegExp) => whispered(bot, user, words);
  async function newestPlan(): Promise<string> {
    const [newest] = await bot.ports.audit.history({ teamId: "T0PLAYGROUND", limit: 1 });
    return newest?.planId ?? "";
  }
  async function filed(before: string): Promise<string> {
    for (let planId = before; ; planId = await newestPlan()) if (planId !== before) return planId;
  }

  it("a request becomes a card, two signatures, a run, and a last word in the thread", async () => {
    const { playground, calls } = bot;
    const before = await newestPlan();
    await playground.slash(
      "rita",
      CHANNEL,
      `/ops plan \`\`\`${planText("toy.destroy", `web-${mode}`)}\`\`\``,
    );
    const planId = await filed(before);
    const card = await playground.waitFor(() => cardOf(planId), { what: "the card" });
    const ref = { channel: CHANNEL, ts: card.ts };
    await playground.click("ann", { ...ref, actionId: "plan_approve" });
    await whisperTo("ann", /1 of 2/);
    await playground.click("ann", { ...ref, actionId: "plan_approve" });
    expect(calls.runs).not.toContain(`web-${mode}`);
    await playground.click("bob", { ...ref, actionId: "plan_approve" });
    await whisperTo("bob", /quorum is met/);
    await playground.waitFor(() => calls.runs.includes(`web-${mode}`), { what: "the run" });
    await playground.waitFor(
      () =>
        playground
          .messages(CHANNEL, card.ts)
          .some((message) => /Completed|completed/.test(message.text)),
      { what: "the last word", timeoutMs: 15_000 },
    );
    await playground.waitFor(
      () =>
        !JSON.stringify(playground.messages(CHANNEL, card.ts)[0]?.blocks).includes("plan_approve"),
      { what: "the buttons to go" },
    );
    expect(calls.runs.filter((name) => name === `web-${mode}`)).toHaveLength(1);
    expect((await bot.ports.plans.get(planId))?.conversation).toMatchObject({
      threadTs: card.ts,
      permalink: expect.stringContaining("/archives/"),
    });
  });

  it("a mention is answered in its thread, and the words there steer the plan", async () => {
    const { playground } = bot;
    const before = await newestPlan();
    const asked = playground.say(
      "rita",
      CHANNEL,
      `@countersign plan \`\`\`${planText("toy.change", "api-1")}\`\`\``,
    );
    const planId = await filed(before);
    await playground.waitFor(() => cardOf(planId, asked.ts), { what: "the card in the thread" });
    playground.say("rita", CHANNEL, "@countersign approve", { threadTs: asked.ts });
    await whisperTo("rita", /asked for this plan/);
    playground.say("ann", CHANNEL, "@countersign approve s0", { threadTs: asked.ts });
    await whisperTo("ann", /Step s0 cannot be approved by itself.*write approve without a step/);
    playground.say("ann", CHANNEL, "@countersign approve s9", { threadTs: asked.ts });
    await whisperTo("ann", /The plan has no step s9/);
    expect(await bot.ports.plans.get(planId)).toMatchObject({
      status: "awaiting-approval",
      votes: [],
    });
    expect(await refusalCodes(bot)).toEqual(
      expect.arrayContaining(["step-without-run", "step-not-found"]),
    );
    playground.say("ann", CHANNEL, "@countersign reject wrong region", { threadTs: asked.ts });
    await whisperTo("ann", /rejected/);
    expect((await bot.ports.plans.get(planId))?.status).toBe("rejected");
    playground.say("bob", CHANNEL, "@countersign approve", { threadTs: asked.ts });
    await whisperTo("bob", /already rejected/);
  });

  it("a guest, a person from elsewhere and a shared channel are refused with the reason", async () => {
    const { playground } = bot;
    await playground.slash("gus", CHANNEL, "/ops pending");
    await whisperTo("gus", /Guests/);
    await playground.slash("rita", "#partner-acme", `/ops toy.change name=x`);
    await whisperTo("rita", /shared with another organization/);
    const refusals = await refusalCodes(bot);
    expect(refusals).toEqual(expect.arrayContaining(["not-a-member", "channel-shared"]));
  });

  it("an edit voids the votes, and its mistakes stand in the window", async () => {
    const { playground } = bot;
    const before = await newestPlan();
    await playground.slash(
      "rita",
      CHANNEL,
      `/ops plan \`\`\`${planText("toy.destroy", "db-1")}\`\`\``,
    );
    const planId = await filed(before);
    const card = await playground.waitFor(() => cardOf(planId), { what: "the card" });
    await playground.click("ann", { channel: CHANNEL, ts: card.ts, actionId: "plan_approve" });
    await whisperTo("ann", new RegExp(`${planId}.*1 of 2`));
    const edit = async (user: string, source: string) => {
      if (playground.views(user).length === 0)
        await playground.click(user, { channel: CHANNEL, ts: card.ts, actionId: "plan_edit" });
      await playground.waitFor(() => playground.views(user).length > 0);
      return playground.submitView(user, { values: { plan_source_0: source } });
    };
    expect(await edit("dev", planText("toy.destroy", "db-2"))).toMatchObject({ kind: "closed" });
    await whisperTo("dev", /may not edit/);
    expect(await edit("rita", "title: x\nsteps: [")).toMatchObject({ kind: "errors", from: "app" });
    expect(
      await edit("rita", "title: x\nsteps: [{ id: a, uses: toy.destory, with: { name: a } }]"),
    ).toMatchObject({
      kind: "errors",
      errors: { plan_source_0: expect.stringContaining("toy.destroy") },
    });
    expect(await edit("rita", planText("toy.destroy", "db-2"))).toMatchObject({ kind: "closed" });
    await whisperTo("rita", /version 2/);
    expect(await bot.ports.plans.get(planId)).toMatchObject({
      version: 2,
      status: "awaiting-approval",
      votes: [],
    });
    await playground.click("bob", { channel: CHANNEL, ts: card.ts, actionId: "plan_reject" });
    await playground.waitFor(() => playground.views("bob").length > 0);
    await playground.submitView("bob", { values: { reject_reason: "not today" } });
    await whisperTo("bob", /rejected/);
  });

  it("a card that hides something can't be approved before the full plan was read", async () => {
    const { playground } = bot;
    const before = await newestPlan();
    await playground.slash(
      "rita",
      CHANNEL,
      `/ops plan \`\`\`${planText("toy.change", "many", 120)}\`\`\``,
    );
    const planId = await filed(before);
    const card = await playground.waitFor(() => cardOf(planId), { what: "the card" });
    const ref = { channel: CHANNEL, ts: card.ts };
    await playground.click("ann", { ...ref, actionId: "plan_approve" });
    await whisperTo("ann", /does not show all/);
    await playground.click("ann", { ...ref, actionId: "plan_full" });
    for (let page = 1; ; page += 1) {
      const open = await playground.waitFor(
        () =>
          playground
            .views("ann")
            .find(({ view }) => JSON.stringify(view).includes(`page ${page} of`)),
        { what: `page ${page}` },
      );
      if (!JSON.stringify(open.view).includes("plan_full_page_next")) break;
      await playground.click("ann", { viewId: open.id, actionId: "plan_full_page_next" });
    }
    await playground.closeView("ann");
    await playground.settled();
    await untilViewed(bot, planId, "U0ANN");
    const record = await bot.ports.plans.get(planId);
    if (record === null) throw new Error("the plan is gone");
    const unread = async (userId: string, of = record) =>
      (await cardSeenBy(bot.ports, of, userId)).unread.length;
    expect(await unread("U0ANN")).toBe(0);
    // Neither by another person, nor another version of it.
    expect(await unread("U0BOB")).toBeGreaterThan(0);
    expect(await unread("U0ANN", { ...record, hash: "0".repeat(64) })).toBeGreaterThan(0);
    await playground.click("ann", { ...ref, actionId: "plan_approve" });
    await whisperTo("ann", new RegExp(`approved plan ${planId}`));
    expect(await refusalCodes(bot)).toContain("plan-not-read");
  });

  it("a snippet attached to a mention and a message shortcut file a plan too", async () => {
    const { playground } = bot;
    const before = await newestPlan();
    playground.say("rita", CHANNEL, "@countersign plan", {
      files: [{ name: "plan.yml", content: planText("toy.change", "snip") }],
    });
    const fromFile = await filed(before);
    const message = playground.say(
      "dev",
      CHANNEL,
      `see \`\`\`${planText("toy.change", "short")}\`\`\``,
    );
    await playground.shortcut("rita", {
      callbackId: "plan_from_message",
      channel: CHANNEL,
      ts: message.ts,
    });
    const fromShortcut = await filed(fromFile);
    expect((await bot.ports.plans.get(fromShortcut))?.requester.userId).toBe("U0RITA");
    await playground.waitFor(() => cardOf(fromShortcut, message.ts), {
      what: "the card under the message",
    });
    for (const planId of [fromFile, fromShortcut])
      await playground.slash("rita", CHANNEL, `/ops withdraw ${planId}`);
    await whisperTo("rita", new RegExp(`${fromShortcut} is withdrawn`));
  });

  it("the same plan asked for by somebody else waits once, and both are told", async () => {
    const { playground } = bot;
    const before = await newestPlan();
    const plan = `plan \`\`\`${planText("toy.change", "twice")}\`\`\``;
    const asked = playground.say("rita", CHANNEL, `@countersign ${plan}`);
    const planId = await filed(before);
    await playground.waitFor(() => cardOf(planId, asked.ts), { what: "the card in the thread" });
    await playground.slash("dev", CHANNEL, `/ops ${plan}`);
    await playground.slash("dev", CHANNEL, `/ops ${plan}`);
    await whisperTo("dev", new RegExp(`The same plan waits already.*${planId}`));
    const wanted = () =>
      playground
        .messages(CHANNEL, asked.ts)
        .filter((message) => /asks for the same plan/.test(JSON.stringify(message.blocks)));
    await playground.waitFor(() => wanted().length > 0, { what: "a word in the thread" });
    await playground.slash("rita", CHANNEL, `/ops ${plan}`);
    await whisperTo("rita", /You asked for it yourself/);
    await playground.settled();
    expect(wanted()).toHaveLength(1);
    expect(await newestPlan()).toBe(planId);
    await playground.slash("rita", CHANNEL, `/ops withdraw ${planId}`);
    await whisperTo("rita", new RegExp(`${planId} is withdrawn`));
  });

  it("typos, lists, a dry run and App Home are answered", async () => {
    const { playground } = bot;
    await playground.slash("dev", CHANNEL, "/ops pendign");
    await whisperTo("dev", /pending/);
    await playground.slash("dev", CHANNEL, "/ops operations toy");
    await whisperTo("dev", /toy\.read/);
    await playground.slash("dev", CHANNEL, "/ops dry-run toy.read name=web-9");
    await whisperTo("dev", /web-9 is there/);
    expect(bot.calls.runs).not.toContain("web-9");
    await playground.slash("dev", CHANNEL, "/ops history by me since=1d");
    await whisperTo("dev", /history/i);
    playground.openHome("ann");
    await playground.waitFor(() => playground.home("ann"), { what: "App Home" });
    expect(bot.problems).toEqual([]);
  });
});

async function refusalCodes(bot: BotWorkspace): Promise<readonly string[]> {
  const codes: string[] = [];
  for await (const row of bot.ports.audit.rows({ teamId: "T0PLAYGROUND", limit: 10_000 })) {
    if (row.kind === "refused") codes.push((JSON.parse(row.data) as { code: string }).code);
  }
  return codes;
}

/** Every page that a person turned is in the log, the last one included. */
async function untilViewed(bot: BotWorkspace, planId: string, userId: string): Promise<void> {
  for (;;) {
    for await (const row of bot.ports.audit.rows({
      teamId: "T0PLAYGROUND",
      planId,
      limit: 10_000,
    })) {
      if (
        row.kind === "plan.viewed" &&
        row.actor === `person:${userId}` &&
        row.data.includes('"last":true')
      )
        return;
    }
  }
}

describe("in a freeze", () => {
  const HOUR = 3_600_000;
  let bot: BotWorkspace;
  beforeAll(async () => {
    const frozen = {
      name: "weekends",
      reason: "Nobody is there.",
      environments: ["production"],
      risks: ["destructive"] as const,
      breakGlass: false,
      when: { kind: "once", from: 0, until: Date.now() + HOUR / 2 } as const,
    };
    bot = await openBotWorkspace("http", true, {
      policy: { ...playgroundPolicy(), freezes: [frozen] },
    });
  });
  afterAll(() => bot.close());

  it("whoever completes the quorum is told until when the run is held back, and so is the card", async () => {
    const { playground, calls } = bot;
    await playground.slash(
      "rita",
      CHANNEL,
      `/ops plan \`\`\`${planText("toy.destroy", "web-frozen")}\`\`\``,
    );
    const shown = (words: RegExp) =>
      playground.waitFor(
        () =>
          playground
            .messages(CHANNEL)
            .find(({ blocks }) => words.test(JSON.stringify(blocks ?? []))),
        { what: `a card that shows ${words}` },
      );
    const card = await shown(/It can be approved, and starts when that is over/);
    const ref = { channel: CHANNEL, ts: card.ts, actionId: "plan_approve" };
    await playground.click("ann", ref);
    // Of two clicks on their way at once, either may be the one that completes the quorum.
    await whispered(bot, "ann", /1 of 2/);
    await playground.click("bob", ref);
    await whispered(bot, "bob", /The quorum is met\. Frozen by weekends until/);
    await shown(/It is approved, and starts when that is over/);
    expect(calls.runs).toEqual([]);
  });
});
