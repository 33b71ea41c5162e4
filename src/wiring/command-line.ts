// Reads the words of the command line: which command, its words and its flags, and refuses what it does not take.

import { parseArgs } from "node:util";
import { nearestName } from "#engine/nearest-name.ts";

/** Wrong words on the command line: exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  /** Whose usage helps; undefined: nobody knows what was meant. */
  readonly command: string | undefined;
  constructor(message: string, command?: string) {
    super(message);
    this.command = command;
  }
}

const FLAGS = {
  help: { type: "boolean", short: "h" },
  config: { type: "string" },
  port: { type: "string" },
  tour: { type: "boolean" },
  tree: { type: "boolean" },
  mermaid: { type: "boolean" },
  all: { type: "boolean" },
  json: { type: "boolean" },
  limit: { type: "string" },
  plan: { type: "string" },
  run: { type: "string" },
  since: { type: "string" },
  until: { type: "string" },
  person: { type: "string" },
  kind: { type: "string" },
  environment: { type: "string" },
  operation: { type: "string" },
  outcome: { type: "string" },
  text: { type: "string" },
  format: { type: "string" },
  out: { type: "string" },
  sign: { type: "string" },
  head: { type: "string" },
  heads: { type: "string" },
  "public-key": { type: "string" },
  "app-role": { type: "string" },
  before: { type: "string" },
  drawn: { type: "boolean" },
  keep: { type: "string" },
  anchor: { type: "string", multiple: true },
} as const;
type Flag = keyof typeof FLAGS;

/** What narrows plans, and the events of an export. */
const SELECTING = [
  "plan",
  "run",
  "since",
  "until",
  "person",
  "environment",
  "operation",
  "outcome",
  "text",
] as const satisfies readonly Flag[];

/** Flags of each command besides `--help` and `--config`, which all take. */
const TAKES: Readonly<Record<string, readonly Flag[]>> = {
  start: ["tour", "port"],
  bot: ["port"],
  worker: ["port"],
  migrate: ["app-role"],
  playground: ["port"],
  "plan validate": [],
  "plan explain": [],
  "plan graph": ["tree", "mermaid"],
  "plan dry-run": [],
  "plan checkpoints": [],
  "plan rollback": [],
  "plan restore": [],
  "policy test": ["json"],
  "run list": ["all", "limit"],
  "run show": [],
  "run logs": [],
  "run pause": [],
  "run resume": [],
  "run cancel": [],
  "passkey list": [],
  "passkey remove": [],
  history: [...SELECTING, "limit", "before", "json"],
  "audit export": [...SELECTING, "kind", "format", "out", "sign"],
  "audit receipt": ["json"],
  "audit view": ["person", "drawn", "json"],
  "audit verify": ["head", "heads", "anchor", "public-key"],
  "audit retain": ["keep", "out"],
};

export type CommandLine = {
  /** `start`, `plan validate`, ...; `help` for all that only asks how. */
  readonly command: string;
  readonly words: readonly string[];
  readonly flags: ReturnType<typeof parse>["values"];
};

/** @throws {UsageError} */
export function readCommandLine(args: readonly string[]): CommandLine {
  const { values: flags, positionals } = parse(args);
  const [first = "start", ...rest] = positionals;
  if (first === "help") return { command: "help", words: rest, flags };
  const verbs = Object.keys(TAKES).flatMap((name) => {
    const [noun, verb] = name.split(" ");
    return noun === first && verb !== undefined ? [verb] : [];
  });
  if (verbs.length === 0 && TAKES[first] === undefined)
    throw unknownWord("command", first, [...new Set(Object.keys(TAKES).map(nounOf)), "help"]);
  if (flags.help === true) return { command: "help", words: [first], flags };
  if (verbs.length === 0) return checked({ command: first, words: rest, flags });
  const [verb, ...words] = rest;
  if (verb === undefined) throw new UsageError(`${first} needs one of ${verbs.join(", ")}`, first);
  if (!verbs.includes(verb)) throw unknownWord(`${first} command`, verb, verbs, first);
  return checked({ command: `${first} ${verb}`, words, flags });
}

function nounOf(command: string): string {
  return command.split(" ")[0] ?? command;
}

function checked(line: CommandLine): CommandLine {
  const takes: readonly string[] = TAKES[line.command] ?? [];
  const stray = Object.keys(line.flags).find((flag) => flag !== "config" && !takes.includes(flag));
  if (stray !== undefined)
    throw new UsageError(`${line.command} takes no --${stray}`, nounOf(line.command));
  return line;
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options: FLAGS });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function unknownWord(
  what: string,
  found: string,
  known: readonly string[],
  command?: string,
): UsageError {
  const nearest = nearestName(found, known);
  const hint =
    nearest === null ? `expected one of ${known.join(", ")}` : `did you mean ${nearest}?`;
  return new UsageError(`unknown ${what} "${found}": ${hint}`, command);
}
