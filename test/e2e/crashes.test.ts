// Processes that are killed, a Redis that forgets or dies, restarts in the middle of everything: nothing is lost
// and nothing is done twice. Real processes, real leases; the tests wait at the same time.

import { describe, expect, test } from "vitest";
import { auditOf } from "./support/audit-rows.ts";
import { Conversation } from "./support/conversation.ts";
import { startProcess } from "./support/program.ts";
import { until } from "#test/until.ts";
import { startWorkspace } from "./support/workspace.ts";
import type { Workspace } from "./support/workspace.ts";

type Context = { readonly onTestFinished: (end: () => Promise<void>) => void };

async function open({
  onTestFinished,
}: Context): Promise<{ readonly workspace: Workspace; readonly talk: Conversation }> {
  const workspace = await startWorkspace();
  onTestFinished(() => workspace.close());
  return { workspace, talk: new Conversation(workspace) };
}

/** A step that changes the target, as `PUT` (repeatable) or `POST` (once). */
const change = (
  workspace: Workspace,
  id: string,
  method: "PUT" | "POST" = "PUT",
  more: object = {},
) => ({
  id,
  uses: "http.request",
  with: { method, url: `${workspace.target.url}/${id}`, ...more },
});

/** Longer than a lease of 30 s and the look after it. */
const TAKEN_OVER_MS = 60_000;

describe.concurrent("after kill -9 of a worker in mid-run", { timeout: 120_000 }, () => {
  test("another goes on: what is done stays done, what may be repeated is, under the same key, and once is asked about", async (context) => {
    const { workspace, talk } = await open(context);
    const { target, slack } = workspace;
    await startProcess(workspace, { half: "bot", transport: "http" });
    const first = await startProcess(workspace, { half: "worker", transport: "http" });
    const letGo = [target.hold("/repeatable"), target.hold("/keyed"), target.hold("/once")];
    const card = await talk.asksForPlan("rita", {
      title: "Survive a worker",
      steps: [
        change(workspace, "before", "POST"),
        { ...change(workspace, "repeatable"), needs: ["before"] },
        { ...change(workspace, "keyed", "POST", { idempotent: true }), needs: ["before"] },
        { ...change(workspace, "once", "POST"), needs: ["before"] },
        { ...change(workspace, "after"), needs: ["repeatable", "keyed", "once"] },
      ],
    });
    await talk.approves("ann", card);
    await Promise.all(["/repeatable", "/keyed", "/once"].map((path) => target.arrives(path)));
    expect(await first.end("SIGKILL")).toMatchObject({ signal: "SIGKILL" });
    for (const release of letGo) release();
    await startProcess(workspace, { half: "worker", transport: "http" });

    const question = await slack.waitFor(
      () => talk.thread(card).find((message) => slack.text(message).includes("Did this happen?")),
      { what: "the question about the step that must not be repeated", timeoutMs: TAKEN_OVER_MS },
    );
    expect(slack.text(question)).toContain("once");
    await talk.presses("ann", question, "It happened");
    await talk.ends(card, "Completed", "5 of 5 steps done");

    const [keyed, again] = target.asked("/keyed");
    expect(again?.key).toBe(keyed?.key);
    expect(again?.key).not.toBeNull();
    expect(target.counts()).toEqual({
      "/before": 1,
      "/repeatable": 2,
      "/keyed": 2,
      "/once": 1,
      "/after": 1,
    });
    const rows = await auditOf(workspace, card.planId);
    expect(rows.filter(({ kind }) => kind === "run.started")).toHaveLength(1);
    expect(rows.filter(({ kind }) => kind === "run.completed")).toHaveLength(1);
  });

  test("its locks stay with its run: who waits for them waits until another worker has ended it", async (context) => {
    const { workspace, talk } = await open(context);
    const { target, slack } = workspace;
    await startProcess(workspace, { half: "bot", transport: "http" });
    const first = await startProcess(workspace, { half: "worker", transport: "http" });
    const letGo = target.hold("/shared");
    const plan = (title: string, last: string) => ({
      title,
      mode: "sequential",
      steps: [change(workspace, "shared"), change(workspace, last)],
    });
    const holder = await talk.asksForPlan("rita", plan("Hold it", "holder-done"));
    await talk.approves("ann", holder);
    await target.arrives("/shared");
    const waiter = await talk.asksForPlan("rita", plan("Wait for it", "waiter-done"));
    await talk.approves("ann", waiter);
    await slack.waitFor(
      () => talk.thread(waiter).find((message) => /held by .*Hold it/.test(slack.text(message))),
      { what: "the second run to say for whom it waits", timeoutMs: 30_000 },
    );
    expect(await first.end("SIGKILL")).toMatchObject({ signal: "SIGKILL" });
    letGo();
    await startProcess(workspace, { half: "worker", transport: "http" });
    await until(
      "both runs to have been carried on",
      () => target.asked("/waiter-done").length === 1,
      TAKEN_OVER_MS,
    );
    await talk.ends(holder, "Completed", "2 of 2 steps done");
    await talk.ends(waiter, "Completed", "2 of 2 steps done");
    expect(target.asked().map(({ path }) => path)).toEqual([
      "/shared",
      "/shared",
      "/holder-done",
      "/shared",
      "/waiter-done",
    ]);
  });
});

