// P3: Slack, Redis, Postgres, the directory and the policy, each lost in each phase of a plan's life. What needs an
// answer is refused or held while there is none; nothing acts that was not cleared; and nothing is lost or doubled.

import { readFile } from "node:fs/promises";
import postgres from "postgres";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { controlRun } from "#engine/control-run.ts";
import { createRegistry } from "#engine/operation.ts";
import type { Asker, EnginePorts } from "#engine/use-case-ports.ts";
import type { Database } from "#adapters/postgres/database.ts";
import { systemClock } from "#adapters/system/system-clock.ts";
import { ACTIONS, planValue } from "#bot/messages/identifiers.ts";
import { openBotWorkspace, playgroundPolicy } from "#test/builders/bot-workspace.ts";
import type { BotWorkspace } from "#test/builders/bot-workspace.ts";
import { FAULTS, inWords, PHASES, SERVICES } from "#test/builders/fault-rows.ts";
import type { Meanwhile, Phase, Service } from "#test/builders/fault-rows.ts";
import { toyOperations } from "#test/builders/toy-operations.ts";
import { driveRun } from "#test/simulation/drive-run.ts";
import { until } from "#test/until.ts";

const TEAM = "T0PLAYGROUND";
const CHANNEL = { id: "C0PRODUCTION", name: "ops-production" };
const LEASE_MS = 30_000;
/** A lost lease has run out by then, and a held run is looked at again. */
const ROUND_MS = 60_000;
/** What of Slack's methods is lost with each service. */
const METHODS = {
  slack: ["chat.postMessage", "chat.postEphemeral", "chat.update"],
  directory: ["users.info", "usergroups.users.list"],
} as const;

const lost = new Set<Service>();
let failures = 0;
let ends: (() => void)[] = [];
let bot: BotWorkspace;
/** Past the wrapped stores: sees also what is lost to them. */
let sql: postgres.Sql;

beforeAll(async () => {
  const broken = { name: "broken", match: { when: "plan.no.such" }, forbid: null, terms: {} };
  const { limits, ...policy } = playgroundPolicy();
  bot = await openBotWorkspace("http", false, {
    policy: {
      ...policy,
      limits: { ...limits, pendingPlansPerRequester: 100 },
      get policies() {
        return lost.has("policy") ? [broken] : [];
      },
    },
    around: {
      database: mayBeLost,
      // What the real one answers without its Redis is in its contract (test/contract/dispatcher-bullmq.test.ts).
      dispatcher: (opened) => ({
        ...opened,
        ring: async (...given) => !lost.has("redis") && opened.ring(...given),
      }),
    },
  });
  sql = postgres(bot.databaseUrl, { max: 1 });
});
afterAll(async () => {
  await sql.end();
  await bot.close();
});

function mayBeLost(opened: Database): Database {
  const reach = <T>(act: () => Promise<T>): Promise<T> => {
    if (!lost.has("postgres")) return act();
    failures += 1;
    return Promise.reject(new Error("connect ECONNREFUSED"));
  };
  return {
    ...opened,
    query: (...given) => reach(() => opened.query(...given)),
    rows: (...given) => reach(() => opened.rows(...given)),
    transaction: (work) => reach(() => opened.transaction(work)),
  };
}

function lose(service: Service): void {
  lost.add(service);
  const methods = service === "slack" || service === "directory" ? METHODS[service] : [];
  const { faults } = bot.playground;
  ends = methods.map((method) =>
    faults.always(method, { kind: "api-error", error: "internal_error" }),
  );
}

function back(): void {
  lost.clear();
  for (const end of ends) end();
  ends = [];
}

/** One plan's life, told by what a person can do and a worker does. */
class Life {
  readonly #title: string;
  #rounds = 0;
  #sent = 0;
  readonly acts: string[] = [];

  constructor(title: string) {
    this.#title = title;
  }

