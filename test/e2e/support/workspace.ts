// Everything around the program: a local Slack, an imaginary fleet, a target that remembers, a database, a
// Redis, and a configuration file that names them. And the processes started in it, ended with it.

import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import postgres from "postgres";
import { startInfrastructure } from "#playground/infrastructure/start-infrastructure.ts";
import type { Infrastructure } from "#playground/infrastructure/start-infrastructure.ts";
import type { Seed } from "#playground/seed.ts";
import { startPlayground } from "#playground/server.ts";
import type { Playground } from "#playground/server.ts";
import { PATIENT_TRIGGERS_MS } from "#test/builders/hurried.ts";
import { createTestDatabase } from "#test/servers/postgres.ts";
import { createTestRedis } from "#test/servers/redis.ts";
import type { TestRedis } from "#test/servers/redis.ts";
import { configurationText } from "./configuration.ts";
import type { JumpingClock } from "./jumping-clock.ts";
import { startTarget } from "./target.ts";
import type { Target } from "./target.ts";

export type Workspace = {
  readonly slack: Playground;
  readonly infrastructure: Infrastructure;
  readonly target: Target;
  readonly redis: TestRedis;
  /** For looking at, never for changing what the program decides. */
  readonly sql: postgres.Sql;
  /** What a process of this workspace is started with; the transport is added by whoever starts it. */
  readonly environment: Readonly<Record<string, string>>;
  readonly clock: JumpingClock | null;
  /** Ended before everything else, last first. */
  onClose(end: () => Promise<void>): void;
  close(): Promise<void>;
};

export type WorkspaceOptions = {
  /** A database of the test's own, which it removes itself; otherwise a clone of the migrated template. */
  readonly databaseUrl?: string;
  readonly seed?: Seed;
  readonly clock?: JumpingClock;
  /** Lines put in place of those of the default configuration, by section. */
  readonly config?: Parameters<typeof configurationText>[0];
};

const PLAYBOOKS = fileURLToPath(new URL("../../../playbooks", import.meta.url));

export async function startWorkspace(options: WorkspaceOptions = {}): Promise<Workspace> {
  const endings: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    const failures: unknown[] = [];
    for (const end of endings.splice(0).toReversed())
      await end().catch((error: unknown) => failures.push(error));
    if (failures.length > 0)
      throw new AggregateError(failures, "the workspace did not close in order");
  };
  const opened = <T>(part: T, end: () => Promise<unknown>): T => {
    endings.push(end);
    return part;
  };
  try {
    const [database, redis, directory] = await Promise.all([
      options.databaseUrl === undefined
        ? createTestDatabase()
        : { url: options.databaseUrl, drop: () => Promise.resolve() },
      createTestRedis(),
      mkdtemp(join(tmpdir(), "countersign-e2e-")),
    ]);
    opened(directory, () => rm(directory, { recursive: true, force: true }));
    opened(redis, () => redis.stop());
    opened(database, () => database.drop());
    const sql = postgres(database.url, { max: 1, types: { bigint: postgres.BigInt } });
    opened(sql, () => sql.end());
    const [slack, infrastructure, target] = await Promise.all([
      startPlayground({
        triggerLifetimeMs: PATIENT_TRIGGERS_MS,
        ...(options.seed !== undefined && { seed: options.seed }),
        ...(options.clock !== undefined && { clock: options.clock.playground }),
      }),
      startInfrastructure(),
      startTarget(),
    ]);
    opened(slack, () => slack.close());
    opened(infrastructure, () => infrastructure.close());
    opened(target, () => target.close());
    const config = join(directory, "countersign.yml");
    await writeFile(config, configurationText({ ...options.config, playbooks: PLAYBOOKS }));
    return {
      slack,
      infrastructure,
      target,
      redis,
      sql,
      clock: options.clock ?? null,
      environment: {
        SLACK_BOT_TOKEN: slack.credentials.botToken,
        SLACK_SIGNING_SECRET: slack.credentials.signingSecret,
        SLACK_API_URL: slack.apiUrl,
        DATABASE_URL: database.url,
        REDIS_URL: redis.url,
        PORT: "0",
        COUNTERSIGN_CONFIG: config,
        COUNTERSIGN_DATA: join(directory, "data"),
        COUNTERSIGN_SECRET_KEY: randomBytes(32).toString("base64"),
        LOG_LEVEL: "warn",
        AWS_ENDPOINT_URL: infrastructure.ec2Url,
        AWS_ACCESS_KEY_ID: "imaginary",
        AWS_SECRET_ACCESS_KEY: "imaginary",
        AWS_EC2_METADATA_DISABLED: "true",
      },
      onClose: (end) => void endings.push(end),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
