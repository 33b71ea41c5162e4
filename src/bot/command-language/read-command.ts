// What people can say to the bot, the same after `/ops`, after a mention and in a direct message: words in,
// one command or a sentence about the mistake out. Pure; knows no Slack and no plan.

import { accept } from "#engine/result.ts";
import type { Result } from "#engine/result.ts";
import type { Command, Wish } from "./command.ts";
import { commandWord } from "./command-words.ts";
import type { CommandWord } from "./command-words.ts";
import { readHistoryWords } from "./history-words.ts";
import { cutFirst, ID, idAndReason, idAndStep } from "./id-words.ts";
import { misread } from "./misread.ts";
import type { Misread } from "./misread.ts";
import type { TypedText } from "./typed-text.ts";
import { unknownWord } from "./unknown-word.ts";
import { readUntil } from "./until-words.ts";
import { readOperation, readPlan, readRun, readWish } from "./wish-words.ts";
import type { AfterWord, Vocabulary } from "./wish-words.ts";

type Read = Result<Command, Misread>;

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

const COMMANDS: Readonly<Record<CommandWord, (given: AfterWord) => Read>> = {
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

function readDryRun(given: AfterWord): Read {
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

function readLogs({ rest }: AfterWord): Read {
  const { first, rest: more } = cutFirst(rest);
  if (ID.test(first)) return accept({ kind: "logs", id: first, step: more === "" ? null : more });
  return accept({ kind: "logs", id: null, step: rest === "" ? null : rest });
}

/** `skip stop because it is done by hand`: the step, then why. */
function readSkip({ rest }: AfterWord): Read {
  const { first, rest: more } = cutFirst(rest);
  const [id, said] = ID.test(first) ? [first, more] : [null, rest];
  const { first: step, rest: why } = cutFirst(said);
  const { reason } = idAndReason(why);
  return accept({ kind: "skip", id, step: step === "" ? null : step, reason });
}

/** `supersede pl-1` and the new plan below it, or any other wish after the id. */
function readSupersede(given: AfterWord): Read {
  const { first, rest: more } = cutFirst(given.rest);
  const [id, rest] = ID.test(first) ? [first, more] : [null, given.rest];
  const wish = readWish({ ...given, rest });
  return wish.ok ? accept({ kind: "supersede", id, wish: wish.value }) : wish;
}

/** `checkpoint before-lunch`, or `checkpoint pl-1 before-lunch`. */
function readCheckpoint({ rest }: AfterWord): Read {
  const { id, step: name } = idAndStep(rest);
  return name === null
    ? misread(
        "What should the checkpoint be called? Write checkpoint and a name, in the thread of the plan or with its id.",
      )
    : accept({ kind: "checkpoint", id, name });
}

/** `delegate @ann until friday`, or `delegate off`. */
function readDelegate({ rest }: AfterWord): Read {
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

function readHistory({ rest }: AfterWord): Read {
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
