// Says where the figures come from: without the machine and the versions a figure means nothing.

import { cpus, loadavg, totalmem } from "node:os";
import { Redis } from "ioredis";
import postgres from "postgres";
import type { Servers } from "./servers.ts";

export async function describeMachine({ databaseUrl, redisUrl }: Servers): Promise<string> {
  const processors = cpus();
  const gigabytes = (totalmem() / 2 ** 30).toFixed(1);
  return [
    `machine   ${processors.length} x ${processors[0]?.model ?? "unknown processor"}, ${gigabytes} GB, load ${loadavg()[0]?.toFixed(1)} at the start`,
    `software  Node ${process.versions.node}, ${await describePostgres(databaseUrl)}, ${await describeRedis(redisUrl)}`,
  ].join("\n");
}

async function describePostgres(url: string): Promise<string> {
  const sql = postgres(url, { max: 1 });
  try {
    const settings = await sql<{ name: string; setting: string }[]>`
      SELECT name, setting FROM pg_settings WHERE name IN ('server_version', 'fsync', 'synchronous_commit')`;
    const of = (name: string) => settings.find((row) => row.name === name)?.setting ?? "unknown";
    return `PostgreSQL ${of("server_version")} (fsync ${of("fsync")}, synchronous_commit ${of("synchronous_commit")})`;
  } finally {
    await sql.end();
  }
}

async function describeRedis(url: string): Promise<string> {
  const redis = new Redis(url, { maxRetriesPerRequest: 1 });
  try {
    const version = /redis_version:(\S+)/.exec(await redis.info("server"))?.[1] ?? "unknown";
    const appendOnly = /aof_enabled:1/.test(await redis.info("persistence"));
    return `Redis ${version} (append-only file ${appendOnly ? "on" : "off"})`;
  } finally {
    redis.disconnect();
  }
}
