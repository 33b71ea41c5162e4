import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createMessageSender } from "#bot/outbound/message-sender.ts";
import { SLACKS_PACE } from "#bot/outbound/pacer.ts";
import { openBotWorkspace } from "#test/builders/bot-workspace.ts";
import type { BotWorkspace } from "#test/builders/bot-workspace.ts";

const CHANNEL = "#ops-production";
let bot: BotWorkspace;

beforeAll(async () => {
  bot = await openBotWorkspace("http", false);
});
afterEach(() => bot.playground.faults.clear());
afterAll(() => bot.close());

let count = 0;
/** Files a plan as a person of their own cap, and answers its id. */
async function ask(): Promise<string> {
  count += 1;
  const user = count % 2 === 0 ? "rita" : "dev";
  const title = `plan number ${count}`;
  await bot.playground.slash(
    user,
    CHANNEL,
    `/ops plan \`\`\`{"title": "${title}", "steps": [{"id": "one", "uses": "toy.destroy", "with": {"name": "n${count}"}}]}\`\`\``,
  );
  for (;;) {
    const [newest] = await bot.ports.audit.history({ teamId: "T0PLAYGROUND", limit: 1 });
    if (newest?.title === title) return newest.planId;
  }
}
const cards = (planId: string) =>
  bot.playground
    .messages(CHANNEL)
    .filter((message) => JSON.stringify(message.blocks ?? []).includes(`${planId}|`));
const oneCard = (planId: string) =>
  bot.playground.waitFor(() => cards(planId).length === 1, { what: "one card", timeoutMs: 15_000 });

async function done(planId: string): Promise<void> {
  const record = await bot.ports.plans.get(planId);
  await bot.playground.slash(record?.requester.name ?? "", CHANNEL, `/ops withdraw ${planId}`);
  while ((await bot.ports.plans.get(planId))?.status !== "withdrawn")
    await bot.playground.settled();
}
async function empty(): Promise<void> {
  while ((await bot.ports.outbox.pending()) > 0) await bot.playground.settled();
}

describe("while Slack has an outage", () => {
  it("answering 500, cards wait and arrive once when it is over", async () => {
    const heal = bot.playground.faults.always("chat.postMessage", {
      kind: "http-error",
      status: 500,
    });
    const planId = await ask();
    await bot.playground.waitFor(
      () =>
        bot.playground.calls("chat.postMessage").filter(({ outcome }) => outcome === "http-error")
          .length >= 2,
      { what: "two tries" },
    );
    expect(cards(planId)).toHaveLength(0);
    heal();
    await oneCard(planId);
    await done(planId);
  });

  it("breaking the connection after it carried out a post, the card is found and not posted again", async () => {
    bot.playground.faults.next("chat.postMessage", { kind: "drop-answer" });
    const planId = await ask();
    await oneCard(planId);
    await bot.playground.waitFor(() => bot.playground.calls("conversations.history").length > 0, {
      what: "a look into the channel",
    });
    const record = async () => (await bot.ports.plans.get(planId))?.conversation.threadTs;
    while ((await record()) === null) await bot.playground.settled();
    expect(await record()).toBe(cards(planId)[0]?.ts);
    await done(planId);
    await empty();
    expect(cards(planId)).toHaveLength(0);
    expect(
      bot.playground.messages(CHANNEL).filter(({ text }) => text.includes(planId)),
    ).toHaveLength(1);
  });

  it("answering 429, the method rests for as long as it says", async () => {
    bot.playground.faults.next("chat.postMessage", { kind: "rate-limited", retryAfterSeconds: 2 });
    bot.playground.forgetCalls();
    const planId = await ask();
    await oneCard(planId);
    const tries = bot.playground.calls("chat.postMessage");
    const limited = tries.findIndex(({ outcome }) => outcome === "rate-limited");
    expect((tries[limited + 1]?.atMs ?? 0) - (tries[limited]?.atMs ?? 0)).toBeGreaterThanOrEqual(
      2_000,
    );
    await done(planId);
  });

  it("refusing the token, nothing is given up", async () => {
    bot.playground.faults.next("chat.postMessage", { kind: "api-error", error: "token_revoked" });
    const planId = await ask();
    await bot.playground.waitFor(() =>
      bot.playground.calls("chat.postMessage").some(({ outcome }) => outcome === "token_revoked"),
    );
    expect(await bot.ports.outbox.pending()).toBeGreaterThan(0);
    await done(planId);
  });
});

it("a message that can never arrive is given up and audited", async () => {
  bot.playground.faults.next("chat.postMessage", { kind: "api-error", error: "is_archived" });
  const planId = await ask();
  const abandoned = async () => {
    for await (const row of bot.ports.audit.rows({ teamId: "T0PLAYGROUND", planId, limit: 1000 }))
      if (row.kind === "message.abandoned") return row;
    return null;
  };
  let row = await abandoned();
  while (row === null) row = await abandoned();
  expect(JSON.parse(row.data)).toEqual({ notice: `plan-card:${planId}`, error: "is_archived" });
  await done(planId);
});

it("an answer to a person where the bot is not arrives as a direct message", async () => {
  const { playground } = bot;
  playground.faults.always("chat.postEphemeral", { kind: "api-error", error: "not_in_channel" });
  await playground.slash("ann", CHANNEL, "/ops pending");
  await playground.waitFor(() => playground.directMessages("ann").length > 0, {
    what: "a direct message",
  });
  expect(playground.directMessages("ann").at(-1)?.text).toMatch(/for approval/);
});

it("two senders over one outbox post each card once", async () => {
  const second = createMessageSender({
    slack: bot.slack,
    ports: bot.ports,
    log: bot.log,
    owner: "sender-2",
    pace: SLACKS_PACE,
  });
  await second.start();
  try {
    const planId = await ask();
    await oneCard(planId);
    await done(planId);
    expect(
      bot.playground.messages(CHANNEL).filter(({ text }) => text.includes(planId)),
    ).toHaveLength(1);
  } finally {
    await second.stop(2_000);
  }
});
