// The first start of a stranger: no token, no database, no Redis, nothing but Node.

import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCommand, spawnProgram } from "./support/program.ts";
import type { RunningProcess } from "./support/program.ts";
import { until } from "./support/until.ts";

let directory: string;
const environment = () => ({ HOME: directory, PORT: "0" });
const address = /running in its playground: (http:\/\/127\.0\.0\.1:\d+)/;
const start = (): Promise<RunningProcess> =>
  spawnProgram(["start"], environment(), { directory, address });

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "countersign-first-start-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

test("start prints where it is, works, refuses a second one on its data, stops in order and keeps its data", async ({
  onTestFinished,
}) => {
  const first = await start();
  onTestFinished(async () => void (await first.end("SIGKILL")));
  expect(await (await fetch(first.url)).text()).toContain("<title>");
  expect(await readyAt(first)).toContain('"ready"');
  expect(await readdir(directory)).toEqual([".countersign"]);

  const second = await runCommand(["start"], environment(), directory);
  expect(second.code).not.toBe(0);
  expect(second.output).toContain(`Process ${first.pid} has the embedded database`);
  expect(second.output).toContain("DATABASE_URL");
  expect(second.output).not.toMatch(/\n\s+at /);

  await first.end("SIGTERM").then((ended) => expect(ended).toEqual({ code: 0, signal: null }));
  const again = await start();
  onTestFinished(async () => void (await again.end("SIGKILL")));
  expect(await readyAt(again)).toContain('"ready"');
  expect(await again.end("SIGINT")).toEqual({ code: 0, signal: null });
  const audit = await runCommand(
    ["audit", "verify"],
    { ...environment(), COUNTERSIGN_CONFIG: PLAYGROUND_CONFIG },
    directory,
  );
  expect(audit).toMatchObject({ code: 0 });
});

const PLAYGROUND_CONFIG = new URL("../../src/playground/countersign.yml", import.meta.url).pathname;

async function readyAt(running: RunningProcess): Promise<string> {
  const health = await until(
    "the address of its health",
    () => /Health: (\S+)/.exec(running.output())?.[1],
  );
  return until("readiness", async () => {
    const answer = await fetch(health);
    return answer.ok && (await answer.text());
  });
}
