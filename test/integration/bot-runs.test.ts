import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openBotWorkspace } from "#test/builders/bot-workspace.ts";
import type { BotWorkspace } from "#test/builders/bot-workspace.ts";

const CHANNEL = "#ops-production";
let bot: BotWorkspace;

beforeAll(async () => {
  bot = await openBotWorkspace();
});
afterAll(() => bot.close());

/** Mentions the bot with an operation that needs no approval; its run happens in the thread of the mention. */
function ask(words: string): string {
  return bot.playground.say("rita", CHANNEL, `@countersign ${words}`).ts;
}
const thread = (ts: string) => bot.playground.messages(CHANNEL, ts);
const inThread = (ts: string, words: RegExp) =>
  bot.playground.waitFor(
    () => thread(ts).find((message) => words.test(JSON.stringify(message.blocks ?? message.text))),
    {
      what: `the thread to say ${words}`,
    },
  );

describe("a run in its thread", () => {
  it("that says a lot ends with its whole log attached once and linked", async () => {
    const ts = ask("toy.chatter name=fleet");
    const last = await inThread(ts, /files-pri|\.log/);
    const files = thread(ts).flatMap((message) => message.files ?? []);
    expect(files.map(({ name }) => name)).toEqual([expect.stringMatching(/^run-.*\.log$/)]);
    expect(last.text).not.toBe("");
    await bot.playground.waitFor(
      () =>
        thread(ts).some((message) =>
          JSON.stringify(message.blocks ?? []).includes(files[0]?.permalink ?? "no file"),
        ),
      { what: "the last word to link the log" },
    );
  });

  it("shows its progress in one message, and its output and state when asked", async () => {
    const ts = ask("toy.chatter name=again");
    await inThread(ts, /\.log/);
    const progress = thread(ts).filter(
      (message) =>
        (message.metadata?.["event_payload"] as { key?: string } | undefined)?.key?.startsWith(
          "run-progress:",
        ) === true,
    );
    expect(progress).toHaveLength(1);
    bot.playground.say("rita", CHANNEL, "@countersign logs one", { threadTs: ts });
    await bot.playground.waitFor(
      () =>
        bot.playground.ephemerals("rita").some(({ message }) => /no step one/.test(message.text)),
      { what: "a word about the step" },
    );
    bot.playground.say("rita", CHANNEL, "@countersign logs", { threadTs: ts });
    await inThread(ts, /again line 200.*last \d+ of \d+|last \d+ of \d+.*again line 200/s);
    bot.playground.say("rita", CHANNEL, "@countersign status", { threadTs: ts });
    await inThread(ts, /Completed/);
    bot.playground.say("rita", CHANNEL, "@countersign cancel", { threadTs: ts });
    await bot.playground.waitFor(
      () =>
        bot.playground.ephemerals("rita").some(({ message }) => /run has ended/.test(message.text)),
      { what: "a word about the end" },
    );
  });

  it("whose outcome nobody knows asks the thread, and goes on as a person says", async () => {
    const ts = ask("toy.vanish name=letter");
    const question = await inThread(ts, /run_answer_happened/);
    const click = (user: string) =>
      bot.playground.click(user, {
        channel: CHANNEL,
        ts: question.ts,
        actionId: "run_answer_happened",
      });
    await click("dev");
    await bot.playground.waitFor(
      () => bot.playground.ephemerals("dev").some(({ message }) => /may not/.test(message.text)),
      { what: "a refusal for dev" },
    );
    await click("rita");
    await bot.playground.waitFor(
      () =>
        thread(ts).every(
          (message) => !JSON.stringify(message.blocks ?? []).includes("run_answer_happened"),
        ),
      { what: "the question to be answered" },
    );
    expect((await inThread(ts, /It happened/i)).ts).toBe(question.ts);
    await bot.playground.waitFor(
      () =>
        bot.playground
          .ephemerals("rita")
          .some(({ message }) => /Noted: it happened/.test(message.text)),
      { what: "a word for rita" },
    );
  });
});

