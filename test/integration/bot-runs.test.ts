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
