// P4: two hundred people press at once, over HTTP, on real Postgres. One transition, one run, everyone answered.

import { expect, test } from "vitest";
import { CROWD, crowdSeed, fateOf, workedOff } from "./support/crowd.ts";
import type { Card } from "./support/conversation.ts";
import { createJumpingClock } from "./support/jumping-clock.ts";
import { openScene } from "./support/scene.ts";
import type { Scene } from "./support/scene.ts";
import { until } from "#test/until.ts";

/** A rejection by words: the way that needs no window to be open before. */
const NO = "reject not today";

/** Slack takes a message a second in a channel: some seconds pass before the next plan, so that nothing waits for it. */
async function asksFor({ workspace, talk }: Scene, path: string): Promise<Card> {
  workspace.clock?.jump(4_000);
  return talk.asks("rita", `http.request method=DELETE url=${workspace.target.url}${path}`);
}

/** Everything at once: nobody waits for anybody. */
async function atOnce(scene: Scene, acts: readonly (() => unknown)[]): Promise<void> {
  await Promise.all(acts.map(async (act) => act()));
  await scene.workspace.slack.settled({ timeoutMs: 30_000 });
  await workedOff(scene.workspace);
}

/** How often the run of a plan acted, once it had the time to. */
async function acted(scene: Scene, card: Card, path: string, wanted: boolean): Promise<number> {
  const { target, sql } = scene.workspace;
  if (wanted) {
    await target.arrives(path);
    await until("the run to be over", async () => {
      const rows =
        await sql`SELECT 1 FROM runs WHERE plan_id = ${card.planId} AND status = 'completed'`;
      return rows.length === 1;
    });
  }
  return target.asked(path).length;
}

function eachOnce(people: readonly { readonly by: string; readonly version: number }[]): boolean {
  return new Set(people.map(({ by, version }) => `${by} ${version}`)).size === people.length;
}

test("a crowd that presses at once makes one transition and one run, and everyone is answered", async (context) => {
  const clock = createJumpingClock();
  const scene = await openScene(context, { seed: crowdSeed(), clock });
  const { workspace, talk } = scene;
  const { slack } = workspace;

  // Two hundred people approve.
  const all = await asksFor(scene, "/all");
  await atOnce(
    scene,
    CROWD.map((person) => () => talk.approves(person, all)),
  );
  const one = await fateOf(workspace, all.planId);
  expect(one).toMatchObject({ decisions: ["plan.approved"], runs: [{ plan_version: 1 }] });
  expect(one.votes).toHaveLength(2);
  expect(eachOnce(one.votes)).toBe(true);
  expect(one.refusals).toEqual(Array.from({ length: CROWD.length - 2 }, () => "already-decided"));
  expect(await acted(scene, all, "/all", true)).toBe(1);
  // Slack takes some ninety private answers a minute: the others are told a little later.
  await until(
    "everyone to be answered",
    () => {
      clock.jump(2_000);
      return CROWD.every((person) => slack.ephemerals(person).length > 0);
    },
    45_000,
  );
  expect(CROWD.filter((person) => slack.ephemerals(person).length !== 1)).toEqual([]);
  const answers = CROWD.map((person) => slack.ephemerals(person)[0]?.message).map((message) =>
    message === undefined ? "" : slack.text(message),
  );
  expect(answers.filter((text) => text.includes("The quorum is met"))).toHaveLength(1);
  expect(answers.filter((text) => text.includes("1 of 2"))).toHaveLength(1);
  expect(answers.filter((text) => text.includes("already approved"))).toHaveLength(198);

  // One person fifty times.
  const alone = await asksFor(scene, "/alone");
  await atOnce(
    scene,
    Array.from({ length: 50 }, () => () => talk.approves("p7", alone)),
  );
  expect(await fateOf(workspace, alone.planId)).toMatchObject({
    status: "awaiting-approval",
    decisions: [],
    runs: [],
    refusals: [],
  });
  const [held] = await workspace.sql`
    SELECT count(*)::int AS votes FROM votes WHERE plan_id = ${alone.planId}`;
  expect(held?.["votes"]).toBe(1);

  // The same fifty, and one other.
  await atOnce(scene, [
    ...Array.from({ length: 25 }, () => () => talk.approves("p7", alone)),
    () => talk.approves("p8", alone),
    ...Array.from({ length: 25 }, () => () => talk.approves("p7", alone)),
  ]);
  expect(await fateOf(workspace, alone.planId)).toMatchObject({ decisions: ["plan.approved"] });
  expect(await acted(scene, alone, "/alone", true)).toBe(1);
});

