// P3: Slack, Redis, Postgres, the directory and the policy, each lost in each phase of a plan's life. What needs an
// answer is refused or held while there is none; nothing acts that was not cleared; and nothing is lost or doubled.

import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FAULTS, inWords, PHASES, SERVICES } from "#test/builders/fault-rows.ts";
import type { Meanwhile, Phase, Service } from "#test/builders/fault-rows.ts";
import { LosableWorkspace } from "#test/builders/losable-workspace.ts";
import { PlanLife } from "#test/builders/plan-life.ts";
import { until } from "#test/until.ts";

const workspace = new LosableWorkspace();
beforeAll(() => workspace.open());
afterAll(() => workspace.close());

/** Lives to the phase, loses the service there, and lets everybody try; answers how it stands then. */
async function loseIn(life: PlanLife, service: Service, phase: Phase): Promise<Meanwhile> {
  if (phase === "filing") {
    workspace.lose(service);
    return life.stands(await life.files());
  }
  await life.files();
  await life.approves("U0ANN");
  if (phase === "voting") {
    workspace.lose(service);
    const request = await life.approves("U0BOB");
    await life.round();
    return life.stands(request);
  }
  await life.approves("U0BOB");
  if (phase === "start") {
    workspace.lose(service);
    await life.round();
    return life.stands(null);
  }
  const driven = life.round((id) => {
    if (id === (phase === "running" ? "one" : "two")) workspace.lose(service);
  });
  // With its database away a worker tries on as long as its lease lasts; the others come to their end.
  if (service === "postgres") await until("a write to fail", () => workspace.failures > 0);
  else await driven;
  const seen = await life.stands(null);
  workspace.back();
  await driven;
  return seen;
}

const cells = Object.keys(SERVICES).flatMap((service) =>
  Object.keys(PHASES).map((phase) => [service as Service, phase as Phase] as const),
);

describe("P3", () => {
  test.each(cells)(
    "%s lost in %s holds or refuses what needs it, and loses nothing",
    async (service, phase) => {
      const life = new PlanLife(workspace, `${service}-${phase}`);
      try {
        expect(await loseIn(life, service, phase)).toEqual(FAULTS[service][phase]);
      } finally {
        workspace.back();
      }
      const { plan, votes } = FAULTS[service][phase];
      if (plan === "none") await life.files();
      if (votes < 1) await life.approves("U0ANN");
      if (votes < 2) await life.approves("U0BOB");
      // Nothing says by itself that a policy was corrected: a person says to look again.
      if (service === "policy") await life.resumes("U0RITA");
      for (let round = 0; round < 2; round += 1) await life.round();
      const end = { request: null, plan: "spent", votes: 2, run: "completed", acts: 2 };
      expect(await life.stands(null)).toEqual(end);
    },
  );

  test("no message is given up while Slack is lost, and the first that waited arrives", async () => {
    // Each of those that wait is tried again within a minute; here at once.
    await workspace.sql`UPDATE outbox SET due_at = 0`;
    const card = await until("the card of a plan that was filed while Slack was lost", () =>
      workspace.bot.playground
        .messages("#ops-production")
        .find((message) => workspace.bot.playground.text(message).includes("slack-filing")),
    );
    expect(card.blocks).not.toEqual([]);
    expect(await workspace.sql`SELECT key FROM outbox WHERE abandoned`).toEqual([]);
  });
});

test("docs/faults.md shows what happens, cell by cell", async () => {
  const page = await readFile(new URL("../../docs/faults.md", import.meta.url), "utf8");
  const shown = page.split("\n").filter((line) => line.startsWith("|"));
  expect(shown).toEqual(table());
});

function table(): readonly string[] {
  const phases = Object.keys(PHASES) as Phase[];
  const services = Object.keys(SERVICES) as Service[];
  return [
    `| lost | ${phases.map((phase) => PHASES[phase]).join(" | ")} |`,
    `|${"---|".repeat(phases.length + 1)}`,
    ...services.map((service) => {
      const row = phases.map((phase) => inWords(FAULTS[service][phase]));
      return `| ${SERVICES[service]} | ${row.join(" | ")} |`;
    }),
  ];
}