  /** A request that may not be acknowledged is the same when it is sent again. */
  async #send(nth: string, body: Record<string, string>): Promise<Meanwhile["request"]> {
    const answer = await bot.playground.signedRequest({
      body: new URLSearchParams(body).toString(),
    });
    if (answer.kind !== "acknowledged") return "not acknowledged";
    const id = `${body["payload"] === undefined ? "command" : "action"}:${nth}`;
    await until(`${id} to be worked on`, async () => {
      const rows = await sql`SELECT 1 FROM inbox WHERE id = ${id} AND outcome IS NOT NULL`;
      return rows.length === 1;
    });
    const [refused] = await sql<{ code: "directory-unavailable" | "policy-error" }[]>`
      SELECT data::json ->> 'code' AS code FROM audit_events
      WHERE kind = 'refused' AND at >= (SELECT received_at FROM inbox WHERE id = ${id})
      ORDER BY seq DESC LIMIT 1`;
    return refused?.code ?? "worked on";
  }

  files(): Promise<Meanwhile["request"]> {
    this.#sent += 1;
    const nth = `${this.#title}.${this.#sent}`;
    const step = (id: string) => ({
      id,
      uses: "toy.destroy",
      with: { name: `${this.#title}-${id}` },
    });
    const plan = { title: this.#title, mode: "sequential", steps: ["one", "two"].map(step) };
    return this.#send(nth, {
      command: "/ops",
      text: `plan \`\`\`${JSON.stringify(plan)}\`\`\``,
      api_app_id: "A0COUNTERSIGN",
      team_id: TEAM,
      user_id: "U0RITA",
      channel_id: CHANNEL.id,
      trigger_id: nth,
      response_url: "http://127.0.0.1:9/none",
    });
  }

  async approves(userId: string): Promise<Meanwhile["request"]> {
    const [plan] = await sql<{ id: string }[]>`SELECT id FROM plans WHERE title = ${this.#title}`;
    if (plan === undefined) throw new Error(`${this.#title} is not filed`);
    this.#sent += 1;
    const nth = `${this.#title}.${this.#sent}`;
    const value = planValue({ planId: plan.id, version: 1 });
    const payload = {
      type: "block_actions",
      api_app_id: "A0COUNTERSIGN",
      team: { id: TEAM, domain: "x" },
      user: { id: userId, team_id: TEAM, name: "x", username: "x" },
      trigger_id: nth,
      container: { type: "message", channel_id: CHANNEL.id, message_ts: "1763690000.000100" },
      channel: CHANNEL,
      actions: [{ type: "button", action_id: ACTIONS.approve, block_id: "b", value }],
    };
    return this.#send(nth, { payload: JSON.stringify(payload) });
  }

  async resumes(userId: string): Promise<void> {
    const [run] = await sql<{ id: string }[]>`
      SELECT r.id FROM runs r JOIN plans p ON p.id = r.plan_id
      WHERE p.title = ${this.#title} AND r.status = 'held'`;
    if (run === undefined) return;
    const asker: Asker = {
      teamId: TEAM,
      userId,
      requestId: `resume-${this.#title}`,
      entry: "button",
      conversation: {
        id: `cv-resume-${this.#title}`,
        teamId: TEAM,
        channelId: CHANNEL.id,
        threadTs: null,
        words: "resume",
        permalink: null,
      },
    };
    const resumed = await controlRun(bot.ports, asker, { runId: run.id, request: "resume" });
    if (!resumed.ok) throw new Error(`${userId} may not resume: ${resumed.refusal.code}`);
  }

  /** A worker comes by. @param atStep called while the step with this id acts. */
  async round(atStep: (id: string) => void = () => undefined): Promise<void> {
    this.#rounds += 1;
    const ahead = this.#rounds * ROUND_MS;
    const clock = { ...systemClock, now: () => systemClock.now() + ahead };
    const operations = toyOperations({ runs: this.acts, previews: [] }).map((operation) => ({
      ...operation,
      run: async (...given: Parameters<typeof operation.run>) => {
        const result = await operation.run(...given);
        // It has acted, and nobody has written that down.
        atStep(this.acts.at(-1)?.split("-").at(-1) ?? "");
        return result;
      },
    }));
    const ports: EnginePorts = { ...bot.ports, clock, registry: createRegistry(operations) };
    const given = { mayStart: () => true, report: () => undefined };
    try {
      const owner = `${this.#title}-${this.#rounds}`;
      const claimed = await ports.runs.claim(owner, 100, LEASE_MS, clock.now());
      for (const run of claimed) await driveRun(ports, run, given);
    } catch (error) {
      if (!lost.has("postgres")) throw error;
    }
  }

  async stands(request: Meanwhile["request"]): Promise<Meanwhile> {
    const [row] = await sql<Pick<Meanwhile, "plan" | "run" | "votes">[]>`
      SELECT p.status AS plan, coalesce(r.status, 'none') AS run,
        (SELECT count(*)::int FROM votes v WHERE v.plan_id = p.id) AS votes
      FROM plans p LEFT JOIN runs r ON r.plan_id = p.id WHERE p.title = ${this.#title}`;
    const acts = this.acts.length;
    if (acts > 2 || new Set(this.acts).size !== acts) throw new Error(`acted: ${this.acts.join()}`);
    return { request, plan: "none", votes: 0, run: "none", ...row, acts: acts as 0 | 1 | 2 };
  }
}

/** Lives to the phase, loses the service there, and lets everybody try; answers how it stands then. */
async function loseIn(life: Life, service: Service, phase: Phase): Promise<Meanwhile> {
  if (phase === "filing") {
    lose(service);
    return life.stands(await life.files());
  }
  await life.files();
  await life.approves("U0ANN");
  if (phase === "voting") {
    lose(service);
    const request = await life.approves("U0BOB");
    await life.round();
    return life.stands(request);
  }
  await life.approves("U0BOB");
  if (phase === "start") {
    lose(service);
    await life.round();
    return life.stands(null);
  }
  failures = 0;
  const driven = life.round((id) => {
    if (id === (phase === "running" ? "one" : "two")) lose(service);
  });
  // With its database away a worker tries on as long as its lease lasts; the others come to their end.
  if (service === "postgres") await until("a write to fail", () => failures > 0);
  else await driven;
  const seen = await life.stands(null);
  back();
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
      const life = new Life(`${service}-${phase}`);
      try {
        expect(await loseIn(life, service, phase)).toEqual(FAULTS[service][phase]);
      } finally {
        back();
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
    await sql`UPDATE outbox SET due_at = 0`;
    const card = await until("the card of a plan that was filed while Slack was lost", () =>
      bot.playground
        .messages("#ops-production")
        .find((message) => bot.playground.text(message).includes("slack-filing")),
    );
    expect(card.blocks).not.toEqual([]);
    expect(await sql`SELECT key FROM outbox WHERE abandoned`).toEqual([]);
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
