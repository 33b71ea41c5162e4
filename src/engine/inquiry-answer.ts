// Whether a value answers a field of a question. Asked of defaults when a plan is filed and of answers when
// they are given.

import { evaluate } from "./expression.ts";
import type { Json } from "./json.ts";
import type { InquiryField } from "./plan.ts";
import { foundText } from "./zod-problems.ts";

/** What was found and what was expected, or null when the value is a good answer. An empty answer is null. */
export function answerProblem(
  field: InquiryField,
  value: Json,
): { readonly found: string; readonly expected: string } | null {
  if (value === null) {
    return field.required ? { found: "no answer", expected: expectedOf(field) } : null;
  }
  const wrong = { found: shown(field, value), expected: expectedOf(field) };
  switch (field.type) {
    case "number":
      return typeof value === "number" && Number.isFinite(value) && isWithin(field, value)
        ? null
        : wrong;
    case "choice":
      return typeof value === "string" && field.options.includes(value) ? null : wrong;
    case "user":
      return typeof value === "string" && /^[UW][A-Z0-9]{2,20}$/.test(value) ? null : wrong;
    case "date":
      return typeof value === "string" && isDate(value) ? null : wrong;
    case "text":
    case "secret":
      return typeof value === "string" && isWithin(field, value.length) && matches(field, value)
        ? null
        : wrong;
  }
}

/** A secret is never part of a sentence. */
function shown({ type }: InquiryField, value: Json): string {
  return type === "secret" ? "a secret that does not fit" : foundText(value);
}

function isWithin({ min, max }: InquiryField, size: number): boolean {
  return (min === null || size >= min) && (max === null || size <= max);
}

function matches({ pattern }: InquiryField, text: string): boolean {
  if (pattern === null) return true;
  const matched = evaluate("text.matches(pattern)", { text, pattern: `^(?:${pattern})$` });
  return matched.ok && matched.value === true;
}

/** A sentence about a pattern that is not RE2, or null. */
export function patternProblem(pattern: string): string | null {
  const tried = evaluate("text.matches(pattern)", { text: "", pattern: `^(?:${pattern})$` });
  return tried.ok ? null : tried.refusal;
}

/** A day of the calendar, written 2026-02-28. */
function isDate(text: string): boolean {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (parts === null) return false;
  const [year = 0, month = 0, day = 0] = parts.slice(1).map(Number);
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

function expectedOf(field: InquiryField): string {
  switch (field.type) {
    case "number":
      return `a number${boundsOf(field, "")}`;
    case "choice":
      return `one of ${field.options.join(", ")}`;
    case "user":
      return "a person of the workspace";
    case "date":
      return "a date such as 2026-02-28";
    case "text":
    case "secret": {
      const pattern = field.pattern === null ? "" : ` that matches ${field.pattern}`;
      return `${field.type === "text" ? "text" : "a secret"}${boundsOf(field, " characters")}${pattern}`;
    }
  }
}

function boundsOf({ min, max }: InquiryField, unit: string): string {
  if (min !== null && max !== null) return ` of ${min} to ${max}${unit}`;
  if (min !== null) return ` of at least ${min}${unit}`;
  return max === null ? "" : ` of at most ${max}${unit}`;
}
