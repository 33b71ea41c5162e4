// Splits the rest of a command into words and `key=value` arguments: quotes of every kind that phones and
// keyboards type, lists in brackets, keys given twice. Pure; knows no command and no type of an argument.

import type { Json, JsonObject } from "#engine/json.ts";
import { accept, refuse } from "#engine/result.ts";
import type { Result } from "#engine/result.ts";
import { readYaml } from "#yaml/read-yaml.ts";

export type ArgumentWords = {
  /** Words that are no `key=value`, in order. */
  readonly words: readonly string[];
  /** Values are strings, or lists of strings; `{...}` gives an object. */
  readonly arguments: JsonObject;
};

/** A complete sentence that says what to change. */
export type Misspelling = { readonly sentence: string };

/** A quote opened by the key may be closed by any of the value's characters. */
const CLOSERS: Readonly<Record<string, string>> = {
  '"': '"',
  "“": '”“"',
  "”": '”“"',
  "„": '”“"',
  "«": "»",
  "'": "'",
  "‘": "’‘'",
  "’": "’‘'",
  "‚": "’‘'",
  "`": "`",
};
const KEY = /^([A-Za-z_][A-Za-z0-9_.-]*)=/;

export function readArguments(text: string): Result<ArgumentWords, Misspelling> {
  const words: string[] = [];
  const values = new Map<string, Json[]>();
  let rest = text.trim();
  while (rest !== "") {
    const key = KEY.exec(rest);
    const token = readValue(rest.slice(key?.[0].length ?? 0));
    if (!token.ok) return token;
    const { value, length } = token.value;
    if (key?.[1] === undefined)
      words.push(typeof value === "string" ? value : JSON.stringify(value));
    else values.set(key[1], [...(values.get(key[1]) ?? []), value]);
    rest = rest.slice((key?.[0].length ?? 0) + length).trimStart();
  }
  const entries = [...values].map(([name, given]): [string, Json] => [
    name,
    given.length === 1 ? (given[0] ?? "") : given.flat(),
  ]);
  return accept({ words, arguments: Object.fromEntries(entries) });
}

type Token = { readonly value: Json; readonly length: number };

function readValue(text: string): Result<Token, Misspelling> {
  const first = text[0] ?? "";
  if (CLOSERS[first] !== undefined) return readQuoted(text, first);
  if (first === "[" || first === "{") return readBracketed(text);
  // `a, b` is one list: a word that ends with a comma goes on after the space.
  const bare = /^(?:\S*[^\s,],\s+(?=[^\s=]+(?:\s|$)))*\S*/.exec(text)?.[0] ?? "";
  return accept({ value: bare.replace(/,\s+/g, ","), length: bare.length });
}

function readQuoted(text: string, open: string): Result<Token, Misspelling> {
  const closers = CLOSERS[open] ?? open;
  let value = "";
  for (let at = 1; at < text.length; at += 1) {
    const character = text[at] ?? "";
    const next = text[at + 1] ?? "";
    if (character === "\\" && (next === "\\" || CLOSERS[next] !== undefined || next === "»")) {
      value += next;
      at += 1;
    } else if (closers.includes(character) && (next === "" || /\s/.test(next))) {
      return accept({ value, length: at + 1 });
    } else value += character;
  }
  return refuse({
    sentence: `A quote is opened before ${shorten(value)} and never closed. Close it with ${closers[0] ?? open}, followed by a space or the end.`,
  });
}

/** To the matching bracket, quotes respected; read as YAML's flow style, in which JSON is written too. */
function readBracketed(text: string): Result<Token, Misspelling> {
  const straight = text.replace(/[“”„]/g, '"').replace(/[‘’‚]/g, "'");
  const length = bracketEnd(straight);
  if (length === null) {
    return refuse({
      sentence: `A bracket is opened at ${shorten(text)} and never closed. Write lists as [a, b].`,
    });
  }
  const source = straight.slice(0, length);
  // In a list every item stays text, as a bare value does: its type is the input's business.
  const value = readYaml(source, source.startsWith("[") ? "failsafe" : "core");
  if (!value.ok) {
    return refuse({
      sentence: `${shorten(source)} is neither a list such as [a, b] nor an object such as {key: value}.`,
    });
  }
  return accept({ value: value.value, length });
}

function bracketEnd(text: string): number | null {
  let depth = 0;
  let quote = "";
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? "";
    if (quote !== "") {
      if (character === "\\" && quote === '"') at += 1;
      else if (character === quote) quote = "";
    } else if ((character === '"' || character === "'") && /[\s[{,:]/.test(text[at - 1] ?? " "))
      quote = character;
    else if (character === "[" || character === "{") depth += 1;
    else if (character === "]" || character === "}") {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return null;
}

function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
