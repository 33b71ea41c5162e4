// Slack answers 429, 500 or nothing for a minute: every message arrives once, in its newest state.

import { expect, test } from "vitest";
import { createJumpingClock } from "./support/jumping-clock.ts";
import { openScene } from "./support/scene.ts";
import { until } from "#test/until.ts";

test("a minute of refused, failed and lost calls delays the messages, loses none and doubles none", async (context) => {
  const clock = createJumpingClock();
  const { workspace, talk } = await openScene(context, { clock });
  const { slack, target } = workspace;
  const troubles = [
    slack.faults.always("chat.postMessage", { kind: "rate-limited", retryAfterSeconds: 5 }),
    slack.faults.always("chat.update", { kind: "http-error", status: 500 }),
    slack.faults.always("chat.postEphemeral", { kind: "http-error", status: 500 }),
  ];
  for (let index = 0; index < 3; index += 1)
    await talk.commands("rita", `http.request method=POST url=${target.url}/outage-${index}`);
  const plans = await until("three plans to be filed", async () => {
    const rows = await workspace.sql<{ id: string }[]>`SELECT id FROM plans ORDER BY filed_at`;
    return rows.length === 3 && rows.map(({ id }) => id);
  });
  const tries = (method: string) => slack.calls(method).length;
  for (let second = 0; second < 60; second += 10) {
    const before = tries("chat.postMessage");
    clock.jump(10_000);
    await until("another try", () => tries("chat.postMessage") > before);
  }
  for (const end of troubles) end();
  // The next answers are lost after the call was carried out: the bot can't know that the message stands.
  slack.faults.next("chat.postMessage", { kind: "drop-answer" }, 2);
  const cards = await until("the three cards", () => {
    clock.jump(2_000);
    const found = slack.messages(talk.channel);
    return found.length >= 3 && found;
  });
  for (const card of cards) await talk.presses("ann", card, "Approve");
  for (let index = 0; index < 3; index += 1) await target.arrives(`/outage-${index}`);
  await until(
    "everything to be sent",
    async () => {
      clock.jump(2_000);
      const [row] = await workspace.sql<
        { waiting: number }[]
      >`SELECT count(*)::int AS waiting FROM outbox`;
      return row?.waiting === 0;
    },
    30_000,
  );
  expect(slack.messages(talk.channel)).toHaveLength(3);
  for (const planId of plans) {
    const card = slack
      .messages(talk.channel)
      .filter((message) => slack.text(message).includes(planId));
    expect(card).toHaveLength(1);
    expect(slack.text(card[0] ?? expect.unreachable())).toContain("started by @ann");
    const thread = slack.messages(talk.channel, card[0]?.ts).map((message) => slack.text(message));
    expect(thread.filter((text) => text.includes("ended "))).toHaveLength(1);
    expect(thread.filter((text) => text.includes("run-"))).toHaveLength(2);
  }
  expect(target.asked()).toHaveLength(3);
});
