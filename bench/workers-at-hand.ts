// Starts worker processes and listens to them. Ends only what it started.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Dispatch } from "./engine.ts";
import type { Servers } from "./servers.ts";

const PROGRAM = fileURLToPath(new URL("worker-process.ts", import.meta.url));

export type WorkerProcess = {
  readonly go: () => void;
  /** Resolves when it has taken this many runs since it was started. */
  readonly claimed: (runs: number) => Promise<void>;
  /** Resolves when it has said this line: what no two runs say. */
  readonly said: (line: string) => Promise<void>;
  readonly kill: () => Promise<void>;
  readonly end: () => Promise<void>;
};

/** Resolves once the process has opened everything it needs. */
export async function startWorker(
  { databaseUrl, redisUrl }: Servers,
  of: {
    readonly dispatch: Dispatch;
    readonly prefix: string;
    readonly owner: string;
    readonly concurrency: number;
  },
): Promise<WorkerProcess> {
  const child = spawn(
    process.execPath,
    [PROGRAM, JSON.stringify({ databaseUrl, redisUrl, ...of })],
    {
      stdio: ["pipe", "pipe", "inherit"],
    },
  );
  const killNow = (): void => void child.kill("SIGKILL");
  process.once("exit", killNow);
  const closed = once(child, "close");
  const ready = Promise.withResolvers<void>();
  const lines = new Map<string, PromiseWithResolvers<void>>();
  const entryOf = (line: string): PromiseWithResolvers<void> => {
    const entry = lines.get(line) ?? Promise.withResolvers<void>();
    lines.set(line, entry);
    return entry;
  };
  let taken = 0;
  let onTaken: () => void = () => undefined;
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (line === "ready") ready.resolve();
    if (/^(began|stopped) /.test(line)) entryOf(line).resolve();
    const runs = /^claimed (\d+)$/.exec(line)?.[1];
    taken += Number(runs ?? 0);
    onTaken();
  });
  await Promise.race([
    ready.promise,
    closed.then(() => {
      throw new Error("a worker process ended before it was ready");
    }),
  ]);
  return {
    go: () => void child.stdin.write("go\n"),
    claimed: (runs) =>
      new Promise((resolve) => {
        onTaken = () => {
          if (taken >= runs) resolve();
        };
        onTaken();
      }),
    said: (line) => entryOf(line).promise,
    async kill() {
      killNow();
      await closed;
      process.off("exit", killNow);
    },
    async end() {
      child.stdin.end();
      await closed;
      process.off("exit", killNow);
    },
  };
}
