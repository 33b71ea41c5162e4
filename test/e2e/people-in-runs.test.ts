// What a run asks people before its steps, and what people say to a step that failed.

import { Redis } from "ioredis";
import { describe, expect, test } from "vitest";
import { openScene } from "./support/scene.ts";
import type { Scene } from "./support/scene.ts";

function request({ workspace }: Scene, path: string): object {
  return { uses: "http.request", with: { method: "PUT", url: `${workspace.target.url}${path}` } };
}

/** Two steps, the second with more to it. */
function twoSteps(scene: Scene, more: object, plan: object = {}): object {
  const back = (path: string) => [request(scene, path)];
  return {
    title: "Do a, then b",
    mode: "sequential",
    ...plan,
    steps: [
      { id: "a", ...request(scene, "/do/a"), rollback: back("/undo/a") },
      { id: "b", ...request(scene, "/do/b"), rollback: back("/undo/b"), ...more },
    ],
  };
}

const paths = ({ workspace }: Scene): readonly string[] =>
  workspace.target.asked().map(({ path }) => path);

const APPROVAL = { message: "Really do b?", require: [{ count: 1, from: ["sre"] }] };

describe.concurrent("an approval inside a run", () => {
  test("keeps its step from starting until somebody else gives it", async (context) => {
    const scene = await openScene(context);
    const { talk } = scene;
    const card = await talk.asksForPlan("rita", twoSteps(scene, { approval: APPROVAL }));
    await talk.cardShows(card, "waits for an approval of its own", "Really do b?");
    await talk.approves("ann", card);
    const gate = await talk.stepAsks(card, "approval", "Really do b?", "0 of 1", "sre");
    await talk.progressShows(card, "Waiting for an approval");
    expect(paths(scene)).toEqual(["/do/a"]);
    await talk.commands("bob", "pending");
    await talk.isTold("bob", "1 running step waits for people, 1 for you", "Do a, then b");
    await talk.commands("rita", "pending");
    await talk.isTold("rita", "1 running step waits for people, 0 for you");
    await talk.presses("rita", gate, "Approve");
    await talk.isTold("rita", "Not done", "You asked for this plan");
    await talk.presses("gus", gate, "Approve");
    await talk.isTold("gus", "Not done");
    expect(paths(scene)).toEqual(["/do/a"]);
    await talk.presses("bob", gate, "Approve");
    await talk.ends(card, "Completed");
    expect(paths(scene)).toEqual(["/do/a", "/do/b"]);
    // The vote is shown at once, and the decision when the run's owner has made it.
    const decided = await talk.stepAsks(card, "approval", "Approved  Do a, then b", "@bob");
    expect(JSON.stringify(decided.blocks)).not.toContain("step_approve");
  });

  test("that is refused, with a reason, fails its step, and the run goes back", async (context) => {
    const scene = await openScene(context);
    const { workspace, talk } = scene;
    const card = await talk.asksForPlan("rita", twoSteps(scene, { approval: APPROVAL }));
    await talk.approves("ann", card);
    const gate = await talk.stepAsks(card, "approval", "0 of 1");
    await talk.presses("bob", gate, "Reject");
    await talk.window("bob");
    await workspace.slack.submitView("bob", { values: { reason: "Not before the backup" } });
    await talk.ends(card, "Rolled back");
    expect(paths(scene)).toEqual(["/do/a", "/undo/a"]);
    await talk.stepAsks(card, "approval", "Rejected", "Not before the backup");
  });

  test("can be given by words in the thread", async (context) => {
    const scene = await openScene(context);
    const { talk } = scene;
    const card = await talk.asksForPlan("rita", twoSteps(scene, { approval: APPROVAL }));
    await talk.approves("ann", card);
    await talk.stepAsks(card, "approval", "0 of 1");
    talk.mentions("bob", "approve", { in: card });
    await talk.ends(card, "Completed");
    expect(paths(scene)).toEqual(["/do/a", "/do/b"]);
  });

  test("that nobody gives in time ends as the plan says", async (context) => {
    const scene = await openScene(context);
    const { talk } = scene;
    const approval = { ...APPROVAL, timeout: "1s", on_timeout: "skip" };
    const card = await talk.asksForPlan("rita", twoSteps(scene, { approval }));
    await talk.approves("ann", card);
    await talk.ends(card, "Completed", "1 skipped");
    expect(paths(scene)).toEqual(["/do/a"]);
    await talk.stepAsks(card, "approval", "Not approved in time");
  });
});

