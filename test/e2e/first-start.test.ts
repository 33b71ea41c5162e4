// The first start of a stranger: no token, no database, no Redis, nothing but Node. People are played through
// the page's own interface.

import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCommand, spawnProgram } from "./support/program.ts";
import type { RunningProcess } from "./support/program.ts";
import { until } from "#test/until.ts";

const PLAYGROUND_CONFIG = new URL("../../src/playground/countersign.yml", import.meta.url).pathname;
const ADDRESS = /running in its playground: (http:\/\/127\.0\.0\.1:\d+)/;

let directory: string;
const environment = () => ({ HOME: directory, PORT: "0" });

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "countersign-first-start-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

test("start needs nothing, keeps its data between starts, and lets no second process at it", async ({
  onTestFinished,
}) => {
  const start = async (): Promise<RunningProcess> => {
    const running = await spawnProgram(["start"], environment(), { directory, address: ADDRESS });
    onTestFinished(async () => void (await running.end("SIGKILL")));
    await ready(running);
    return running;
  };
  const first = await start();
  expect(await (await fetch(first.url)).text()).toContain("<title>");
  expect(await readdir(directory)).toEqual([".countersign"]);
  await act(first, "slash", {
    user: "rita",
    channel: "#ops-production",
    text: "/ops run restart-fleet",
  });
  const card = await message(first, "Waiting for approval");

  const second = await runCommand(["start"], environment(), directory);
  expect(second.code).toBe(1);
  expect(second.output).toContain(`Process ${first.pid} has the embedded database`);
  expect(second.output).toContain("DATABASE_URL");
  expect(second.output).not.toMatch(/\n\s+at /);
  const list = () => runCommand(["run", "list"], listing(), directory);
  const refused = await list();
  expect(refused.code).toBe(1);
  expect(refused.output).toContain(`Process ${first.pid} has the embedded database`);
  expect(refused.output).toContain("use Slack or the playground's page");

  expect(await first.end("SIGTERM")).toEqual({ code: 0, signal: null });
  const again = await start();
  await act(again, "click", {
    user: "ann",
    channel: "#ops-production",
    ts: card.ts,
    text: "Approve",
  });
  expect((await message(again, "Started")).ts).toBe(card.ts);
  await message(again, "Completed", card.ts);
  expect(await again.end("SIGINT")).toEqual({ code: 0, signal: null });
  expect(await auditVerify()).toMatchObject({ code: 0 });
  expect(await list()).toMatchObject({
    code: 0,
    output: expect.stringContaining("No run is under way") as string,
  });
}, 120_000);

function listing() {
  return { ...environment(), COUNTERSIGN_CONFIG: PLAYGROUND_CONFIG };
}

function auditVerify() {
  return runCommand(["audit", "verify"], listing(), directory);
}

async function act({ url }: RunningProcess, name: string, body: object): Promise<void> {
  const answer = await fetch(`${url}/playground/api/${name}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  expect(await answer.json()).toMatchObject({ kind: "acknowledged" });
}

/** The first message of the channel, or of a thread in it, whose text starts so. */
function message(
  { url }: RunningProcess,
  start: string,
  threadTs?: string,
): Promise<{ readonly ts: string; readonly text: string }> {
  const place = {
    user: "rita",
    channel: "C0PRODUCTION",
    ...(threadTs !== undefined && { ts: threadTs }),
  };
  const what = threadTs === undefined ? "channel" : "thread";
  return until(`a message that starts with ${start}`, async () => {
    const answer = await fetch(
      `${url}/playground/api/${what}?${new URLSearchParams(place).toString()}`,
    );
    const { messages } = (await answer.json()) as { messages: { ts: string; text: string }[] };
    return messages.find(({ text }) => text.startsWith(start));
  });
}

async function ready(running: RunningProcess): Promise<void> {
  const health = await until(
    "the address of its health",
    () => /Health: (\S+)/.exec(running.output())?.[1],
  );
  await until("readiness", async () => (await fetch(health)).ok);
}
