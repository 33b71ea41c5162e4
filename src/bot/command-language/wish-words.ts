// Words that ask for new work: a plan typed or attached, a playbook or an operation with its inputs. Compiles nothing.

import { isJsonObject } from "#engine/json.ts";
import type { JsonObject } from "#engine/json.ts";
import { accept } from "#engine/result.ts";
import type { Result } from "#engine/result.ts";
import { readYaml } from "#yaml/read-yaml.ts";
import { readArguments } from "./argument-words.ts";
import type { Wish } from "./command.ts";
import { commandWord } from "./command-words.ts";
import { cutFirst } from "./id-words.ts";
import { misread } from "./misread.ts";
import type { Misread } from "./misread.ts";

export type Vocabulary = {
  readonly operations: readonly string[];
  readonly playbooks: readonly string[];
};

/** What was said after a command's word. */
export type AfterWord = {
  readonly rest: string;
  /** A plan or inputs in a code block or an attached file; null: none. */
  readonly source: string | null;
  readonly vocabulary: Vocabulary;
};

/** Any kind of wish, with its word or without. */
export function readWish(given: AfterWord): Result<Wish, Misread> {
  const { first, rest } = cutFirst(given.rest);
  const word = commandWord(first);
  if (word === "run") return readRun({ ...given, rest });
  if (given.vocabulary.operations.includes(first)) return readOperation(first, rest, given.source);
  return readPlan(word === "plan" ? { ...given, rest } : given);
}

export function readPlan({ rest, source, vocabulary }: AfterWord): Result<Wish, Misread> {
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

export function readRun({ rest, source, vocabulary }: AfterWord): Result<Wish, Misread> {
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

export function readOperation(
  name: string,
  rest: string,
  source: string | null,
): Result<Wish, Misread> {
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