describe.concurrent("after kill -9 of a bot", { timeout: 120_000 }, () => {
  test("between recording a request and working on it, the request is worked on once", async (context) => {
    const { workspace, talk } = await open(context);
    const { slack, target } = workspace;
    // Without an answer about who asks, the request stays recorded and not worked on.
    const speak = slack.faults.always("users.info", { kind: "hang" });
    const bot = await startProcess(workspace, { half: "bot", transport: "socket" });
    await talk.commands("rita", `http.request method=POST url=${target.url}/recorded`);
    await until("the request to be recorded", async () => {
      const rows = await workspace.sql`SELECT 1 FROM inbox WHERE finished_at IS NULL`;
      return rows.length === 1;
    });
    await bot.end("SIGKILL");
    speak();
    await startProcess(workspace, { half: "start", transport: "socket" });
    const card = await slack.waitFor(
      () =>
        slack.messages(talk.channel).find((message) => slack.text(message).includes("/recorded")),
      { what: "the card of the recorded request", timeoutMs: TAKEN_OVER_MS },
    );
    await talk.presses("ann", card, "Approve");
    await target.arrives("/recorded");
    const [row] = await workspace.sql<
      { plans: number }[]
    >`SELECT count(*)::int AS plans FROM plans`;
    expect(row?.plans).toBe(1);
    expect(target.asked("/recorded")).toHaveLength(1);
    expect(slack.messages(talk.channel)).toHaveLength(1);
  });
});

