// The filters of `history` as words: who, where, what, how it ended, since when. Pure; the time is asked for
// by whoever resolves them.

import { parseDuration } from "#engine/duration.ts";
import type { Json } from "#engine/json.ts";
import { nearestName } from "#engine/nearest-name.ts";
import { accept, refuse } from "#engine/result.ts";
import type { Result } from "#engine/result.ts";
import type { Instant } from "#engine/time.ts";
import { readArguments } from "./argument-words.ts";
import type { Misspelling } from "./argument-words.ts";

/** A moment as people say it: so long ago, or a day. */
export type Moment = { readonly agoMs: number } | { readonly at: Instant };

export type HistoryWords = {
  /** A user id, or `me`. */
  readonly person?: string;
  readonly environment?: string;
  readonly operation?: string;
  readonly outcome?: string;
  readonly text?: string;
  readonly since?: Moment;
  readonly until?: Moment;
  readonly limit?: number;
};

const NAMES: Readonly<Record<string, keyof HistoryWords>> = {
  by: "person",
  person: "person",
  who: "person",
  environment: "environment",
  env: "environment",
  in: "environment",
  operation: "operation",
  op: "operation",
  outcome: "outcome",
  status: "outcome",
  text: "text",
  since: "since",
  until: "until",
  limit: "limit",
};
const MOST_ITEMS = 100;

/** Reads `by @ann environment=production since=2d text="web fleet"`. */
export function readHistoryWords(text: string): Result<HistoryWords, Misspelling> {
  const read = readArguments(text.replace(/(^|\s)(by|in|since|until)\s+(?=\S)/gi, "$1$2="));
  if (!read.ok) return read;
  const [stray] = read.value.words;
  if (stray !== undefined) {
    const person = stray.startsWith("@")
      ? ` Did you mean by ${stray}?`
      : ` To search for words, write text="${stray}".`;
    return refuse({ sentence: `I do not know the filter ${stray}.${person}` });
  }
  const filter: Record<string, unknown> = {};
  for (const [given, value] of Object.entries(read.value.arguments)) {
    const name = NAMES[given.toLowerCase()];
    if (name === undefined) {
      const nearest = nearestName(given, Object.keys(NAMES));
      return refuse({
        sentence: `I do not know the filter ${given}.${nearest === null ? "" : ` Did you mean ${nearest}?`} There are by, environment, operation, outcome, since, until, text and limit.`,
      });
    }
    const meant = readFilter(name, value);
    if (!meant.ok) return meant;
    filter[name] = meant.value;
  }
  return accept(filter as HistoryWords);
}

function readFilter(name: keyof HistoryWords, value: Json): Result<unknown, Misspelling> {
  if (typeof value !== "string") return refuse({ sentence: `Give ${name} one value.` });
  const text = value;
  switch (name) {
    case "person":
      return readPerson(text);
    case "since":
    case "until":
      return readMoment(name, text);
    case "limit": {
      const limit = /^\d{1,3}$/.test(text) ? Number(text) : 0;
      return limit >= 1 && limit <= MOST_ITEMS
        ? accept(limit)
        : refuse({ sentence: `limit is a number from 1 to ${MOST_ITEMS}.` });
    }
    default:
      return text === ""
        ? refuse({ sentence: `${name} is empty. Give it a value, or leave it out.` })
        : accept(text);
  }
}

function readPerson(text: string): Result<string, Misspelling> {
  if (text.toLowerCase() === "me") return accept("me");
  const id = /^@?([UW][A-Z0-9]{2,20})$/.exec(text)?.[1];
  if (id !== undefined) return accept(id);
  return refuse({
    sentence: `I do not know who ${text} is. Type @ and pick the person from Slack's list, or write by me.`,
  });
}

function readMoment(name: string, text: string): Result<Moment, Misspelling> {
  const agoMs = parseDuration(text);
  if (agoMs !== null) return accept({ agoMs });
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (!Number.isNaN(day)) return accept({ at: day });
  return refuse({
    sentence: `${name}=${text} is not a time I understand. Write a span such as ${name}=2d or a day such as ${name}=2026-11-30 (UTC).`,
  });
}
