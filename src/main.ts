// The command line: reads what was asked for, hands it to the wiring, and turns the answer into an exit code.
// Exit codes: 0 done, 1 failed, 2 bad usage or configuration. Only what a command needs is loaded, or a short one
// would spend most of its time on Slack's client and the playground (measured: 1.6 s of processor time, now 0.6 s).

import { OPERATOR_REQUESTS } from "#engine/operate-run.ts";
import { DirectoryInUse } from "#adapters/postgres/directory-lock.ts";
import { SchemaOutOfReach } from "#adapters/postgres/schema-out-of-reach.ts";
import { SlackTokenRefused } from "#bot/slack-token-refused.ts";
import { ConfigError } from "./config/config-error.ts";
import type { ConfigOverrides } from "./config.ts";
import { readCommandLine, UsageError } from "./wiring/command-line.ts";
import type { CommandLine } from "./wiring/command-line.ts";
import { processOutput } from "./wiring/command-output.ts";
import { givenWords } from "./wiring/given-words.ts";
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
  if (command === "help") return print(usageOf(words[0]).trimEnd());
  if (WAYS_BACK.includes(command)) return wayBack(line, overrides);
  if (command.startsWith("plan ")) return plan(line, overrides);
  if (command === "policy test") return policyTest(line, overrides);
  if (command.startsWith("run ")) return run(line, overrides);
  if (command === "history") return history(line, overrides);
  if (command.startsWith("audit ")) return audit(line, overrides);
  if (command === "migrate") return migrate(line, overrides);
  if (command.startsWith("passkey ")) return passkey(line, overrides);
  return longRunning(line, overrides);
}

async function longRunning(line: CommandLine, overrides: ConfigOverrides): Promise<number> {
  none(line);
  const processes = await import("./wiring/run-processes.ts");
  switch (line.command) {
    case "bot":
      return processes.runBot(overrides, print);
    case "worker":
      return processes.runWorker(overrides, print);
    case "playground":
      return processes.runPlayground(overrides, print);
    default:
      if (line.flags.tour !== true) return processes.start(overrides, print);
      return (await import("./wiring/tour.ts")).playTour(print);
  }
}

async function migrate(line: CommandLine, overrides: ConfigOverrides): Promise<number> {
  none(line);
  const commands = await import("./wiring/migrate-command.ts");
  return commands.migrate({ appRole: line.flags["app-role"] ?? null }, overrides, output);
}

const WAYS_BACK = ["plan checkpoints", "plan rollback", "plan restore"];

async function wayBack(line: CommandLine, overrides: ConfigOverrides): Promise<number> {
  const { command, words } = line;
  const commands = await import("./wiring/way-back-commands.ts");
  if (command === "plan checkpoints") {
    none(line);
    return commands.planCheckpoints(overrides, output);
  }
  const [name, ...more] = words;
  none({ command, words: more });
  if (command === "plan restore") {
    if (name === undefined)
      throw new UsageError("plan restore needs a checkpoint, as plan checkpoints lists it", "plan");
    return commands.planRestore(name, overrides, output);
  }
  if (name === undefined)
    throw new UsageError("plan rollback needs a run id, as run list --all shows it", "plan");
  return commands.planRollback(name, overrides, output);
}

async function plan(
  { command, words, flags }: CommandLine,
  overrides: ConfigOverrides,
): Promise<number> {
  const given = givenWords(words);
  if (given.files.length === 0) throw new UsageError(`${command} needs a file`, "plan");
  const commands = await import("./wiring/plan-commands.ts");
  switch (command) {
    case "plan validate":
      return commands.planValidate(given, overrides, output);
    case "plan explain":
      return commands.planExplain(given, overrides, output);
    case "plan dry-run":
      return commands.planDryRun(given, overrides, output);
    default:
      if (flags.tree === true && flags.mermaid === true)
        throw new UsageError("plan graph draws --tree or --mermaid, not both", "plan");
      return commands.planGraph(
        { ...given, form: flags.mermaid === true ? "mermaid" : "tree" },
        overrides,
        output,
      );
  }
}

async function policyTest(line: CommandLine, overrides: ConfigOverrides): Promise<number> {
  const [file, ...more] = line.words;
  none({ command: line.command, words: more });
  if (file === undefined) throw new UsageError("policy test needs a file of cases", "policy");
  const commands = await import("./wiring/policy-test-command.ts");
  return commands.policyTest({ file, json: line.flags.json === true }, overrides, output);
}

