// 500 secrets that a plan names are given to targets that say them back in every encoding, and people write them
// wherever they can write. Then everything that the program has left anywhere is searched for them.

import { stringify } from "yaml";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ENCODINGS, everySpelling, partsOf, survivorIn } from "#test/builders/planted-secrets.ts";
import { until } from "#test/until.ts";
import { Conversation } from "./support/conversation.ts";
import type { Card } from "./support/conversation.ts";
import { everythingKept, watchRedis, watchTables } from "./support/everything-kept.ts";
import {
  ANSWER,
  gives,
  NAMED,
  nameOf,
  openPlantedWorkspace,
  ROTATED_TO,
  SECRETS,
} from "./support/planted-workspace.ts";
import type { PlantedWorkspace } from "./support/planted-workspace.ts";
import { startProcess } from "./support/program.ts";
import type { RunningProcess } from "./support/program.ts";

/** Found, so that the search is known to find. */
const HARMLESS = "harmless-marker-77";

let planted: PlantedWorkspace;
let talk: Conversation;
let program: RunningProcess;
let saidToRedis: () => string;

beforeAll(async () => {
  planted = await openPlantedWorkspace();
  talk = new Conversation(planted.workspace);
  await watchTables(planted.workspace);
  saidToRedis = await watchRedis(planted.workspace);
  program = await startProcess(planted.workspace, { half: "start", transport: "http" });
}, 90_000);

afterAll(() => planted.close());

/** Answers first with a secret where none belongs, which is refused. Gives what the window said to that. */
async function answers(card: Card): Promise<string> {
  const { slack } = planted.workspace;
  const question = await talk.stepAsks(card, "inquiry", "The token");
  await talk.presses("rita", question, "Answer");
  await talk.window("rita");
  const wrong = { token: ANSWER, note: `it is ${NAMED[1] ?? ""}` };
  const refused = await slack.submitView("rita", { values: wrong });
  expect(refused).toMatchObject({ kind: "errors" });
  const given = await slack.submitView("rita", { values: { token: ANSWER, note: "as agreed" } });
  expect(given).toMatchObject({ kind: "closed" });
  return JSON.stringify(refused);
}

/** Every secret in some message, in one encoding or another, and some in each place that takes words. */
async function peopleWrite(card: Card): Promise<void> {
  const spelled = SECRETS.map(
    (secret, index) => ENCODINGS[index % ENCODINGS.length]?.of(secret) ?? secret,
  );
  for (let from = 0; from < spelled.length; from += 100)
    talk.mentions("rita", `explain ${spelled.slice(from, from + 100).join(" ")}`, { in: card });
  const step = { id: "a", uses: "http.request", with: { list: SECRETS } };
  const source = talk.mentions("rita", "plan", {
    snippet: stringify({ title: "Held in a file", steps: [step] }),
  });
  await everythingIsSaid();
  await talk.isTold("rita", "at steps[0].with.list[0].", "write secret:<name> in its place");
  expect(source.ts).not.toBe("");
  const short = SECRETS.filter((secret) => secret.length < 60 && !secret.includes("\n"));
  for (const [index, words] of ["run", "history", "checkpoint", "delegate @bob until"].entries())
    await talk.commands("rita", `${words} ${short[index] ?? ""}`);
  await talk.commands("rita", short.slice(20, 40).join(" "));
  const another = await talk.asksForPlan("rita", {
    title: "Another",
    steps: [{ id: "a", ...gives(`${planted.target.url}/answer/another`, {}) }],
  });
  const reason = `because ${short.slice(40, 55).join(" ")}`;
  await talk.rejects("ann", another, reason.slice(0, 1_000));
  await talk.cardShows(another, "Rejected");
}

async function everythingIsSaid(): Promise<void> {
  const { slack, sql } = planted.workspace;
  await slack.settled();
  await until("all that was asked and said to be done", async () => {
    const [row] = await sql<{ left: number }[]>`
      SELECT ((SELECT count(*) FROM inbox WHERE outcome IS NULL)
        + (SELECT count(*) FROM outbox))::int AS left`;
    return row?.left === 0;
  });
}

/** What is left of a secret, and where. */
function survivorsIn(kept: Readonly<Record<string, string>>): readonly object[] {
  const seen = partsOf(Object.values(kept).join("\n"));
  return SECRETS.flatMap((secret) =>
    everySpelling(secret).flatMap((spelling) => {
      const part = survivorIn(seen, spelling);
      if (part === null) return [];
      const places = Object.keys(kept).filter((place) => kept[place]?.includes(part) === true);
      return [{ secret, spelling, part, places }];
    }),
  );
}

test("none of 500 secrets is left anywhere, whichever way it came", async () => {
  const card = await talk.asksForPlan("rita", planted.plan(HARMLESS));
  await planted.rotate();
  await talk.approves("ann", card);
  await talk.approves("bob", card);
  const shownInWindow = await answers(card);
  await talk.ends(card, "Completed");

  // Each was given to its target as it is at that moment; the one that cannot be had, to nobody.
  const named = NAMED.map((secret, index) => [nameOf(index), secret] as const);
  expect(planted.target.given).toEqual(
    new Map([...named, ["rotated", ROTATED_TO], ["answered", ANSWER]]),
  );
  await peopleWrite(card);
  await everythingIsSaid();

  const kept = await everythingKept(planted.workspace, program, saidToRedis);
  expect(survivorsIn({ ...kept, shownInWindow })).toEqual([]);
  // Each place was really looked into.
  expect(kept["table plan_versions"]).toContain(HARMLESS);
  expect(kept["table run_output"]).toContain("[redacted]");
  expect(kept["table ever_written"]).toContain("(secret-removed)");
  expect(kept["audit export"]).toContain("the secret missing cannot be had");
  expect(kept["calls to Slack"]).toContain(HARMLESS);
  expect(kept["files in Slack"]).toContain("[redacted]");
  expect(kept["commands to Redis"]).toMatch(/run-\w{8}/);
  expect(kept["metrics"]).toContain("countersign_runs");
  expect(kept["log"]).toContain('"started"');
}, 90_000);