describe("a run that waits for what another has", () => {
  const held = (by: string | null) => new RegExp(`Waiting for .*toy:lift.*held by .*${by}`);
  const runIdOf = async (ts: string) => {
    const record = await bot.ports.plans.byThread(bot.slack.identity.teamId, "C0PRODUCTION", ts);
    return record === null ? null : ((await bot.ports.runs.byPlan(record.id))?.runId ?? null);
  };

  it("says for what, who has it and where, also when asked, and anew when that changes", async () => {
    const first = ask("toy.hold name=lift");
    await inThread(first, /Running/);
    const second = ask("toy.hold name=lift");
    const progress = await inThread(second, held(await runIdOf(first)));
    expect(JSON.stringify(progress.blocks)).toContain(`p${first.replace(".", "")}`);
    const third = ask("toy.hold name=lift");
    await inThread(third, /2 runs before it/);
    for (const words of ["status", `show`]) {
      const before = thread(third).length;
      bot.playground.say("rita", CHANNEL, `@countersign ${words}`, { threadTs: third });
      await bot.playground.waitFor(
        () =>
          thread(third)
            .slice(before + 1)
            .some((message) => held("").test(JSON.stringify(message.blocks))),
        { what: `${words} to say what the run waits for` },
      );
    }
    bot.letGo("lift");
    await inThread(second, /Running/);
    await inThread(third, held(await runIdOf(second)));
    bot.letGo("lift");
    await inThread(third, /Running/);
    bot.letGo("lift");
    await inThread(third, /Completed/);
  });
});

describe("a run that an open breaker holds back", () => {
  it("says so on the card and in the thread, and goes on when an approver, not the requester, overrides it", async () => {
    const { playground, ports, calls } = bot;
    const now = Date.now();
    const trouble = { calls: 9, failures: 7, withinMs: 60_000 };
    const open = {
      status: "open",
      openedAt: now,
      until: now + 3_600_000,
      trips: 1,
      trouble,
    } as const;
    await ports.breakers.put("toy:lb-1", 0, open);
    const ts = ask("toy.change name=lb-1");
    const card = await inThread(ts, /In trouble now.*toy:lb-1/);
    await playground.click("ann", { channel: CHANNEL, ts: card.ts, actionId: "plan_approve" });
    const notice = await inThread(ts, /toy:lb-1.*failed 7 of 9 calls/);
    await inThread(ts, /held back by the circuit breaker of/);
    expect(calls.runs).not.toContain("lb-1");
    const button = { channel: CHANNEL, ts: notice.ts, actionId: "run_override_breaker" };
    await playground.click("rita", button);
    await playground.waitFor(
      () =>
        playground
          .ephemerals("rita")
          .some(({ message }) => /somebody else must say/.test(message.text)),
      { what: "a refusal for rita" },
    );
    expect(calls.runs).not.toContain("lb-1");
    await playground.click("bob", button);
    await playground.waitFor(() => calls.runs.includes("lb-1"), { what: "the run to go on" });
    expect((await inThread(ts, /overridden for this run by/)).ts).toBe(notice.ts);
    expect(JSON.stringify(thread(ts))).not.toContain("run_override_breaker");
    expect((await ports.breakers.get("toy:lb-1"))?.breaker).toEqual(open);
  });

  it("goes on by words in its thread, too", async () => {
    const { playground, calls } = bot;
    const ts = ask("toy.change name=lb-1 count=2");
    const card = await inThread(ts, /In trouble now/);
    await playground.click("ann", { channel: CHANNEL, ts: card.ts, actionId: "plan_approve" });
    await inThread(ts, /failed 7 of 9 calls/);
    playground.say("ann", CHANNEL, "@countersign override toy:lb-1", { threadTs: ts });
    await playground.waitFor(() => calls.runs.filter((name) => name === "lb-1").length === 2, {
      what: "the run to go on",
    });
    const last = await inThread(ts, /overridden for this run by/);
    expect(JSON.stringify(last.blocks)).toContain("toy:lb-1");
  });
});

describe("a plan whose operations were timed", () => {
  it("says on its card how long it usually takes, and in its progress how long is left", async () => {
    const { ports } = bot;
    const often = (ms: number) => Array.from({ length: 100 }, () => ms);
    await ports.timings.add(new Map([["toy.hold", often(240_000)]]));
    const early = ask("toy.hold name=gate");
    await inThread(early, /Running.*about 4 min left/);
    bot.letGo("gate");
    await inThread(early, /Completed/);

    await ports.timings.add(new Map([["toy.change", often(60_000)]]));
    const asked = ask("toy.change name=web-9");
    const card = await inThread(asked, /Usually takes about 1 min \(9 in 10 within 1 min\)/);
    expect(JSON.stringify(card.blocks)).toContain("plan_approve");
  });
});
