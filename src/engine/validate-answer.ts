// Whether one typed field of an inquiry's form takes a value: pure, all but "is this person a member". Mistakes are
// told in words that fit under the field; a secret's value is never in them.

import { evaluate } from "./expression.ts";
import type { Json } from "./json.ts";
import { nearestName } from "./nearest-name.ts";
import type { InquiryField } from "./plan.ts";
import { accept, refuse } from "./result.ts";
import type { Result } from "./result.ts";
import { SHORTEST_SECRET } from "./secret-box.ts";

/** Longest text of one field; also Slack's limit for an input. */
const LONGEST_TEXT = 3000;

/** What a form sends: text, or nothing. */
export type Entered = string | null;

/** The answer as its field's type has it, or one sentence about what is wrong with it. */
export function validateAnswer(field: InquiryField, entered: Entered): Result<Json, string> {
  const text = entered === null ? "" : field.type === "secret" ? entered : entered.trim();
  if (text === "") {
    if (field.required) return refuse("Fill this in.");
    return accept(field.default);
  }
  switch (field.type) {
    case "text":
      return lengthAndPattern(field, text);
    case "secret":
      return text.length < SHORTEST_SECRET
        ? refuse(
            `Give at least ${SHORTEST_SECRET} characters: a shorter secret could not be masked.`,
          )
        : lengthAndPattern(field, text);
    case "number":
      return numberOf(field, text);
    case "choice":
      return choiceOf(field, text);
    case "user":
      return /^[UW][A-Z0-9]{2,30}$/.test(text) ? accept(text) : refuse("Choose a person.");
    case "date":
      return isDate(text) ? accept(text) : refuse("Give a date as YYYY-MM-DD.");
  }
}

function lengthAndPattern(
  { type, min, max, pattern }: InquiryField,
  text: string,
): Result<Json, string> {
  const { length } = text;
  if (min !== null && length < min) return refuse(`Give at least ${min} characters.`);
  const most = Math.min(max ?? LONGEST_TEXT, LONGEST_TEXT);
  if (length > most) return refuse(`Give at most ${most} characters.`);
  if (pattern === null) return accept(text);
  // RE2, run by the expression evaluator, so that a hostile pattern can't hang the process.
  const matched = evaluate("text.matches(pattern)", { text, pattern: `^(?:${pattern})$` });
  if (!matched.ok && type !== "secret")
    return refuse(`The plan's pattern for this cannot be used: ${matched.refusal}.`);
  return matched.ok && matched.value === true
    ? accept(text)
    : refuse(`It must match ${pattern} as a whole.`);
}

function numberOf({ min, max }: InquiryField, text: string): Result<Json, string> {
  const value = Number(text);
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) || !Number.isFinite(value))
    return refuse("Give a number, such as 3 or 0.5.");
  if (min !== null && value < min) return refuse(`Give a number of at least ${min}.`);
  if (max !== null && value > max) return refuse(`Give a number of at most ${max}.`);
  return accept(value);
}

function choiceOf({ options }: InquiryField, text: string): Result<Json, string> {
  if (options.includes(text)) return accept(text);
  const nearest = nearestName(text, options);
  return refuse(
    `Choose one of ${options.join(", ")}.${nearest === null ? "" : ` Did you mean ${nearest}?`}`,
  );
}

/** A day of the calendar: 2026-02-30 is none. */
function isDate(text: string): boolean {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (match === null) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}
