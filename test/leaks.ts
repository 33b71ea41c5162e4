// Fails a test file that leaves something behind: a database, a connection, a timer, a socket, a
// process. Registered before the file's own hooks, so it looks last, after the file has cleaned up.
import { setTimeout as delay } from "node:timers/promises";
import { afterAll } from "vitest";
import { dropForgottenDatabases } from "./servers/postgres.ts";

/** Vitest's own: its channel to the main process and the output it forwards. */
const allowed = new Set(["PipeWrap", "MessagePort", "TTYWrap", "FSReqPromise", "FSReqCallback"]);

const before = activeResources();

afterAll(async () => {
  const forgotten = await dropForgottenDatabases();
  const left = await resourcesLeft();
  if (forgotten > 0) throw new Error(`${forgotten} test database(s) not dropped`);
  if (left.length > 0) throw new Error(`left behind: ${left.join(", ")}`);
});

/** What is there now that was not there before the file, given a moment to close. */
async function resourcesLeft(): Promise<string[]> {
  const deadline = performance.now() + 2_000;
  for (;;) {
    const left: string[] = [];
    for (const [kind, count] of activeResources()) {
      const extra = count - (before.get(kind) ?? 0);
      if (extra > 0) left.push(`${extra} ${kind}`);
    }
    if (left.length === 0 || performance.now() > deadline) return left;
    await delay(20);
  }
}

function activeResources(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) {
    if (!allowed.has(kind)) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return counts;
}
