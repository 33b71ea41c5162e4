// A plan's life in a workspace whose services may be lost: filed and approved over signed HTTP, and driven by workers
// who come by.

import { controlRun } from "#engine/control-run.ts";
import { createRegistry } from "#engine/operation.ts";
import type { Asker, EnginePorts } from "#engine/use-case-ports.ts";
import { systemClock } from "#adapters/system/system-clock.ts";
import { ACTIONS, planValue } from "#bot/messages/identifiers.ts";
import { driveRun } from "#test/simulation/drive-run.ts";
import { until } from "#test/until.ts";
import type { Meanwhile } from "./fault-rows.ts";
import type { LosableWorkspace } from "./losable-workspace.ts";
import { toyOperations } from "./toy-operations.ts";

const TEAM = "T0PLAYGROUND";
const CHANNEL = { id: "C0PRODUCTION", name: "ops-production" };
const LEASE_MS = 30_000;
/** A lost lease has run out by then, and a held run is looked at again. */
const ROUND_MS = 60_000;

/** One plan's life, told by what a person can do and a worker does. */
export class PlanLife {
  readonly #workspace: LosableWorkspace;
  readonly #title: string;
  #rounds = 0;
  #sent = 0;
  readonly acts: string[] = [];

  constructor(workspace: LosableWorkspace, title: string) {
    this.#workspace = workspace;
    this.#title = title;
  }

  /** A request that may not be acknowledged is the same when it is sent again. */
  async #send(nth: string, body: Record<string, string>): Promise<Meanwhile["request"]> {
    const answer = await this.#workspace.bot.playground.signedRequest({
      body: new URLSearchParams(body).toString(),
    });
    if (answer.kind !== "acknowledged") return "not acknowledged";
    const id = `${body["payload"] === undefined ? "command" : "action"}:${nth}`;
    await until(`${id} to be worked on`, async () => {
      const rows = await this.#workspace
        .sql`SELECT 1 FROM inbox WHERE id = ${id} AND outcome IS NOT NULL`;
      return rows.length === 1;
    });
    const [refused] = await this.#workspace.sql<
      { code: "directory-unavailable" | "policy-error" }[]
    >`
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
    const [plan] = await this.#workspace.sql<
      { id: string }[]
    >`SELECT id FROM plans WHERE title = ${this.#title}`;
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
    const [run] = await this.#workspace.sql<{ id: string }[]>`
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
    const resumed = await controlRun(this.#workspace.bot.ports, asker, {
      runId: run.id,
      request: "resume",
    });
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
    const ports: EnginePorts = {
      ...this.#workspace.bot.ports,
      clock,
      registry: createRegistry(operations),
    };
    const given = { mayStart: () => true, report: () => undefined };
    try {
      const owner = `${this.#title}-${this.#rounds}`;
      const claimed = await ports.runs.claim(owner, 100, LEASE_MS, clock.now());
      for (const run of claimed) await driveRun(ports, run, given);
    } catch (error) {
      if (!this.#workspace.lost.has("postgres")) throw error;
    }
  }

  async stands(request: Meanwhile["request"]): Promise<Meanwhile> {
    const [row] = await this.#workspace.sql<Pick<Meanwhile, "plan" | "run" | "votes">[]>`
      SELECT p.status AS plan, coalesce(r.status, 'none') AS run,
        (SELECT count(*)::int FROM votes v WHERE v.plan_id = p.id) AS votes
      FROM plans p LEFT JOIN runs r ON r.plan_id = p.id WHERE p.title = ${this.#title}`;
    const acts = this.acts.length;
    if (acts > 2 || new Set(this.acts).size !== acts) throw new Error(`acted: ${this.acts.join()}`);
    return { request, plan: "none", votes: 0, run: "none", ...row, acts: acts as 0 | 1 | 2 };
  }
}