async function run(line: CommandLine, overrides: ConfigOverrides): Promise<number> {
  const { command, flags, words } = line;
  const commands = await import("./wiring/run-commands.ts");
  if (command === "run list") {
    none(line);
    return commands.runList(
      { ended: flags.all === true, limit: limitOf(flags.limit) },
      overrides,
      output,
    );
  }
  const [runId, call, ...more] = words;
  if (runId === undefined)
    throw new UsageError(`${command} needs a run id, as run list shows it`, "run");
  if (command === "run logs") {
    none({ command, words: more });
    return commands.runLogs({ runId, call: call ?? null }, overrides, output);
  }
  none({ command, words: words.slice(1) });
  const request = OPERATOR_REQUESTS.find((known) => command === `run ${known}`);
  if (request === undefined) return commands.runShow(runId, overrides, output);
  const { runControl } = await import("./wiring/run-control-command.ts");
  return runControl({ runId, request }, overrides, output);
}

async function passkey(line: CommandLine, overrides: ConfigOverrides): Promise<number> {
  const { command, words } = line;
  const commands = await import("./wiring/passkey-commands.ts");
  if (command === "passkey list") {
    none(line);
    return commands.passkeyList(overrides, output);
  }
  const [name, ...more] = words;
  none({ command, words: more });
  if (name === undefined)
    throw new UsageError("passkey remove needs a passkey, as passkey list names it", "passkey");
  return commands.passkeyRemove(name, overrides, output);
}

async function history(line: CommandLine, overrides: ConfigOverrides): Promise<number> {
  none(line);
  const { flags } = line;
  const { planHistory } = await import("./wiring/history-command.ts");
  const { selectionOf, planIdOf } = await import("./wiring/audit-selection.ts");
  return planHistory(
    {
      filter: {
        ...selectionOf(flags, Date.now()),
        ...(flags.before !== undefined && { before: planIdOf("before", flags.before) }),
        limit: limitOf(flags.limit),
      },
      json: flags.json === true,
    },
    overrides,
    output,
  );
}

async function audit(
  { command, words, flags }: CommandLine,
  overrides: ConfigOverrides,
): Promise<number> {
  const [file, ...more] = words;
  none({ command, words: more });
  if (command === "audit receipt" || command === "audit view") {
    if (file === undefined)
      throw new UsageError(`${command} needs a plan id, as history shows it`, "audit");
    if (command === "audit receipt") {
      const { auditReceipt } = await import("./wiring/audit-receipt.ts");
      return auditReceipt({ planId: file, json: flags.json === true }, overrides, output);
    }
    const { auditView } = await import("./wiring/audit-view.ts");
    const { person = null, drawn = false, json = false } = flags;
    return auditView({ planId: file, person, drawn, json }, overrides, output);
  }
  if (command === "audit verify") {
    const { auditVerify } = await import("./wiring/audit-commands.ts");
    const publicKey = flags["public-key"] ?? null;
    if (flags.anchor !== undefined && file === undefined)
      throw new UsageError("--anchor needs a file: the database has its own anchors", "audit");
    if (publicKey !== null && file === undefined)
      throw new UsageError("--public-key needs the file that was signed", "audit");
    return auditVerify(
      {
        file: file ?? null,
        head: flags.head ?? null,
        heads: flags.heads ?? null,
        anchors: flags.anchor ?? [],
        publicKey,
      },
      overrides,
      print,
    );
  }
  if (command === "audit retain") {
    if (file !== undefined || flags.out === undefined)
      throw new UsageError("audit retain needs --keep and --out FOLDER, and no file", "audit");
    const { auditRetain, firstKept } = await import("./wiring/audit-retain.ts");
    const from = firstKept(flags.keep, Date.now());
    return auditRetain({ from, folder: flags.out }, overrides, output);
  }
  if (file !== undefined)
    throw new UsageError(
      "audit export takes no file; it writes to --out FILE or standard output",
      "audit",
    );
  if (flags.sign !== undefined && flags.out === undefined)
    throw new UsageError("--sign needs --out FILE: the signature is written to FILE.sig", "audit");
  const { auditExport } = await import("./wiring/audit-export.ts");
  const { selectionOf, formatOf } = await import("./wiring/audit-selection.ts");
  return auditExport(
    {
      format: formatOf(flags.format),
      selection: selectionOf(flags, Date.now()),
      file: flags.out ?? null,
      sign: flags.sign ?? null,
    },
    overrides,
    output,
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

const LISTED = 20;

function limitOf(text: string | undefined): number {
  if (text === undefined) return LISTED;
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > 10_000)
    throw new UsageError(`--limit: found ${text}, expected a number from 1 to 10000`);
  return limit;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const bad = [UsageError, ConfigError, SlackTokenRefused].some((kind) => error instanceof kind);
  const plain = bad || error instanceof DirectoryInUse || error instanceof SchemaOutOfReach;
  const text =
    error instanceof Error
      ? plain
        ? error.message
        : (error.stack ?? error.message)
      : String(error);
  output.complain(
    error instanceof UsageError
      ? `${text}\n\n${usageOf(error.command ?? process.argv[2]).trimEnd()}`
      : text,
  );
  process.exitCode = bad ? 2 : 1;
}
