// The real thing for histories of approvals: the engine's use cases over the stores on Postgres, requests that are
// recorded before they are worked on, and workers that die. Slack and the clock are the test's.

import { castVote } from "#engine/cast-vote.ts";
import { controlRun } from "#engine/control-run.ts";
import { editPlan } from "#engine/edit-plan.ts";
import { expirePlans } from "#engine/expire-plans.ts";
import { filePlan } from "#engine/file-plan.ts";
import type { InboundRequest } from "#engine/message-store.ts";
import { createRegistry } from "#engine/operation.ts";
import type { Registry } from "#engine/operation.ts";
import { effectiveStatus } from "#engine/plan-life.ts";
import { foldRun } from "#engine/run-fold.ts";
import type { PlanRecord } from "#engine/plan.ts";
import type { PlanStore } from "#engine/plan-store.ts";
import type { Asker, EnginePorts } from "#engine/use-case-ports.ts";
import { withdrawPlan } from "#engine/withdraw-plan.ts";
import { cronCalendar } from "#adapters/calendar/cron-calendar.ts";
import type { Database } from "#adapters/postgres/database.ts";
import { createReminderStore } from "#adapters/postgres/reminder-store.ts";
import { createStepUpStore } from "#adapters/postgres/step-up-store.ts";
import { createSecretRedactor } from "#adapters/redaction/secret-redactor.ts";
import { randomIds } from "#adapters/system/random-ids.ts";
import { sha256 } from "#adapters/system/sha256.ts";
import { aClause, anEnvironment, aPolicy, aRule } from "#test/builders/a-policy.ts";
import { planSource } from "#test/builders/engine-world.ts";
import { toyOperations } from "#test/builders/toy-operations.ts";
import { openStores } from "#test/contract/store-world.ts";
import { createFakeDirectory } from "#test/fakes/fake-directory.ts";
import { createManualClock } from "#test/fakes/manual-clock.ts";
import { createMemorySecretBox } from "#test/fakes/memory-secret-box.ts";
import { APPROVE_WITHIN_MS, DENY_AT, GROUP, START_WITHIN_MS } from "./approval-model.ts";
import type { Choice } from "./approval-model.ts";
import { driveRun } from "./drive-run.ts";
import { MortalProcess } from "./mortal-process.ts";

/** What a person says to the bot; `plan` counts from 0, in the order in which they were filed. */
export type Wish =
  | { readonly wish: "file"; readonly content: string }
  | {
      readonly wish: "edit";
      readonly plan: number;
      readonly from: number;
      readonly content: string;
    }
  | {
      readonly wish: "vote";
      readonly plan: number;
      readonly version: number | null;
      readonly choice: Choice;
    }
  | { readonly wish: "withdraw" | "resume"; readonly plan: number };
export type Said = Wish & { readonly id: string; readonly userId: string };
/** Where the process that hears it dies: before it writes, or when it has written and not said so. */
export type Crash = "before" | "after" | null;

class Died extends Error {
  override readonly name = "Died";
}

const LEASE_MS = 30_000;
/** A worker looks at a held run at least this often; a lost one's lease has run out by then. */
const ROUND_MS = 600_000;
/** A request counts as left behind after this. */
const LEFT_BEHIND_MS = 30_000;
let worlds = 0;

export class ApprovalWorld {
  readonly clock = createManualClock();
  readonly directory = createFakeDirectory();
  /** What was acted on, in order. */
  readonly acts: string[] = [];
  readonly #database: Database;
  readonly #teamId: string;
  readonly #said = new Map<string, Said>();
  #ports: EnginePorts;
  #needed = 2;
  #frozenUntil = 0;
  #workers = 0;

  constructor(database: Database) {
    worlds += 1;
    this.#teamId = `TMODEL${worlds}`;
    this.#database = database;
    this.directory.setGroup("S0SRE", GROUP);
    this.#ports = this.#open();
  }

