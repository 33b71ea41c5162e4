// One program in a process group of its own, without a shell, until it ends or is ended.
// Knows no plan and judges no exit code.

import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";

export type ProgramCall = {
  readonly path: string;
  readonly arguments: readonly string[];
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly stdin: string;
  readonly graceMs: number;
};

/** `stopped`: it had been asked to end by then, and may have exited with a code of its own choice. */
export type ProgramEnd =
  | { readonly how: "exit"; readonly code: number; readonly stopped: boolean }
  | { readonly how: "signal"; readonly signal: string; readonly stopped: boolean }
  /** It ignored every signal: it may still be running. */
  | { readonly how: "lost"; readonly stopped: true };

/**
 * Runs it and hands on what it writes. When `stop` aborts, the group is asked to end and then ended.
 * After the program itself has ended, what it left behind in its group is ended, too: a grandchild
 * holding the output open can't keep this waiting.
 * @throws {Error} with Node's code when the program could not be started.
 */
export async function runProgram(
  call: ProgramCall,
  stop: AbortSignal,
  write: (stream: "stdout" | "stderr", text: string) => void,
): Promise<ProgramEnd> {
  const child = spawn(call.path, call.arguments, {
    cwd: call.directory,
    env: { ...call.environment },
    shell: false,
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
  });
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const ended = new Promise<ProgramEnd>((resolve) => {
    child.once("exit", (code, signal) => {
      const stopped = stop.aborted;
      if (code === null) resolve({ how: "signal", signal: signal ?? "", stopped });
      else resolve({ how: "exit", code, stopped });
    });
  });
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", () => resolve()).once("error", reject);
  });

  child.stdout.setEncoding("utf8").on("data", (text: string) => write("stdout", text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => write("stderr", text));
  // A program that reads nothing closes its end; that is no failure of it.
  child.stdin.on("error", () => child.stdin.destroy()).end(call.stdin);

  const settled = new AbortController();
  try {
    const end = await Promise.race([
      ended,
      endedByForce(child, stop, call.graceMs, settled.signal),
    ]);
    await Promise.race([closed, passed(call.graceMs, settled.signal)]);
    return end;
  } finally {
    settled.abort();
    signalGroup(child, "SIGKILL");
    child.stdout.destroy();
    child.stderr.destroy();
    child.stdin.destroy();
  }
}

/** Settles only when the program outlives even SIGKILL by the grace period. */
async function endedByForce(
  child: ChildProcess,
  stop: AbortSignal,
  graceMs: number,
  settled: AbortSignal,
): Promise<ProgramEnd> {
  await aborted(stop, settled);
  if (!settled.aborted) {
    signalGroup(child, "SIGTERM");
    if (await passed(graceMs, settled)) signalGroup(child, "SIGKILL");
    await passed(graceMs, settled);
  }
  return { how: "lost", stopped: true };
}

function aborted(stop: AbortSignal, settled: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const either = AbortSignal.any([stop, settled]);
    if (either.aborted) resolve();
    else either.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** False when everything was settled earlier. */
async function passed(delayMs: number, settled: AbortSignal): Promise<boolean> {
  try {
    await pause(delayMs, undefined, { signal: settled });
    return true;
  } catch (error) {
    if (settled.aborted) return false;
    throw error;
  }
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : null;
    // Nobody is left in the group, or only another user's process that was started by a setuid program.
    if (code !== "ESRCH" && code !== "EPERM") throw error;
  }
}
