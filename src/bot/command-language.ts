// What people can say to the bot, the same after `/ops`, after a mention and in a direct message: words in,
// one command or a sentence about the mistake out. Pure; knows no Slack and no plan.

import { isJsonObject } from "#engine/json.ts";
import type { JsonObject } from "#engine/json.ts";
import { nearestName } from "#engine/nearest-name.ts";
import { accept, refuse } from "#engine/result.ts";
import type { Result } from "#engine/result.ts";
import { readArguments } from "./argument-words.ts";
import { readHistoryWords } from "./history-words.ts";
import type { HistoryWords } from "./history-words.ts";
import type { TypedText } from "./typed-text.ts";
import { readUntil } from "./until-words.ts";
import type { UntilWords } from "./until-words.ts";
import { readYaml } from "#yaml/read-yaml.ts";

/** New work, not yet compiled. */
export type Wish =
  | { readonly kind: "source"; readonly text: string }
  | { readonly kind: "playbook"; readonly name: string; readonly arguments: JsonObject }
  | { readonly kind: "operation"; readonly name: string; readonly arguments: JsonObject };

/** `id`: a plan's or run's id as typed; null: the one whose thread this is. */
type About = { readonly id: string | null };

export type Command =
  | { readonly kind: "help" }
  | { readonly kind: "ask"; readonly wish: Wish }
  | { readonly kind: "dry-run"; readonly of: Wish | About }
  | { readonly kind: "history"; readonly filter: HistoryWords; readonly typed: string }
  | { readonly kind: "pending" }
  | { readonly kind: "operations" | "playbooks"; readonly filter: string | null }
  | ({ readonly kind: "show" | "policy" | "status" } & About)
  | ({ readonly kind: "pause" | "resume" | "cancel" | "rollback" } & About)
  | ({ readonly kind: "replay" } & About)
  | ({ readonly kind: "override"; readonly target: string | null } & About)
  | ({ readonly kind: "logs"; readonly step: string | null } & About)
  /** Of what the plan manages. */
  | ({ readonly kind: "checkpoint"; readonly name: string } & About)
  | { readonly kind: "restore"; readonly name: string }
  | { readonly kind: "checkpoints" }
  /** Somebody's own say, to another. */
  | { readonly kind: "delegate"; readonly toUserId: string; readonly until: UntilWords }
  | { readonly kind: "delegate-off" }
  | { readonly kind: "delegations" }
  /** `step`: the one whose own approval is meant, of a run that waits for several. */
  | ({ readonly kind: "approve"; readonly step: string | null } & About)
  | ({ readonly kind: "retry"; readonly step: string | null } & About)
  | ({
      readonly kind: "skip";
      readonly step: string | null;
      readonly reason: string | null;
    } & About)
  /** In whose place the plan in `wish` is filed. */
  | ({ readonly kind: "supersede"; readonly wish: Wish } & About)
  | ({ readonly kind: "nudge" } & About)
  /** Of a broken glass. Without a note: lists those that are open. */
  | ({ readonly kind: "review"; readonly note: string | null } & About)
  | ({
      readonly kind: "reject" | "withdraw" | "break-glass";
      readonly reason: string | null;
    } & About);

/** Words that are no command. `word` and `nearest` when the first word is what was not understood. */
export type Misread = {
  readonly sentence: string;
  readonly word: string | null;
  readonly nearest: string | null;
};

export type Vocabulary = {
  readonly operations: readonly string[];
  readonly playbooks: readonly string[];
};

export const COMMAND_WORDS = [
  "help",
  "plan",
  "run",
  "dry-run",
  "show",
  "history",
  "pending",
  "operations",
  "playbooks",
  "policy",
  "status",
  "pause",
  "resume",
  "cancel",
  "rollback",
  "replay",
  "override",
  "logs",
  "retry",
  "skip",
  "checkpoint",
  "checkpoints",
  "restore",
  "delegate",
  "delegations",
  "approve",
  "reject",
  "withdraw",
  "supersede",
  "nudge",
  "break-glass",
  "review",
] as const;
export type CommandWord = (typeof COMMAND_WORDS)[number];

