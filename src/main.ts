// The command line: reads what was asked for, hands it to the wiring, and turns the answer into an exit code.
// Exit codes: 0 done, 1 failed, 2 bad usage or configuration.

import { OPERATOR_REQUESTS } from "#engine/operate-run.ts";
import { DirectoryInUse } from "#adapters/postgres/directory-lock.ts";
import { SlackTokenRefused } from "#bot/connect-slack.ts";
import { ConfigError } from "./config.ts";
import type { ConfigOverrides } from "./config.ts";
import { auditExport, auditVerify } from "./wiring/audit-commands.ts";
import { readCommandLine, UsageError } from "./wiring/command-line.ts";
import type { CommandLine } from "./wiring/command-line.ts";
import { processOutput } from "./wiring/command-output.ts";
import { givenWords } from "./wiring/given-words.ts";
import { planDryRun, planExplain, planGraph, planValidate } from "./wiring/plan-commands.ts";
import { runControl, runList, runLogs, runShow } from "./wiring/run-commands.ts";
import { migrate, runBot, runPlayground, runWorker, start } from "./wiring/run-processes.ts";
import { playTour } from "./wiring/tour.ts";
import { usageOf } from "./wiring/usage.ts";

const output = processOutput();
const { print } = output;

async function main(args: readonly string[]): Promise<number> {
  const line = readCommandLine(args);
  const { command, flags, words } = line;
  const overrides = {
    ...(flags.config !== undefined && { configFile: flags.config }),
    ...(flags.port !== undefined && { port: portOf(flags.port) }),
  };
  switch (command) {
    case "help":
      return print(usageOf(words[0]).trimEnd());
    case "start":
      none(line);
      return flags.tour === true ? playTour(print) : start(overrides, print);
    case "bot":
      none(line);
      return runBot(overrides, print);
    case "worker":
      none(line);
      return runWorker(overrides, print);
    case "migrate":
      none(line);
      return migrate(overrides, print);
    case "playground":
      none(line);
      return runPlayground(overrides, print);
    default:
      if (command.startsWith("plan ")) return plan(line, overrides);
      return command.startsWith("run ") ? run(line, overrides) : audit(line, overrides);
  }
}

async function plan(
  { command, words, flags }: CommandLine,
  overrides: ConfigOverrides,
): Promise<number> {
  const given = givenWords(words);
  if (given.files.length === 0) throw new UsageError(`${command} needs a file`, "plan");
  switch (command) {
    case "plan validate":
      return planValidate(given, overrides, output);
    case "plan explain":
      return planExplain(given, overrides, output);
    case "plan dry-run":
      return planDryRun(given, overrides, output);
    default:
      if (flags.tree === true && flags.mermaid === true)
        throw new UsageError("plan graph draws --tree or --mermaid, not both", "plan");
      return planGraph(
        { ...given, form: flags.mermaid === true ? "mermaid" : "tree" },
        overrides,
        output,
      );
  }
}

async function run(line: CommandLine, overrides: ConfigOverrides): Promise<number> {
  const { command, flags, words } = line;
  if (command === "run list") {
    none(line);
    return runList({ ended: flags.all === true, limit: limitOf(flags.limit) }, overrides, output);
  }
  const [runId, call, ...more] = words;
  if (runId === undefined)
    throw new UsageError(`${command} needs a run id, as run list shows it`, "run");
  if (command === "run logs") {
    none({ command, words: more });
    return runLogs({ runId, call: call ?? null }, overrides, output);
  }
  none({ command, words: words.slice(1) });
  const request = OPERATOR_REQUESTS.find((known) => command === `run ${known}`);
  return request === undefined
    ? runShow(runId, overrides, output)
    : runControl({ runId, request }, overrides, output);
}

async function audit(
  { command, words, flags }: CommandLine,
  overrides: ConfigOverrides,
): Promise<number> {
  const [file, ...more] = words;
  none({ command, words: more });
  if (command === "audit verify")
    return auditVerify({ file: file ?? null, head: flags.head ?? null }, overrides, print);
  if (file !== undefined)
    throw new UsageError(
      "audit export writes to standard output: audit export > file.ndjson",
      "audit",
    );
  return auditExport(
    {
      planId: flags.plan ?? null,
      runId: flags.run ?? null,
      since: dateOf(flags.since, "--since"),
      until: dateOf(flags.until, "--until"),
    },
    overrides,
    (text) => process.stdout.write(text),
  );
}

function none({ command, words }: Pick<CommandLine, "command" | "words">): void {
  if (words.length > 0)
    throw new UsageError(
      `${command} takes no argument "${words.join(" ")}"`,
      command.split(" ")[0],
    );
}

function portOf(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new UsageError(`--port: found ${text}, expected a number from 0 to 65535`);
  }
  return port;
}

const RUNS_LISTED = 20;

function limitOf(text: string | undefined): number {
  if (text === undefined) return RUNS_LISTED;
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > 10_000)
    throw new UsageError(`--limit: found ${text}, expected a number from 1 to 10000`, "run");
  return limit;
}

function dateOf(text: string | undefined, flag: string): number | null {
  if (text === undefined) return null;
  const at = Date.parse(text);
  if (Number.isNaN(at))
    throw new UsageError(`${flag}: found ${text}, expected a date such as 2026-11-21`, "audit");
  return at;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const bad = [UsageError, ConfigError, SlackTokenRefused].some((kind) => error instanceof kind);
  const plain = bad || error instanceof DirectoryInUse;
  const text =
    error instanceof Error
      ? plain
        ? error.message
        : (error.stack ?? error.message)
      : String(error);
  output.complain(
    error instanceof UsageError ? `${text}\n\n${usageOf(error.command).trimEnd()}` : text,
  );
  process.exitCode = bad ? 2 : 1;
}
