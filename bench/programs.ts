// The program and its local Slack as processes of their own, started the way people start them, so that what
// is measured shares no event loop with who measures. Ends only what it started.

import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));

/** The playground's own configuration: its people and channels, targets on this machine only. */
export const PLAYGROUND_CONFIG = fileURLToPath(
  new URL("../src/playground/countersign.yml", import.meta.url),
);

const READY_WITHIN_MS = 30_000;
const STOP_WITHIN_MS = 10_000;

export type RunningProgram = {
  /** What `find` found in the output. */
  readonly found: RegExpMatchArray;
  readonly output: () => string;
  readonly stop: () => Promise<void>;
};

/** Starts `countersign <args>` and resolves once its output matches `ready`. */
export async function startProgram(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  ready: RegExp,
): Promise<RunningProgram> {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { PATH: process.env["PATH"] ?? "", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const kill = (): void => void child.kill("SIGKILL");
  process.once("exit", kill);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    // Only the beginning is kept: a program under load may log a lot.
    stream
      .setEncoding("utf8")
      .on("data", (text: string) => (output = (output + text).slice(0, 100_000)));
  }
  const found = await readyMatch(child, () => ready.exec(output)).catch((error: unknown) => {
    kill();
    throw new Error(`countersign ${args.join(" ")} did not start:\n${output}`, { cause: error });
  });
  return {
    found,
    output: () => output,
    async stop() {
      process.off("exit", kill);
      if (child.exitCode !== null) return;
      const timer = setTimeout(kill, STOP_WITHIN_MS);
      child.kill("SIGTERM");
      await once(child, "close");
      clearTimeout(timer);
    },
  };
}

async function readyMatch(
  child: ChildProcess,
  look: () => RegExpMatchArray | null,
): Promise<RegExpMatchArray> {
  const tooLate = AbortSignal.timeout(READY_WITHIN_MS);
  return new Promise((resolve, reject) => {
    const see = (): void => {
      const found = look();
      if (found !== null) resolve(found);
    };
    child.stdout?.on("data", see);
    child.once("close", (code) => reject(new Error(`it ended with ${code}`)));
    tooLate.addEventListener("abort", () =>
      reject(new Error(`nothing within ${READY_WITHIN_MS} ms`)),
    );
  });
}
