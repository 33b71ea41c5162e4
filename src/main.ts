// The command line: reads what was asked for, hands it to the wiring, and turns the answer into an exit code.
// Exit codes: 0 done, 1 failed, 2 bad usage or configuration.

import { parseArgs } from "node:util";
import { nearestName } from "#engine/nearest-name.ts";
import { DirectoryInUse } from "#adapters/postgres/directory-lock.ts";
import { SlackTokenRefused } from "#bot/connect-slack.ts";
import { ConfigError } from "./config.ts";
import { auditExport, auditVerify } from "./wiring/audit-commands.ts";
import { planExplain, planValidate } from "./wiring/plan-commands.ts";
import { migrate, runBot, runPlayground, runWorker, start } from "./wiring/run-processes.ts";
import { playTour } from "./wiring/tour.ts";

const USAGE = `countersign: change infrastructure from Slack, with a second signature

  start [--tour]            everything in one process; without Slack tokens, with the playground
  bot                       only the half that speaks Slack (needs DATABASE_URL and REDIS_URL)
  worker                    only the half that runs plans (needs DATABASE_URL and REDIS_URL)
  migrate                   bring the database's schema up to date
  playground                only the local Slack workspace
  plan validate FILE        check a plan file
  plan explain FILE         what the approval card would show
  audit export              the audit log as NDJSON [--plan ID] [--run ID] [--since DATE] [--until DATE]
  audit verify [FILE]       check the hash chain of an export, or of the database [--head HASH]

  --config FILE             instead of COUNTERSIGN_CONFIG or ./countersign.yml
  --port PORT               instead of PORT
`;

/** Wrong words on the command line: exit code 2. */
class UsageError extends Error {
  override readonly name = "UsageError";
}

const COMMANDS = [
  "start",
  "bot",
  "worker",
  "migrate",
  "playground",
  "plan",
  "audit",
  "help",
] as const;

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args);
  const [command = "start", ...rest] = positionals;
  const overrides = {
    ...(values.config !== undefined && { configFile: values.config }),
    ...(values.port !== undefined && { port: portOf(values.port) }),
  };
  if (values.help === true || command === "help") return print(USAGE);
  switch (command) {
    case "start":
      none(rest, "start");
      return values.tour === true ? playTour(print) : start(overrides, print);
    case "bot":
      none(rest, "bot");
      return runBot(overrides, print);
    case "worker":
      none(rest, "worker");
      return runWorker(overrides, print);
    case "migrate":
      none(rest, "migrate");
      return migrate(overrides, print);
    case "playground":
      none(rest, "playground");
      return runPlayground(overrides, print);
    case "plan":
      return plan(rest, overrides);
    case "audit":
      return audit(rest, overrides, values);
    default:
      throw unknownWord("command", command, COMMANDS);
  }
}

async function plan(
  words: readonly string[],
  overrides: { readonly configFile?: string },
): Promise<number> {
  const [verb = "", file, ...more] = words;
  none(more, `plan ${verb}`);
  if (verb !== "validate" && verb !== "explain")
    throw unknownWord("plan command", verb, ["validate", "explain"]);
  if (file === undefined) throw new UsageError(`plan ${verb} needs a file`);
  return verb === "validate"
    ? planValidate(file, overrides, print)
    : planExplain(file, overrides, print);
}

type AuditFlags = {
  readonly plan?: string | undefined;
  readonly run?: string | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly head?: string | undefined;
};

async function audit(
  words: readonly string[],
  overrides: { readonly configFile?: string },
  flags: AuditFlags,
): Promise<number> {
  const [verb = "", file, ...more] = words;
  none(more, `audit ${verb}`);
  if (verb === "verify")
    return auditVerify({ file: file ?? null, head: flags.head ?? null }, overrides, print);
  if (verb !== "export") throw unknownWord("audit command", verb, ["export", "verify"]);
  if (file !== undefined)
    throw new UsageError("audit export writes to standard output: audit export > file.ndjson");
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

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        help: { type: "boolean", short: "h" },
        tour: { type: "boolean" },
        config: { type: "string" },
        port: { type: "string" },
        plan: { type: "string" },
        run: { type: "string" },
        since: { type: "string" },
        until: { type: "string" },
        head: { type: "string" },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function none(words: readonly string[], command: string): void {
  if (words.length > 0) throw new UsageError(`${command} takes no argument "${words.join(" ")}"`);
}

function portOf(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new UsageError(`--port: found ${text}, expected a number from 0 to 65535`);
  }
  return port;
}

function dateOf(text: string | undefined, flag: string): number | null {
  if (text === undefined) return null;
  const at = Date.parse(text);
  if (Number.isNaN(at))
    throw new UsageError(`${flag}: found ${text}, expected a date such as 2026-11-21`);
  return at;
}

function unknownWord(what: string, found: string, known: readonly string[]): UsageError {
  const nearest = nearestName(found, known);
  const hint =
    nearest === null ? `expected one of ${known.join(", ")}` : `did you mean ${nearest}?`;
  return new UsageError(`unknown ${what} "${found}": ${hint}`);
}

function print(text: string): number {
  process.stdout.write(`${text}\n`);
  return 0;
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
  process.stderr.write(`${text}\n${error instanceof UsageError ? `\n${USAGE}` : ""}`);
  process.exitCode = bad ? 2 : 1;
}
