// The program itself: as a process of its own, the way people start it, or opened inside the test where the
// test must move its clock. Ends only what it started.

import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { loadConfig } from "../../../src/config.ts";
import { openProgram } from "../../../src/wiring/open-program.ts";
import type { Half, Program } from "../../../src/wiring/open-program.ts";
import { HURRIED } from "#test/builders/hurried.ts";
import { until } from "#test/until.ts";
import type { Workspace } from "./workspace.ts";

const MAIN = fileURLToPath(new URL("../../../src/main.ts", import.meta.url));

/** Compiling the same sources for each process would take longer than most tests. */
const COMPILE_CACHE = fileURLToPath(
  new URL("../../../node_modules/.cache/countersign-e2e", import.meta.url),
);
/** A machine with two busy cores starts six processes at once in less. */
const STARTED_WITHIN_MS = 60_000;

export type Transport = "http" | "socket";

export type RunningProcess = {
  readonly pid: number;
  /** Where it listens. */
  readonly url: string;
  /** All that it printed, for error messages. */
  output(): string;
  /** Sends the signal and resolves with how it ended. */
  end(
    signal: NodeJS.Signals,
  ): Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
};

/** Whatever happens to the test, nothing it started stays. */
const living = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of living) child.kill("SIGKILL");
});

/** Starts `countersign <args>` and resolves when the line with its address is printed. */
export async function spawnProgram(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  options: { readonly directory?: string; readonly address?: RegExp } = {},
): Promise<RunningProcess> {
  const { child, printed, ended } = launch(args, environment, options.directory);
  const address = options.address ?? /(http:\/\/127\.0\.0\.1:\d+)/;
  const url = await until(
    `countersign ${args.join(" ")} to print its address`,
    () => {
      if (child.exitCode !== null)
        throw new Error(`countersign ${args.join(" ")} ended:\n${printed()}`);
      return address.exec(printed())?.[1];
    },
    STARTED_WITHIN_MS,
  ).catch((error: unknown) => {
    child.kill("SIGKILL");
    throw error;
  });
  return {
    pid: child.pid ?? 0,
    url,
    output: printed,
    end(signal) {
      child.kill(signal);
      return ended;
    },
  };
}

/** Runs `countersign <args>` to its end. */
export async function runCommand(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  directory?: string,
): Promise<{ readonly code: number | null; readonly output: string }> {
  const { printed, ended } = launch(args, environment, directory);
  const { code } = await ended;
  return { code, output: printed() };
}

function launch(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  directory?: string,
) {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { PATH: process.env["PATH"] ?? "", NODE_COMPILE_CACHE: COMPILE_CACHE, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
    ...(directory !== undefined && { cwd: directory }),
  });
  living.add(child);
  const output: string[] = [];
  child.stdout.setEncoding("utf8").on("data", (text: string) => output.push(text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => output.push(text));
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once("close", (code, signal) => {
      living.delete(child);
      resolve({ code, signal });
    });
  });
  return { child, printed: () => output.join(""), ended };
}

/** Starts a process of the workspace, tells Slack where it is, and waits until it is ready. */
export async function startProcess(
  workspace: Workspace,
  { half, transport }: { readonly half: "start" | Half; readonly transport: Transport },
): Promise<RunningProcess> {
  const running = await spawnProgram([half], environmentFor(workspace, transport));
  workspace.onClose(async () => void (await running.end("SIGKILL")));
  await until(`${half} to be ready`, () => isReady(running.url), STARTED_WITHIN_MS).catch(
    (error: unknown) => {
      throw new Error(running.output(), { cause: error });
    },
  );
  if (half !== "worker" && transport === "http")
    workspace.slack.setRequestUrl(`${running.url}/slack/events`);
  return running;
}

/** Opens the program inside this process, with the workspace's clock. */
export async function openInProcess(
  workspace: Workspace,
  {
    halves = ["bot", "worker"],
    transport = "http",
  }: { readonly halves?: readonly Half[]; readonly transport?: Transport } = {},
): Promise<Program> {
  const config = loadConfig({}, { ...environmentFor(workspace, transport), LOG_LEVEL: "silent" });
  if (config.slack === null) throw new Error("the workspace names its Slack");
  const program = await openProgram({
    config,
    connection: config.slack,
    halves,
    pace: HURRIED,
    targets: { imaginaryEc2Url: workspace.infrastructure.ec2Url },
    ...(workspace.clock !== null && { clock: workspace.clock.engine }),
  });
  workspace.onClose(program.stop);
  if (halves.includes("bot") && transport === "http")
    workspace.slack.setRequestUrl(`${program.url}/slack/events`);
  return program;
}

function environmentFor(
  workspace: Workspace,
  transport: Transport,
): Readonly<Record<string, string>> {
  if (transport === "http") return workspace.environment;
  return { ...workspace.environment, SLACK_APP_TOKEN: workspace.slack.credentials.appToken };
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/readyz`)).ok;
  } catch {
    // Not listening yet.
    return false;
  }
}