  /** A process that is started: nothing is left of the one before but what is in the database. */
  #open(): EnginePorts {
    return {
      ...openStores(this.#database),
      reminders: createReminderStore(this.#database),
      stepUps: createStepUpStore(this.#database),
      directory: this.directory,
      registry: this.#registry(null),
      policy: this.#policy(),
      playbooks: [],
      secrets: createMemorySecretBox(),
      redactor: createSecretRedactor([]),
      clock: this.clock,
      calendar: cronCalendar,
      ids: randomIds,
      sha256,
    };
  }

  #policy() {
    const rule = aRule([aClause(this.#needed, "sre")], {
      denyAt: DENY_AT,
      approveWithinMs: APPROVE_WITHIN_MS,
      startWithinMs: START_WITHIN_MS,
    });
    const { approval } = anEnvironment();
    const policy = aPolicy({ version: `needs-${this.#needed}`, teamId: null });
    const when = { kind: "once", from: 0, until: this.#frozenUntil } as const;
    const freeze = {
      name: "freeze",
      environments: ["production"],
      reason: "quiet",
      breakGlass: false,
    };
    return {
      ...policy,
      freezes: [{ ...freeze, risks: ["destructive" as const], when }],
      environments: {
        production: anEnvironment({ approval: { ...approval, destructive: rule } }),
      },
      limits: { ...policy.limits, pendingPlansPerRequester: 1_000 },
    };
  }

  #registry(process: MortalProcess | null): Registry {
    const operations = toyOperations({ runs: this.acts, previews: [] });
    return createRegistry(
      operations.map((operation) => ({
        ...operation,
        run: async (input, context) => {
          await process?.step();
          const result = await operation.run(input, context);
          await process?.step();
          return result;
        },
      })),
    );
  }

  require(needed: number): void {
    this.#needed = needed;
    this.#ports = { ...this.#ports, policy: this.#policy() };
  }

  freeze(until: number): void {
    this.#frozenUntil = until;
    this.#ports = { ...this.#ports, policy: this.#policy() };
  }

  sweep(): Promise<number> {
    return expirePlans(this.#ports);
  }

  /** Slack delivers it, maybe not for the first time. */
  async hear(said: Said, crash: Crash): Promise<void> {
    const request: InboundRequest = {
      id: `${this.#teamId}-${said.id}`,
      kind: "action",
      teamId: this.#teamId,
      userId: said.userId,
      payload: {},
      receivedAt: this.clock.now(),
    };
    this.#said.set(request.id, said);
    const { inbox } = openStores(this.#database);
    if ((await inbox.record(request)) === "new") await this.#workOn(request, crash);
  }

  /** What a dead process left is taken up again. */
  async restart(): Promise<void> {
    this.#ports = this.#open();
    this.clock.advance(LEFT_BEHIND_MS);
    const { inbox } = openStores(this.#database);
    const left = await inbox.unfinished(this.clock.now(), LEFT_BEHIND_MS, 1_000);
    for (const request of left)
      if (request.teamId === this.#teamId) await this.#workOn(request, null);
  }

  async #workOn(request: InboundRequest, crash: Crash): Promise<void> {
    const said = this.#said.get(request.id);
    if (said === undefined) throw new Error(`nobody said ${request.id}`);
    const ports = { ...this.#ports, plans: mortal(this.#ports.plans, crash) };
    try {
      await this.#perform(ports, said, request);
      if (crash !== null) return;
      await openStores(this.#database).inbox.finish(request.id, "done", null, this.clock.now());
    } catch (error) {
      if (!(error instanceof Died)) throw error;
    }
  }

  async #perform(ports: EnginePorts, said: Said, request: InboundRequest): Promise<void> {
    const { teamId, id: requestId, receivedAt } = request;
    const conversation = {
      id: `cv-${requestId}`,
      teamId,
      channelId: "C0OPS",
      threadTs: null,
      words: "please",
      permalink: null,
    };
    const { userId } = said;
    const asker: Asker = { teamId, userId, requestId, receivedAt, entry: "button", conversation };
    if (said.wish === "file") {
      await filePlan(ports, asker, planSource("toy.destroy", { name: said.content }));
      return;
    }
    const planId = (await this.#planIds())[said.plan];
    if (planId === undefined) return;
    switch (said.wish) {
      case "edit": {
        const source = planSource("toy.destroy", { name: said.content });
        await editPlan(ports, asker, { planId, fromVersion: said.from, ...source });
        return;
      }
      case "vote": {
        const { version: planVersion, choice } = said;
        const vote = { planId, planVersion, choice, reason: "because", viewHash: null };
        await castVote(ports, asker, vote);
        return;
      }
      case "withdraw":
        await withdrawPlan(ports, asker, { planId, reason: null });
        return;
      case "resume": {
        const run = await ports.runs.byPlan(planId);
        if (run !== null) await controlRun(ports, asker, { runId: run.runId, request: "resume" });
      }
    }
  }

  async #planIds(): Promise<readonly string[]> {
    const rows = await this.#database.query<{ id: string }>(
      "select id from plans where team_id = $1 order by filed_at, id",
      [this.#teamId],
    );
    return rows.map(({ id }) => id);
  }

  async plans(): Promise<readonly PlanRecord[]> {
    const records = (await this.#planIds()).map((id) => this.#ports.plans.get(id));
    return (await Promise.all(records)).filter((record) => record !== null);
  }

  status(record: PlanRecord): string {
    return effectiveStatus(record, this.clock.now());
  }

  /** A worker comes by, ten minutes later, and drives what it finds until it is blocked, has ended, or is dead. */
  async work(diesAt: number): Promise<void> {
    this.clock.advance(ROUND_MS);
    const death = Promise.withResolvers<null>();
    const process = new MortalProcess({ diesAt, onDeath: () => death.resolve(null) });
    const runs = process.runs(openStores(this.#database).runs);
    this.#workers += 1;
    const owner = `${this.#teamId}-${this.#workers}`;
    const living = <T>(work: Promise<T>) => Promise.race([work, death.promise]);
    const claimed = await living(runs.claim(owner, 100, LEASE_MS, this.clock.now()));
    for (const run of claimed ?? [])
      if (run.teamId === this.#teamId)
        await living(
          driveRun({ ...this.#ports, runs, registry: this.#registry(process) }, run, {
            mayStart: () => process.alive,
            report: (error) => {
              throw error;
            },
          }),
        );
  }

  /** The run waits for a person to say that it may look again. */
  async isHeld(plan: number): Promise<boolean> {
    const planId = (await this.#planIds())[plan];
    const view = planId === undefined ? null : await this.#ports.runs.byPlan(planId);
    if (view === null) return false;
    const { status, lookAgainAt } = foldRun(view.plan, view.events);
    return status === "held" && lookAgainAt === null;
  }

  /** Calls that were begun and whose end nobody knows, without anybody having been told. */
  async unexplained(): Promise<readonly string[]> {
    const found: string[] = [];
    for (const record of await this.plans()) {
      const view = await this.#ports.runs.byPlan(record.id);
      const kinds = (view?.events ?? []).map(({ event }) => event.kind);
      const begun = kinds.filter((kind) => kind === "attempt.started").length;
      const ended = kinds.filter((kind) => /^attempt\.(succeeded|failed|unknown)$/.test(kind));
      if (begun !== ended.length) found.push(`${record.id}: ${kinds.join(" ")}`);
    }
    return found;
  }

  /** Out of the way of the histories after this one, which share its database. */
  async leave(): Promise<void> {
    const team = [this.#teamId];
    await this.#database.query("update runs set claimable_at = null where team_id = $1", team);
    await this.#database.query("update plans set attention_at = null where team_id = $1", team);
    await this.#database.query("update inbox set outcome = 'done' where team_id = $1", team);
  }
}

/** A store whose process dies at its first write. */
function mortal(plans: PlanStore, crash: Crash): PlanStore {
  if (crash === null) return plans;
  const dying = async <T>(write: () => Promise<T>): Promise<T> => {
    if (crash === "after") await write();
    throw new Died(crash);
  };
  return {
    ...plans,
    file: (...args) => dying(() => plans.file(...args)),
    change: (...args) => dying(() => plans.change(...args)),
  };
}
