// A worker as a process of its own, to be killed or to be one of several. Opens everything, says "ready", starts
// when it is told "go", says "claimed <runs>" for what it takes, "began <run>" and "stopped <run>" of steps that go on until they are
// stopped, and ends when its input does.

import { createInterface } from "node:readline";
import { openEngine } from "./engine.ts";
import type { Dispatch } from "./engine.ts";
import { hearHolds } from "./plans.ts";

const settings = JSON.parse(process.argv[2] ?? "{}") as {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly dispatch: Dispatch;
  readonly prefix: string;
  readonly owner: string;
  readonly concurrency: number;
};

const engine = await openEngine(settings, settings.dispatch, {
  ...settings,
  onClaim: (runIds) => {
    if (runIds.length > 0) say(`claimed ${runIds.length}`);
  },
});
hearHolds((what, runId) => say(`${what} ${runId}`));
say("ready");
for await (const line of createInterface({ input: process.stdin })) {
  if (line === "go") await engine.start();
}
await engine.close();

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