describe.concurrent("a run in the middle", { timeout: 120_000 }, () => {
  test("loses nothing when Redis forgets everything, dies, and comes back empty", async (context) => {
    const { workspace, talk } = await open(context);
    const { target, redis } = workspace;
    await startProcess(workspace, { half: "bot", transport: "http" });
    await startProcess(workspace, { half: "worker", transport: "http" });
    const letGo = target.hold("/held");
    const plan = {
      title: "Survive Redis",
      mode: "sequential",
      steps: [change(workspace, "held", "POST"), change(workspace, "next", "POST")],
    };
    const card = await talk.asksForPlan("rita", plan);
    await talk.approves("ann", card);
    await target.arrives("/held");
    await redis.flush();
    await redis.kill();
    letGo();
    await talk.ends(card, "Completed", "2 of 2 steps done");
    // Without Redis a new request is taken, decided and run all the same, only by the sweepers.
    const second = await talk.asks(
      "rita",
      `http.request method=POST url=${target.url}/without-redis`,
    );
    await talk.approves("bob", second);
    await talk.ends(second, "Completed");
    await redis.start();
    const third = await talk.asks("rita", `http.request method=POST url=${target.url}/with-redis`);
    await talk.approves("bob", third);
    await talk.ends(third, "Completed");
    expect(target.counts()).toEqual({
      "/held": 1,
      "/next": 1,
      "/without-redis": 1,
      "/with-redis": 1,
    });
  });

  test("survives a rolling restart: SIGTERM lets a step finish, and the next process goes on", async (context) => {
    const { workspace, talk } = await open(context);
    const { target } = workspace;
    const old = await startProcess(workspace, { half: "start", transport: "socket" });
    const letGo = target.hold("/finishing");
    const card = await talk.asksForPlan("rita", {
      title: "Survive a restart",
      mode: "sequential",
      steps: [change(workspace, "finishing", "POST"), change(workspace, "later", "POST")],
    });
    await talk.approves("ann", card);
    await target.arrives("/finishing");
    const fresh = await startProcess(workspace, { half: "start", transport: "socket" });
    const ended = old.end("SIGTERM");
    // Slack tells at once when the connection it chose was closing; typed again, the words are taken by the other.
    const words = `http.request method=POST url=${target.url}/meanwhile`;
    const second = await talk.asks("rita", words).catch((error: unknown) => {
      expect(String(error)).toContain("was not acknowledged");
      return talk.asks("rita", words);
    });
    await talk.approves("bob", second);
    await talk.ends(second, "Completed");
    letGo();
    expect(await ended).toEqual({ code: 0, signal: null });
    await talk.ends(card, "Completed", "2 of 2 steps done");
    expect(target.counts()).toEqual({ "/finishing": 1, "/later": 1, "/meanwhile": 1 });
    expect(await fresh.end("SIGTERM")).toEqual({ code: 0, signal: null });
  });

  test("whose step does not end is given back within the bound when its process is stopped", async (context) => {
    const { workspace, talk } = await open(context);
    const { target } = workspace;
    const old = await startProcess(workspace, { half: "start", transport: "socket" });
    target.hold("/endless");
    const card = await talk.asksForPlan("rita", {
      title: "Outlive its process",
      steps: [change(workspace, "endless")],
    });
    await talk.approves("ann", card);
    await target.arrives("/endless");
    const before = performance.now();
    expect(await old.end("SIGTERM")).toEqual({ code: 0, signal: null });
    expect(performance.now() - before).toBeLessThan(15_000);
    target.hold("/endless")();
    await startProcess(workspace, { half: "start", transport: "socket" });
    await talk.ends(card, "Completed");
    expect(target.asked("/endless")).toHaveLength(2);
  });
});

describe.concurrent(
  "two bots and two workers over one Postgres and one Redis",
  { timeout: 120_000 },
  () => {
    test("do everything once", async (context) => {
      const { workspace, talk } = await open(context);
      const { target, slack } = workspace;
      await Promise.all(
        (["bot", "bot", "worker", "worker"] as const).map((half) =>
          startProcess(workspace, { half, transport: "socket" }),
        ),
      );
      const cards = [];
      for (let index = 0; index < 4; index += 1) {
        cards.push(
          await talk.asks("rita", `http.request method=POST url=${target.url}/run-${index}`),
        );
      }
      await Promise.all(
        cards.flatMap((card) => [talk.approves("ann", card), talk.approves("bob", card)]),
      );
      await Promise.all(cards.map((card) => talk.ends(card, "Completed")));
      expect(target.counts()).toEqual({ "/run-0": 1, "/run-1": 1, "/run-2": 1, "/run-3": 1 });
      expect(slack.messages(talk.channel)).toHaveLength(4);
      for (const card of cards) {
        const kinds = talk.keys(card).map((key) => key.replace(/:.*/, ""));
        expect(kinds.toSorted()).toEqual(["plan-card", "run-finished", "run-progress"]);
      }
    });
  },
);
