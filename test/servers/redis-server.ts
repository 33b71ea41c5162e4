// The Redis of a test run: the one at REDIS_URL, else a `redis-server` program, else the emulation in
// `js-redis-server`, which runs BullMQ whole but some fifty times slower.
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { freePort, startServer, type RunningServer } from "./server-process.ts";

/** What a Redis of our own is started with. */
export type RedisProgram = "redis-server" | "js-redis-server";

export type RedisServer = {
  readonly url: string;
  /** What further servers are to be started with. */
  readonly program: RedisProgram;
  readonly description: string;
  stop(): Promise<void>;
};

/** Gives the Redis at `redisUrl`, or starts one when there is no address. */
export async function openRedis(redisUrl: string | undefined): Promise<RedisServer> {
  const version = installedVersion();
  const program = version === undefined ? "js-redis-server" : "redis-server";
  if (redisUrl) {
    const { hostname, port } = new URL(redisUrl);
    const description = `REDIS_URL, ${hostname}:${port || "6379"}`;
    return { url: redisUrl, program, description, stop: () => Promise.resolve() };
  }
  const port = await freePort();
  const server = await launchRedis(program, port);
  return {
    url: redisUrlAt(port),
    program,
    description: `${program}${version === undefined ? "" : ` ${version}`}, on port ${port}`,
    stop: () => server.stop("SIGTERM"),
  };
}

/** Starts a Redis that keeps nothing on disk and refuses to evict, as BullMQ needs. */
export function launchRedis(program: RedisProgram, port: number): Promise<RunningServer> {
  if (program === "js-redis-server") {
    // Its exports name the library only; the command lies beside it.
    const library = createRequire(import.meta.url).resolve("js-redis-server");
    const command = path.join(path.dirname(library), "cli.js");
    return startServer({
      command: process.execPath,
      args: [command, "--port", String(port)],
      ready: /listening at/,
    });
  }
  const settings = ["--bind", "127.0.0.1", "--port", String(port), "--dir", tmpdir()];
  const memory = ["--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction"];
  return startServer({
    command: "redis-server",
    args: [...settings, ...memory],
    ready: /Ready to accept connections/,
  });
}

export function redisUrlAt(port: number): string {
  return `redis://127.0.0.1:${port}`;
}

/** The version of the `redis-server` on the PATH, or undefined when there is none. */
function installedVersion(): string | undefined {
  try {
    const line = execFileSync("redis-server", ["--version"], { encoding: "utf8" });
    return /v=(\S+)/.exec(line)?.[1] ?? "(unknown version)";
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
