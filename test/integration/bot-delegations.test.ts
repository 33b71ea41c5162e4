import { afterAll, beforeAll, expect, it } from "vitest";
import { openBotWorkspace } from "#test/builders/bot-workspace.ts";
import type { BotWorkspace } from "#test/builders/bot-workspace.ts";

const CHANNEL = "#ops-production";
const TEAM = "T0PLAYGROUND";

let bot: BotWorkspace;
beforeAll(async () => {
  bot = await openBotWorkspace("http", false);
});
afterAll(() => bot.close());

const ops = (user: string, words: string) => bot.playground.slash(user, CHANNEL, `/ops ${words}`);
const whispered = (user: string, words: RegExp) =>
  bot.playground.waitFor(
    () =>
      bot.playground
        .ephemerals(user)
        .find(({ message }) => words.test(JSON.stringify(message.blocks))),
    { what: `${user} to be told ${words}` },
  );
const toldDirectly = (user: string, words: RegExp) =>
  bot.playground.waitFor(
    () =>
      bot.playground
        .directMessages(user)
        .find((message) => words.test(JSON.stringify(message.blocks))),
    { what: `${user} to be told directly ${words}` },
  );
const active = () => bot.ports.delegations.active(TEAM, bot.ports.clock.now());

it("a say is handed on in words, the delegate hears of it, and it is taken back", async () => {
  await ops("ann", "delegate @bob for 3d");
  await whispered("ann", /can decide in your place/);
  await toldDirectly("bob", /asks you to decide in their place/);
  expect(await active()).toMatchObject([{ fromUserId: "U0ANN", toUserId: "U0BOB" }]);
  await ops("dev", "delegations");
  await whispered("dev", /in the place of/);
  await ops("ann", "delegate off");
  await whispered("ann", /no longer decides in your place/);
  await toldDirectly("bob", /no longer decide in the place of/);
  expect(await active()).toEqual([]);
});

it("a day is one of the person's own time zone", async () => {
  await ops("bob", "delegate @ann until 2099-12-01 18:00");
  await whispered("bob", /lasts 30 days at most, and 2099-12-01 23:00 UTC/);
  expect(await active()).toEqual([]);
});

it("a say is not handed to a guest, and the refusal is in the log", async () => {
  await ops("ann", "delegate @gus until friday");
  await whispered("ann", /they are a guest/);
  const codes: string[] = [];
  for await (const row of bot.ports.audit.rows({ teamId: TEAM, limit: 1_000 }))
    if (row.kind === "refused") codes.push((JSON.parse(row.data) as { code: string }).code);
  expect(codes).toContain("delegate-not-a-member");
  expect(bot.problems).toEqual([]);
});