describe.concurrent("a question", () => {
  const ask = {
    message: "Which ticket, and what is the token?",
    fields: {
      ticket: { type: "text", label: "Ticket", pattern: "OPS-[0-9]+" },
      token: { type: "secret", label: "Token" },
    },
    from: ["developers"],
  };

  test("is answered in a window that says what is wrong, and a secret reaches its step and nothing else", async (context) => {
    const scene = await openScene(context);
    const { workspace, talk } = scene;
    const secret = "hunter2-Zx9%!";
    const url = `${workspace.target.url}/for/\${{ answers.ticket }}`;
    const more = {
      ask,
      with: { method: "PUT", url, headers: { "x-note": "${{ answers.token }}" } },
      rollback: "none",
    };
    const card = await talk.asksForPlan("rita", twoSteps(scene, more));
    await talk.approves("ann", card);
    await talk.approves("bob", card);
    const question = await talk.stepAsks(card, "inquiry", "Which ticket", "developers");
    await talk.presses("bob", question, "Answer");
    await talk.window("bob");
    await workspace.slack.submitView("bob", { values: { Ticket: "OPS-1", Token: secret } });
    await talk.isTold("bob", "Not done");
    await talk.presses("rita", question, "Answer");
    await talk.window("rita");
    const wrong = { values: { Ticket: "later", Token: secret } };
    expect(await workspace.slack.submitView("rita", wrong)).toMatchObject({
      kind: "errors",
      errors: { field_ticket: "It must match OPS-[0-9]+ as a whole." },
    });
    const right = { values: { Ticket: "OPS-42", Token: secret } };
    expect(await workspace.slack.submitView("rita", right)).toMatchObject({ kind: "closed" });
    await talk.ends(card, "Completed");
    await talk.stepAsks(card, "inquiry", "Answered by", "OPS-42", "given, and kept sealed");
    expect(workspace.target.headers("/for/OPS-42").map((headers) => headers["x-note"])).toEqual([
      secret,
    ]);
    expect(await placesOf(scene, secret)).toEqual([]);
    // What is no secret is found, so the search finds what is there.
    expect(await placesOf(scene, "OPS-42")).toContain("a call to Slack");
  });
});

describe.concurrent("a run that is held for a failed step", () => {
  const plan = { on_failure: "stop" };

  test("goes on when it is retried after a fix", async (context) => {
    const scene = await openScene(context);
    const { workspace, talk } = scene;
    workspace.target.fail("/do/b", 400);
    const card = await talk.asksForPlan("rita", twoSteps(scene, {}, plan));
    await talk.approves("ann", card);
    const held = await talk.isHeld(card, "A step failed", 'Step "b" failed');
    await talk.presses("rita", held, "Retry");
    await talk.ends(card, "Completed");
    expect(paths(scene)).toEqual(["/do/a", "/do/b", "/do/b"]);
  });

  test("goes on without the step when an approver, and not its requester, leaves it out with a reason", async (context) => {
    const scene = await openScene(context);
    const { workspace, talk } = scene;
    workspace.target.fail("/do/b", 400);
    const card = await talk.asksForPlan("rita", twoSteps(scene, {}, plan));
    await talk.approves("ann", card);
    const held = await talk.isHeld(card, 'Step "b" failed');
    talk.mentions("rita", "skip b it does not matter", { in: card });
    await talk.isTold("rita", "Not done", "somebody else");
    await talk.presses("bob", held, "Skip");
    await talk.window("bob");
    await workspace.slack.submitView("bob", { values: { reason: "Done by hand" } });
    await talk.ends(card, "Completed", "1 skipped");
    expect(paths(scene)).toEqual(["/do/a", "/do/b"]);
  });

  test("goes on without a step that has not begun, which an approver leaves out by words", async (context) => {
    const scene = await openScene(context);
    const { workspace, talk } = scene;
    const letGo = workspace.target.hold("/do/a");
    const card = await talk.asksForPlan("rita", twoSteps(scene, {}, plan));
    await talk.approves("ann", card);
    await workspace.target.arrives("/do/a");
    talk.mentions("bob", "skip b it is done by hand", { in: card });
    await talk.isTold("bob", "Skip asked for");
    await talk.progressShows(card, "1 skipped");
    letGo();
    await talk.ends(card, "Completed", "1 skipped");
    expect(paths(scene)).toEqual(["/do/a"]);
  });

  test("is told when there is nothing to retry", async (context) => {
    const scene = await openScene(context);
    const { talk } = scene;
    const card = await talk.asksForPlan("rita", twoSteps(scene, {}, plan));
    await talk.approves("ann", card);
    await talk.ends(card, "Completed");
    talk.mentions("rita", "retry b", { in: card });
    await talk.isTold("rita", "has ended");
    expect(paths(scene)).toEqual(["/do/a", "/do/b"]);
  });
});

/** Every place that outlives the answer and holds the text in some form: tables, Redis, calls to Slack. */
async function placesOf({ workspace }: Scene, secret: string): Promise<readonly string[]> {
  const bytes = Buffer.from(secret);
  const forms = [
    secret,
    encodeURIComponent(secret),
    bytes.toString("base64"),
    bytes.toString("base64url"),
    bytes.toString("hex"),
    JSON.stringify(secret).slice(1, -1),
  ];
  const held = (text: string): boolean => forms.some((form) => text.includes(form));
  const { sql } = workspace;
  const tables = await sql<{ name: string }[]>`
    SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'`;
  const found: string[] = [];
  for (const { name } of tables) {
    const rows = await sql<{ row: string }[]>`SELECT one::text AS row FROM ${sql(name)} AS one`;
    if (rows.some(({ row }) => held(row))) found.push(`table ${name}`);
  }
  const redis = new Redis(workspace.redis.url);
  for (const key of await redis.keys("*")) {
    const value = (await redis.dumpBuffer(key))?.toString("latin1") ?? "";
    if (held(key) || held(value)) found.push(`Redis ${key}`);
  }
  redis.disconnect();
  if (held(JSON.stringify(workspace.slack.calls()))) found.push("a call to Slack");
  return found;
}
