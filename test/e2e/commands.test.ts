// The words people type, each as they meet it in Slack, in one conversation after the other.

import { afterAll, beforeAll, expect, test } from "vitest";
import { Conversation } from "./support/conversation.ts";
import type { Card } from "./support/conversation.ts";
import { openInProcess } from "./support/program.ts";
import { startWorkspace } from "./support/workspace.ts";
import type { Workspace } from "./support/workspace.ts";

let workspace: Workspace;
let talk: Conversation;
let finished: Card;

beforeAll(async () => {
  workspace = await startWorkspace();
  await openInProcess(workspace);
  talk = new Conversation(workspace);
  finished = await talk.asksForPlan("rita", {
    title: "Finished long ago",
    steps: [
      {
        id: "touch",
        uses: "http.request",
        with: { method: "PUT", url: `${workspace.target.url}/finished` },
      },
    ],
  });
  await talk.approves("ann", finished);
  await talk.ends(finished, "Completed");
});
afterAll(() => workspace.close());

test("help lists what the caller may do, which differs between people", async () => {
  await talk.commands("rita", "help");
  expect(await talk.isTold("rita", "/ops run", "production: ", "ec2.stop_instances")).toContain(
    "staging: http.request",
  );
  await talk.commands("ann", "help");
  expect(await talk.isTold("ann", "/ops run", "production: ", "ec2.stop_instances")).not.toContain(
    "staging: ",
  );
});

test("a typo is answered with the nearest word", async () => {
  await talk.commands("rita", "histroy");
  expect(await talk.isTold("rita", "histroy")).toContain("history");
  await talk.commands("rita", "http.reqest url=http://127.0.0.1/");
  await talk.isTold("rita", "http.reqest", "http.request");
});

test("a plan in a code block after a mention gets its card in that thread", async () => {
  const plan = `title: From a code block\nsteps:\n  - id: get\n    uses: http.request\n    with: { method: PUT, url: "${workspace.target.url}/block" }`;
  const card = await talk.cardUnder(talk.mentions("rita", `plan\n\`\`\`\n${plan}\n\`\`\``));
  await talk.cardShows(card, "From a code block", "0 of 1");
  talk.mentions("rita", "withdraw not needed any more", { in: card });
  await talk.cardShows(card, "Withdrawn", "@rita");
  expect(workspace.target.asked("/block")).toEqual([]);
});

test("a plan in a snippet attached to a mention gets its card, and the words in its thread decide", async () => {
  const snippet = `title: From a snippet\nsteps:\n  - id: get\n    uses: http.request\n    with: { method: PUT, url: "${workspace.target.url}/snippet" }\n`;
  const card = await talk.cardUnder(talk.mentions("rita", "plan", { snippet }));
  await talk.cardShows(card, "From a snippet");
  talk.mentions("bob", "reject too risky today", { in: card });
  const shown = await talk.cardShows(card, "Rejected", "too risky today", "@bob");
  expect(shown).not.toContain("[Approve]");
});

test("a mistake in a plan names its place, what was found and what was expected", async () => {
  await talk.commands(
    "rita",
    "plan ```\ntitle: Wrong\nsteps:\n  - id: a\n    uses: http.reqest\n    with: { url: 5 }\n```",
  );
  expect(await talk.isTold("rita", "steps[0].uses", "line 4")).toContain("http.request");
});

test("a dry run shows what would happen and never runs anything", async () => {
  const before = workspace.target.asked().length;
  await talk.commands("rita", `dry-run http.request method=DELETE url=${workspace.target.url}/dry`);
  await talk.isTold("rita", "DELETE", "/dry", "OPTIONS answered");
  await talk.commands(
    "rita",
    "dry-run ec2.stop_instances region=eu-west-1 instance_ids=i-0a11ce0000000001",
  );
  await talk.isTold("rita", "i-0a11ce0000000001", "Nothing was");
  expect(
    workspace.target
      .asked()
      .slice(before)
      .map(({ method, path }) => `${method} ${path}`),
  ).toEqual(["OPTIONS /dry"]);
  expect(
    workspace.infrastructure.instances().find(({ id }) => id === "i-0a11ce0000000001")?.state,
  ).toBe("running");
});

test("operations and playbooks list what there is", async () => {
  await talk.commands("rita", "operations http");
  await talk.isTold("rita", "http.request");
  await talk.commands("rita", "playbooks");
  const text = await talk.isTold("rita", "restart-fleet", "rotate-hosts");
  expect(text).toContain("maintenance-script");
});

test("a waiting plan is listed, shown and explained, and App Home has it for those who can approve it", async () => {
  const card = await talk.asks(
    "rita",
    `http.request method=DELETE url=${workspace.target.url}/waits`,
  );
  await talk.commands("ann", "pending");
  await talk.isTold("ann", "waiting for approval", card.planId, "For you");
  await talk.commands("rita", `policy ${card.planId}`);
  await talk.isTold("rita", "could approve", "@ann", "@bob", "they asked for the plan");
  await talk.commands("dev", `show ${card.planId}`);
  await talk.isTold("dev", card.planId, "/waits");
  workspace.slack.openHome("ann");
  await workspace.slack.waitFor(() => workspace.slack.homeText("ann")?.includes("/waits"), {
    what: "the plan on Ann's Home",
  });
  workspace.slack.openHome("rita");
  const home = await workspace.slack.waitFor(() => workspace.slack.homeText("rita"), {
    what: "Rita's Home",
  });
  expect(home).toContain("No plan waits for your approval");
  expect(home).toContain("Finished long ago");
  await talk.commands("rita", `withdraw ${card.planId}`);
  await talk.cardShows(card, "Withdrawn");
});

test("the history is filtered by person, outcome and words, and links to the conversation", async () => {
  await talk.commands("bob", "history by @rita outcome=completed");
  const text = await talk.isTold("bob", "newest first", "Finished long ago", "conversation");
  expect(text).not.toContain("From a snippet");
  await talk.commands("bob", 'history text="From a snippet"');
  await talk.isTold("bob", "1 plan", "From a snippet", "Rejected");
  await talk.commands("bob", "history environment=staging");
  await talk.isTold("bob", "Nothing in the history");
});

test("status and logs of a run are told in its thread", async () => {
  talk.mentions("dev", "status", { in: finished });
  await talk.threadShows(finished, "1 of 1 step done", "took");
  talk.mentions("dev", "logs touhc", { in: finished });
  expect(await talk.isTold("dev", "touhc")).toContain("Did you mean touch");
  talk.mentions("dev", "logs touch", { in: finished });
  await talk.threadShows(finished, "PUT", "200");
});

test("a playbook runs with its inputs, and what comes out of a program stays in the thread", async () => {
  const card = await talk.asks(
    "rita",
    `run rotate-hosts load_balancer=${workspace.infrastructure.loadBalancerUrl} first=web-1 second=web-2`,
  );
  await talk.cardShows(card, "Restart 2 hosts", "playbook rotate-hosts");
  await talk.presses("ann", card, "Who can approve?");
  expect(await talk.window("ann")).toContain("could approve");
  await workspace.slack.closeView("ann");
  await talk.presses("ann", card, "Full plan");
  expect(await talk.window("ann")).toContain("undrain");
  await workspace.slack.closeView("ann");
  await talk.presses("ann", card, "Dry run");
  await talk.threadShows(card, "Dry run");
  await talk.rejects("ann", card, "Tomorrow");
  await talk.cardShows(card, "Rejected", "Tomorrow");
});
