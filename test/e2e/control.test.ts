// What people ask of a run reaches the worker that has it in hand, whichever process took the request: by the
// notification. The worker's timers all stand still, so that neither its sweep nor its poll nor the renewal of its
// lease can have brought it. How long it takes is measured in bench/, part `control`.

import { expect, test } from "vitest";
import { auditOf } from "./support/audit-rows.ts";
import { Conversation } from "./support/conversation.ts";
import type { Card } from "./support/conversation.ts";
import { openInProcess, startProcess } from "./support/program.ts";
import { createStandingClock } from "./support/standing-clock.ts";
import { until } from "#test/until.ts";
import { startWorkspace } from "./support/workspace.ts";
import type { Workspace } from "./support/workspace.ts";

type Context = { readonly onTestFinished: (end: () => Promise<void>) => void };

/** A run of two steps, the first of them under way: the bot in one process, the worker, without timers, in another. */
async function aRunUnderWay({ onTestFinished }: Context): Promise<{
  readonly workspace: Workspace;
  readonly talk: Conversation;
  readonly card: Card;
  readonly letGo: () => void;
}> {
  const workspace = await startWorkspace({ clock: createStandingClock() });
  onTestFinished(() => workspace.close());
  const talk = new Conversation(workspace);
  await startProcess(workspace, { half: "bot", transport: "http" });
  await openInProcess(workspace, { halves: ["worker"] });
  const { target } = workspace;
  const letGo = target.hold("/first");
  const step = (id: string) => ({
    id,
    uses: "http.request",
    with: { method: "POST", url: `${target.url}/${id}` },
  });
  const card = await talk.asksForPlan("rita", {
    title: "Hear in time",
    mode: "sequential",
    steps: [step("first"), step("second")],
  });
  await talk.approves("ann", card);
  await target.arrives("/first");
  return { workspace, talk, card, letGo };
}

async function kindsOf(workspace: Workspace, { planId }: Card): Promise<readonly string[]> {
  return (await auditOf(workspace, planId)).map(({ kind }) => kind);
}

test("a cancel in one process stops what runs in another before any of its timers has fired", async (context) => {
  const { workspace, talk, card } = await aRunUnderWay(context);
  expect(workspace.target.waiting("/first")).toBe(1);
  talk.mentions("rita", "cancel", { in: card });
  await until("the call to be given up", () => workspace.target.waiting("/first") === 0, 30_000);
  expect(workspace.target.counts()).toEqual({ "/first": 1 });
  const kinds = await until("the request to be in the log", async () => {
    const found = await kindsOf(workspace, card);
    return found.includes("run.cancel-requested") && found;
  });
  expect(kinds.indexOf("attempt.started")).toBeLessThan(kinds.indexOf("run.cancel-requested"));
});

test("a pause in one process keeps the next step of another's run from starting, and a resume starts it", async (context) => {
  const { workspace, talk, card, letGo } = await aRunUnderWay(context);
  talk.mentions("rita", "pause", { in: card });
  await until("the pause to be in the log", async () =>
    (await kindsOf(workspace, card)).includes("run.paused"),
  );
  letGo();
  await until("the first step to be in the log", async () =>
    (await kindsOf(workspace, card)).includes("attempt.succeeded"),
  );
  expect(workspace.target.counts()).toEqual({ "/first": 1 });
  talk.mentions("rita", "resume", { in: card });
  await workspace.target.arrives("/second");
  await until("the run to end", async () =>
    (await kindsOf(workspace, card)).includes("run.completed"),
  );
  expect(workspace.target.counts()).toEqual({ "/first": 1, "/second": 1 });
});