test("rejections, edits and withdrawals among the approvals leave one outcome, of one version", async (context) => {
  const scene = await openScene(context, { seed: crowdSeed(), clock: createJumpingClock() });
  const { workspace, talk } = scene;

  // In rounds of another order and mix each, so that either side wins now and then.
  for (const [round, noAt] of [0, 1, 2, 40].entries()) {
    const path = `/mixed-${round}`;
    const card = await asksFor(scene, path);
    const acts = CROWD.slice(0, 41).map((person, nth) =>
      nth === noAt
        ? () => talk.mentions(person, NO, { in: card })
        : () => talk.approves(person, card),
    );
    await atOnce(scene, acts);
    const fate = await fateOf(workspace, card.planId);
    expect(fate.decisions).toHaveLength(1);
    const approved = fate.decisions[0] === "plan.approved";
    expect(fate.runs).toHaveLength(approved ? 1 : 0);
    expect(eachOnce(fate.votes)).toBe(true);
    expect(fate.votes.some(({ choice }) => choice === "reject")).toBe(!approved);
    expect(fate.votes.length + fate.refusals.length).toBe(acts.length);
    expect(await acted(scene, card, path, approved)).toBe(approved ? 1 : 0);
  }

  // An edit among the votes: what was approved is what was voted on, and votes for what it was before count for nothing.
  for (const [round, voters] of [1, 2, 8, 30].entries()) {
    const path = `/edited-${round}`;
    const card = await asksFor(scene, path);
    await talk.presses("rita", card, "Edit");
    await talk.window("rita");
    await atOnce(scene, [
      ...CROWD.slice(0, voters / 2).map((person) => () => talk.approves(person, card)),
      () => talk.submitsEdit("rita", (source) => source.replaceAll(path, `${path}-instead`)),
      ...CROWD.slice(voters / 2, voters).map((person) => () => talk.approves(person, card)),
    ]);
    const fate = await fateOf(workspace, card.planId);
    const approved = fate.decisions.length === 1;
    expect(fate.decisions).toEqual(approved ? ["plan.approved"] : []);
    expect(fate.version).toBe(1 + fate.edits);
    const counting = fate.votes.filter(({ version }) => version === fate.version);
    expect(counting).toHaveLength(approved ? 2 : fate.edits === 0 ? voters : 0);
    for (const run of fate.runs)
      expect(run).toEqual({ plan_version: fate.version, plan_hash: fate.approvedHash });
    expect(await acted(scene, card, path, approved && fate.edits === 0)).toBe(
      approved && fate.edits === 0 ? 1 : 0,
    );
    expect(workspace.target.asked(`${path}-instead`)).toEqual([]);
  }

  // A withdrawal among the votes.
  for (const [round, voters] of [1, 2, 8, 30].entries()) {
    const path = `/withdrawn-${round}`;
    const card = await asksFor(scene, path);
    await atOnce(scene, [
      ...CROWD.slice(0, voters / 2).map((person) => () => talk.approves(person, card)),
      () => talk.mentions("rita", "withdraw", { in: card }),
      ...CROWD.slice(voters / 2, voters).map((person) => () => talk.approves(person, card)),
    ]);
    const fate = await fateOf(workspace, card.planId);
    const withdrawn = fate.decisions.at(-1) === "plan.withdrawn";
    // An approved plan can be withdrawn until its run has started.
    expect(fate.decisions.filter((kind) => kind === "plan.approved").length).toBeLessThanOrEqual(1);
    expect(fate.decisions.length).toBeLessThanOrEqual(2);
    expect(withdrawn || fate.refusals.includes("already-decided")).toBe(true);
    expect(await acted(scene, card, path, !withdrawn)).toBe(withdrawn ? 0 : 1);
  }
});