const ALIASES: Readonly<Record<string, CommandWord>> = {
  dryrun: "dry-run",
  dry_run: "dry-run",
  preview: "dry-run",
  log: "logs",
  "roll-back": "rollback",
  rerun: "replay",
  replace: "supersede",
  remind: "nudge",
  "?": "help",
};
const ID = /^(?:pl|run)-[0-9a-z]{1,40}$/;

/**
 * @param attached a snippet file's text, when one came with the message.
 */
export function readCommand(
  typed: TypedText,
  vocabulary: Vocabulary,
  attached: string | null = null,
): Result<Command, Misread> {
  if (typed.codeBlocks.length > 1 || (typed.codeBlocks.length === 1 && attached !== null)) {
    return misread("There is more than one plan here. Send one code block or one file at a time.");
  }
  const source = typed.codeBlocks[0] ?? attached;
  const { first, rest } = cutFirst(typed.words);
  if (first === "")
    return source === null
      ? accept({ kind: "help" })
      : accept({ kind: "ask", wish: { kind: "source", text: source } });
  const word = commandWord(first);
  if (word !== null) return COMMANDS[word]({ rest, source, vocabulary });
  if (vocabulary.operations.includes(first)) return asked(readOperation(first, rest, source));
  return unknownWord(first, vocabulary);
}

type Rest = {
  readonly rest: string;
  readonly source: string | null;
  readonly vocabulary: Vocabulary;
};
type Read = Result<Command, Misread>;

const COMMANDS: Readonly<Record<CommandWord, (given: Rest) => Read>> = {
  help: () => accept({ kind: "help" }),
  plan: (given) => asked(readPlan(given)),
  run: (given) => asked(readRun(given)),
  "dry-run": readDryRun,
  show: ({ rest }) => about(rest, (id) => ({ kind: "show", id })),
  policy: ({ rest }) => about(rest, (id) => ({ kind: "policy", id })),
  status: ({ rest }) => about(rest, (id) => ({ kind: "status", id })),
  pause: ({ rest }) => about(rest, (id) => ({ kind: "pause", id })),
  resume: ({ rest }) => about(rest, (id) => ({ kind: "resume", id })),
  cancel: ({ rest }) => about(rest, (id) => ({ kind: "cancel", id })),
  rollback: ({ rest }) => about(rest, (id) => ({ kind: "rollback", id })),
  replay: ({ rest }) => about(rest, (id) => ({ kind: "replay", id })),
  approve: ({ rest }) => accept({ kind: "approve", ...idAndStep(rest) }),
  retry: ({ rest }) => accept({ kind: "retry", ...idAndStep(rest) }),
  skip: readSkip,
  logs: readLogs,
  checkpoint: readCheckpoint,
  checkpoints: () => accept({ kind: "checkpoints" }),
  restore: ({ rest }) =>
    rest === ""
      ? misread("Which checkpoint? Write restore and its name. The list is at checkpoints.")
      : accept({ kind: "restore", name: rest }),
  delegate: readDelegate,
  delegations: () => accept({ kind: "delegations" }),
  override: ({ rest }) => {
    const { id, reason: target } = idAndReason(rest);
    return accept({ kind: "override", id, target });
  },
  reject: ({ rest }) => accept({ kind: "reject", ...idAndReason(rest) }),
  withdraw: ({ rest }) => accept({ kind: "withdraw", ...idAndReason(rest) }),
  supersede: readSupersede,
  "break-glass": ({ rest }) => accept({ kind: "break-glass", ...idAndReason(rest) }),
  review: ({ rest }) => {
    const { id, reason: note } = idAndReason(rest);
    return accept({ kind: "review", id, note });
  },
  nudge: ({ rest }) => about(rest, (id) => ({ kind: "nudge", id })),
  history: readHistory,
  pending: () => accept({ kind: "pending" }),
  operations: ({ rest }) => accept({ kind: "operations", filter: rest === "" ? null : rest }),
  playbooks: ({ rest }) => accept({ kind: "playbooks", filter: rest === "" ? null : rest }),
};

