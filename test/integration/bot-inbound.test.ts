import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openBotWorkspace } from "#test/builders/bot-workspace.ts";
import type { BotWorkspace } from "#test/builders/bot-workspace.ts";

const CHANNEL = "#ops-production";
let bot: BotWorkspace;

beforeAll(async () => {
  bot = await openBotWorkspace("http", false);
});
afterAll(() => bot.close());

function command(fields: Record<string, string>): string {
  return new URLSearchParams({
    command: "/ops",
    team_id: "T0PLAYGROUND",
    user_id: "U0RITA",
    channel_id: "C0PRODUCTION",
    text: "toy.change name=forged",
    trigger_id: `1.2.${Math.random()}`,
    ...fields,
  }).toString();
}

async function plansFiled(): Promise<number> {
  return (await bot.ports.audit.history({ teamId: "T0PLAYGROUND", limit: 1000 })).length;
}

async function refusals(code: string): Promise<number> {
  let count = 0;
  for await (const row of bot.ports.audit.rows({ teamId: "T0PLAYGROUND", limit: 10_000 })) {
    if (row.kind === "refused" && (JSON.parse(row.data) as { code: string }).code === code)
      count += 1;
  }
  return count;
}

async function filedByNow(expected: number): Promise<void> {
  while ((await plansFiled()) < expected) await bot.playground.settled();
}

describe("a request that is not Slack's", () => {
  it.each([
    ["with another secret", { secret: "not the secret" }, "signature-wrong"],
    [
      "from the past",
      { timestampSeconds: Math.floor(Date.now() / 1000) - 400 },
      "signature-too-old",
    ],
    [
      "from the future",
      { timestampSeconds: Math.floor(Date.now() / 1000) + 400 },
      "signature-in-the-future",
    ],
  ])("%s has no effect, is answered 401 and is in the audit log", async (_what, forged, code) => {
    const before = await plansFiled();
    expect(await bot.playground.signedRequest({ body: command({}), ...forged })).toMatchObject({
      kind: "http-error",
      status: 401,
    });
    while ((await refusals(code)) === 0) await bot.playground.settled();
    expect(await plansFiled()).toBe(before);
  });

  it("is not even read when it is too large, and not understood when it is nonsense", async () => {
    expect(await bot.playground.signedRequest({ body: "x".repeat(1_100_000) })).toMatchObject({
      kind: expect.stringMatching(/http-error|unreachable/),
    });
    expect(await bot.playground.signedRequest({ body: "payload=%7B" })).toMatchObject({
      kind: "http-error",
      status: 400,
    });
  });

  it("of another workspace is answered, refused and audited", async () => {
    const before = await plansFiled();
    expect(
      await bot.playground.signedRequest({ body: command({ team_id: "T0ELSEWHERE" }) }),
    ).toMatchObject({ kind: "acknowledged" });
    while ((await refusals("other-workspace")) === 0) await bot.playground.settled();
    expect(await plansFiled()).toBe(before);
  });
});

describe("a repeated request", () => {
  it("that is an exact replay is answered 200 without effect, and the first five of a minute are audited", async () => {
    const before = await plansFiled();
    await bot.playground.slash("rita", CHANNEL, "/ops toy.change name=once");
    await filedByNow(before + 1);
    const replays = await refusals("replayed");
    const request = bot.playground.deliveries().at(-1)?.request;
    if (request === undefined) throw new Error("the delivery went over no HTTP");
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => bot.playground.sendRaw(request)),
    );
    expect(answers.every(({ kind }) => kind === "acknowledged")).toBe(true);
    while ((await refusals("replayed")) < replays + 5) await bot.playground.settled();
    expect(await refusals("replayed")).toBe(replays + 5);
    expect(await plansFiled()).toBe(before + 1);
  });

  it("that Slack itself delivers again is one request, however often it comes", async () => {
    const before = await plansFiled();
    const replays = await refusals("replayed");
    bot.playground.say("rita", CHANNEL, "@countersign toy.change name=twice");
    await bot.playground.settled();
    await bot.playground.redeliver(1, "events_api");
    await bot.playground.redeliver(1, "events_api");
    await filedByNow(before + 1);
    expect(await plansFiled()).toBe(before + 1);
    expect(await refusals("replayed")).toBe(replays);
  });

  it("delivered a hundred times at once is worked on once", async () => {
    const before = await plansFiled();
    const body = command({ text: "toy.change name=hundred", user_id: "U0DEV" });
    await Promise.all(Array.from({ length: 100 }, () => bot.playground.signedRequest({ body })));
    await filedByNow(before + 1);
    expect(await plansFiled()).toBe(before + 1);
  });
});

describe("a request that a dead process left behind", () => {
  it("is worked on by the next sweep, once", async () => {
    const before = await plansFiled();
    const receivedAt = Date.now() - 60_000;
    const payload = Object.fromEntries(
      new URLSearchParams(command({ text: "toy.change name=left", user_id: "U0DEV" })),
    );
    await bot.ports.inbox.record({
      id: "command:left",
      kind: "command",
      teamId: "T0PLAYGROUND",
      userId: "U0DEV",
      payload,
      receivedAt,
    });
    expect(await bot.app.sweep()).toBe(1);
    await filedByNow(before + 1);
    expect(await bot.app.sweep()).toBe(0);
    expect(await plansFiled()).toBe(before + 1);
  });

  it("that fails inside is answered with an apology, and is not tried forever", async () => {
    const payload = {
      command: "/ops",
      user_id: "U0DEV",
      channel_id: "C0PRODUCTION",
      team_id: "T0PLAYGROUND",
    };
    await bot.ports.inbox.record({
      id: "command:broken",
      kind: "command",
      teamId: "T0PLAYGROUND",
      userId: "U0DEV",
      payload,
      receivedAt: Date.now() - 60_000,
    });
    await bot.app.sweep();
    await bot.playground.waitFor(
      () =>
        bot.playground
          .ephemerals("dev")
          .some(({ message }) => message.text.includes("command:broken")),
      { what: "an apology" },
    );
    expect(await bot.app.sweep()).toBe(0);
  });
});

it("a hundred requests at once are each acknowledged in time", async () => {
  const started = performance.now();
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, index) =>
      bot.playground.signedRequest({
        body: command({ text: "pending", trigger_id: `9.9.${index}` }),
      }),
    ),
  );
  expect(answers.every(({ kind }) => kind === "acknowledged")).toBe(true);
  expect(performance.now() - started).toBeLessThan(3_000);
});
