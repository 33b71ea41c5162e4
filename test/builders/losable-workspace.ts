// A workspace whose services can be lost, one at a time, and come back.

import postgres from "postgres";
import type { Database } from "#adapters/postgres/database.ts";
import { openBotWorkspace, playgroundPolicy } from "./bot-workspace.ts";
import type { BotWorkspace } from "./bot-workspace.ts";
import type { Service } from "./fault-rows.ts";

/** What of Slack's methods is lost with each service. */
const METHODS = {
  slack: ["chat.postMessage", "chat.postEphemeral", "chat.update"],
  directory: ["users.info", "usergroups.users.list"],
} as const;

/** What the policy is while it can't be worked out. */
const BROKEN = { name: "broken", match: { when: "plan.no.such" }, forbid: null, terms: {} };

export class LosableWorkspace {
  readonly lost = new Set<Service>();
  /** Calls that Postgres did not answer since it was lost. */
  failures = 0;
  #ends: (() => void)[] = [];
  readonly #opened: { readonly bot: BotWorkspace; readonly sql: postgres.Sql }[] = [];

  async open(): Promise<void> {
    const { lost } = this;
    const { limits, ...policy } = playgroundPolicy();
    const bot = await openBotWorkspace("http", false, {
      policy: {
        ...policy,
        limits: { ...limits, pendingPlansPerRequester: 100 },
        get policies() {
          return lost.has("policy") ? [BROKEN] : [];
        },
      },
      around: {
        database: (opened) => this.#mayBeLost(opened),
        // What the real one answers without its Redis is in its contract (test/contract/dispatcher-bullmq.test.ts).
        dispatcher: (opened) => ({
          ...opened,
          ring: async (...given) => !lost.has("redis") && opened.ring(...given),
        }),
      },
    });
    this.#opened.push({ bot, sql: postgres(bot.databaseUrl, { max: 1 }) });
  }

  async close(): Promise<void> {
    for (const { bot, sql } of this.#opened) {
      await sql.end();
      await bot.close();
    }
  }

  get bot(): BotWorkspace {
    return this.#parts().bot;
  }

  /** Past the wrapped stores: sees also what is lost to them. */
  get sql(): postgres.Sql {
    return this.#parts().sql;
  }

  #parts(): { readonly bot: BotWorkspace; readonly sql: postgres.Sql } {
    const [parts] = this.#opened;
    if (parts === undefined) throw new Error("the workspace is not open yet");
    return parts;
  }

  lose(service: Service): void {
    this.lost.add(service);
    const methods = service === "slack" || service === "directory" ? METHODS[service] : [];
    const { faults } = this.bot.playground;
    this.#ends = methods.map((method) =>
      faults.always(method, { kind: "api-error", error: "internal_error" }),
    );
  }

  back(): void {
    this.lost.clear();
    this.failures = 0;
    for (const end of this.#ends) end();
    this.#ends = [];
  }

  #mayBeLost(opened: Database): Database {
    const reach = <T>(act: () => Promise<T>): Promise<T> => {
      if (!this.lost.has("postgres")) return act();
      this.failures += 1;
      return Promise.reject(new Error("connect ECONNREFUSED"));
    };
    return {
      ...opened,
      query: (...given) => reach(() => opened.query(...given)),
      rows: (...given) => reach(() => opened.rows(...given)),
      transaction: (work) => reach(() => opened.transaction(work)),
    };
  }
}