function readPlan({ rest, source, vocabulary }: Rest): Result<Wish, Misread> {
  if (source !== null) return accept({ kind: "source", text: source });
  // Typed without a fence: a YAML map or a JSON object is one all the same.
  if (/^(\{|[A-Za-z_]+:(\s|$))/.test(rest)) return accept({ kind: "source", text: rest });
  const { first } = cutFirst(rest);
  if (vocabulary.playbooks.includes(first))
    return misread(`${first} is a playbook. Write run ${rest}.`);
  return misread(
    "I need the plan as YAML or JSON: put it in a code block (three back-ticks before and after), or attach it as a snippet to a message that mentions me. Ready-made plans: playbooks.",
  );
}

function readRun({ rest, source, vocabulary }: Rest): Result<Wish, Misread> {
  const { first, rest: typed } = cutFirst(rest);
  if (first === "")
    return misread(
      "Which playbook? Write run, its name, and its inputs as key=value. The list is at playbooks.",
    );
  if (vocabulary.operations.includes(first)) return readOperation(first, typed, source);
  return withArguments(typed, source, (given) => ({
    kind: "playbook",
    name: first,
    arguments: given,
  }));
}

function readOperation(name: string, rest: string, source: string | null): Result<Wish, Misread> {
  return withArguments(rest, source, (given) => ({ kind: "operation", name, arguments: given }));
}

/** `key=value` words, and those of a code block under them. */
function withArguments(
  rest: string,
  source: string | null,
  wish: (given: JsonObject) => Wish,
): Result<Wish, Misread> {
  const read = readArguments(rest);
  if (!read.ok) return misread(read.refusal.sentence);
  const [stray] = read.value.words;
  if (stray !== undefined)
    return misread(
      `I do not know what to do with ${stray}. Write inputs as key=value, with quotes around a value that has spaces.`,
    );
  if (source === null) return accept(wish(read.value.arguments));
  const block = readYaml(source);
  if (!block.ok) {
    const [problem] = block.refusal;
    return misread(
      `The inputs in the code block cannot be read: ${problem?.path ?? ""} ${problem?.found ?? ""}.`,
    );
  }
  if (!isJsonObject(block.value))
    return misread("The inputs in the code block must be key: value lines.");
  return accept(wish({ ...block.value, ...read.value.arguments }));
}

function readDryRun(given: Rest): Read {
  const { first, rest } = cutFirst(given.rest);
  const dryRun = (wish: Result<Wish, Misread>): Read =>
    wish.ok ? accept({ kind: "dry-run", of: wish.value }) : wish;
  if (first === "" && given.source === null) return accept({ kind: "dry-run", of: { id: null } });
  if (ID.test(first)) return accept({ kind: "dry-run", of: { id: first } });
  const word = commandWord(first);
  if (first === "" || word === "plan") return dryRun(readPlan({ ...given, rest }));
  if (word === "run") return dryRun(readRun({ ...given, rest }));
  if (given.vocabulary.operations.includes(first))
    return dryRun(readOperation(first, rest, given.source));
  if (given.vocabulary.playbooks.includes(first)) return dryRun(readRun(given));
  if (/^(\{|[A-Za-z_]+:)/.test(first)) return dryRun(readPlan(given));
  return unknownWord(first, given.vocabulary);
}

function readLogs({ rest }: Rest): Read {
  const { first, rest: more } = cutFirst(rest);
  if (ID.test(first)) return accept({ kind: "logs", id: first, step: more === "" ? null : more });
  return accept({ kind: "logs", id: null, step: rest === "" ? null : rest });
}

/** `skip stop because it is done by hand`: the step, then why. */
function readSkip({ rest }: Rest): Read {
  const { first, rest: more } = cutFirst(rest);
  const [id, said] = ID.test(first) ? [first, more] : [null, rest];
  const { first: step, rest: why } = cutFirst(said);
  const { reason } = idAndReason(why);
  return accept({ kind: "skip", id, step: step === "" ? null : step, reason });
}

/** `supersede pl-1` and the new plan below it, or any other wish after the id. */
function readSupersede(given: Rest): Read {
  const { first, rest: more } = cutFirst(given.rest);
  const [id, rest] = ID.test(first) ? [first, more] : [null, given.rest];
  const wish = readWish({ ...given, rest });
  return wish.ok ? accept({ kind: "supersede", id, wish: wish.value }) : wish;
}

function readWish(given: Rest): Result<Wish, Misread> {
  const { first, rest } = cutFirst(given.rest);
  const word = commandWord(first);
  if (word === "run") return readRun({ ...given, rest });
  if (given.vocabulary.operations.includes(first)) return readOperation(first, rest, given.source);
  return readPlan(word === "plan" ? { ...given, rest } : given);
}

/** `checkpoint before-lunch`, or `checkpoint pl-1 before-lunch`. */
function readCheckpoint({ rest }: Rest): Read {
  const { id, step: name } = idAndStep(rest);
  return name === null
    ? misread(
        "What should the checkpoint be called? Write checkpoint and a name, in the thread of the plan or with its id.",
      )
    : accept({ kind: "checkpoint", id, name });
}

/** `delegate @ann until friday`, or `delegate off`. */
function readDelegate({ rest }: Rest): Read {
  const { first, rest: end } = cutFirst(rest);
  if (/^(off|none|nobody|stop)$/i.test(rest)) return accept({ kind: "delegate-off" });
  const toUserId = /^@([UW][A-Z0-9]{2,30})$/.exec(first)?.[1];
  if (toUserId === undefined)
    return misread(
      "Who decides in your place, and until when? Write delegate @name until friday and pick the name from Slack's list; delegate off takes it back.",
    );
  const until = readUntil(end);
  return until.ok
    ? accept({ kind: "delegate", toUserId, until: until.value })
    : misread(until.refusal.sentence);
}

function readHistory({ rest }: Rest): Read {
  const filter = readHistoryWords(rest);
  return filter.ok
    ? accept({ kind: "history", filter: filter.value, typed: rest })
    : misread(filter.refusal.sentence);
}

function asked(wish: Result<Wish, Misread>): Read {
  return wish.ok ? accept({ kind: "ask", wish: wish.value }) : wish;
}

function about(rest: string, command: (id: string | null) => Command): Read {
  if (rest === "") return accept(command(null));
  const { first, rest: more } = cutFirst(rest);
  if (ID.test(first) && more === "") return accept(command(first));
  return misread(
    `I do not know what ${rest.length > 60 ? `${rest.slice(0, 60)}…` : rest} is. Give the id of a plan or run (pl-… or run-…), or nothing in its thread.`,
  );
}

function idAndStep(rest: string): { readonly id: string | null; readonly step: string | null } {
  const { first, rest: more } = cutFirst(rest);
  const [id, step] = ID.test(first) ? [first, more] : [null, rest];
  return { id, step: step === "" ? null : step };
}

function idAndReason(rest: string): { readonly id: string | null; readonly reason: string | null } {
  const { first, rest: more } = cutFirst(rest);
  const [id, said] = ID.test(first) ? [first, more] : [null, rest];
  const reason = said.replace(/^["“„'‘](.*)["”“'’]$/s, "$1").trim();
  return { id, reason: reason === "" ? null : reason };
}

function commandWord(word: string): CommandWord | null {
  const lower = word.toLowerCase().replace(/[:,.!]$/, "");
  if (Object.hasOwn(ALIASES, lower)) return ALIASES[lower] ?? null;
  return COMMAND_WORDS.find((known) => known === lower) ?? null;
}

function unknownWord(word: string, { operations, playbooks }: Vocabulary): Read {
  if (playbooks.includes(word))
    return misread(`${word} is a playbook. Write run ${word}.`, word, `run ${word}`);
  const nearest =
    nearestName(word, [...COMMAND_WORDS, ...operations]) ?? nearestPlaybook(word, playbooks);
  return misread(
    `I do not know the word ${word.slice(0, 60)}.${nearest === null ? " Write help for what you can ask." : ` Did you mean ${nearest}?`}`,
    word,
    nearest,
  );
}

function nearestPlaybook(word: string, playbooks: readonly string[]): string | null {
  const nearest = nearestName(word, playbooks);
  return nearest === null ? null : `run ${nearest}`;
}

function misread(
  sentence: string,
  word: string | null = null,
  nearest: string | null = null,
): { ok: false; refusal: Misread } {
  return refuse({ sentence, word, nearest });
}

function cutFirst(text: string): { readonly first: string; readonly rest: string } {
  const trimmed = text.trim();
  const first = /^\S*/.exec(trimmed)?.[0] ?? "";
  return { first, rest: trimmed.slice(first.length).trim() };
}
