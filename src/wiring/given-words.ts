// Splits the words of a command line into files and `key=value` inputs, in the language of `/ops run`.

import type { JsonObject } from "#engine/json.ts";
import { readArguments } from "#bot/command-language/argument-words.ts";
import { ConfigError } from "../config/config-error.ts";

const KEY = /^([A-Za-z_][A-Za-z0-9_.-]*)=(.*)$/s;

/** @throws {ConfigError} for a list or object that is never closed. */
export function givenWords(words: readonly string[]): {
  readonly files: readonly string[];
  readonly given: JsonObject;
} {
  const inputs = words.filter((word) => KEY.test(word));
  const read = readArguments(inputs.map(quoted).join(" "));
  if (!read.ok) {
    throw new ConfigError("The command line", [
      { path: "", found: inputs.join(" "), expected: `key=value. ${read.refusal.sentence}` },
    ]);
  }
  return { files: words.filter((word) => !KEY.test(word)), given: read.value.arguments };
}

/** The shell has taken its quotes already; lists and objects keep theirs. */
function quoted(word: string): string {
  const [, key = "", value = ""] = KEY.exec(word) ?? [];
  return /^[[{]/.test(value) ? word : `${key}="${value.replace(/[\\"“”]/g, String.raw`\$&`)}"`;
}
