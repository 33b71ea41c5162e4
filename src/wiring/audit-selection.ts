// The filters of `audit export` and `history` as flags of the command line, checked before anything is opened.

import type { EventFilter } from "#engine/audit-event.ts";
import { parseDuration } from "#engine/duration.ts";
import type { Instant } from "#engine/time.ts";
import { EXPORT_FORMATS } from "#adapters/audit-file/export-audit.ts";
import type { ExportFormat } from "#adapters/audit-file/export-audit.ts";
import { UsageError } from "./command-line.ts";

/** Which events, in whichever workspace. Empty: the whole log, and only that is a chain. */
export type AuditSelection = Omit<EventFilter, "teamId" | "limit">;

type SelectingFlag =
  | "plan"
  | "run"
  | "since"
  | "until"
  | "person"
  | "kind"
  | "environment"
  | "operation"
  | "outcome"
  | "text";

/** @throws {UsageError} naming the flag, what was found and what was expected. */
export function selectionOf(
  flags: { readonly [Flag in SelectingFlag]?: string | undefined },
  now: Instant,
): AuditSelection {
  const { plan, run, since, until, person, kind, environment, operation, outcome, text } = flags;
  return {
    ...(plan !== undefined && { planId: planIdOf("plan", plan) }),
    ...(run !== undefined && { runId: given("run", run, /^run-\S+$/, "a run id: run-...") }),
    ...(since !== undefined && { since: momentOf("since", since, now) }),
    ...(until !== undefined && { until: momentOf("until", until, now) }),
    ...(person !== undefined && {
      person: given("person", person, /^[UW][A-Z0-9]+$/, "a Slack user id such as U0ANN"),
    }),
    ...(kind !== undefined && {
      kind: given(
        "kind",
        kind,
        /^[a-z][a-z-]*(\.([a-z-]+|\*))?$/,
        "a kind such as vote.cast or vote.*",
      ),
    }),
    ...(environment !== undefined && { environment: given("environment", environment) }),
    ...(operation !== undefined && { operation: given("operation", operation) }),
    ...(outcome !== undefined && { outcome: given("outcome", outcome) }),
    ...(text !== undefined && { text: given("text", text) }),
  };
}

/** @throws {UsageError} */
export function planIdOf(flag: "plan" | "before", text: string): string {
  return given(flag, text, /^pl-\S+$/, "a plan id: pl-...");
}

/** @throws {UsageError} */
export function formatOf(text: string | undefined): ExportFormat {
  const format = EXPORT_FORMATS.find((known) => known === (text ?? "ndjson"));
  if (format === undefined) throw wrong("format", text ?? "", EXPORT_FORMATS.join(" or "));
  return format;
}

/** The selection as a signature names it: times in UTC, the rest as given. */
export function selectionText(selection: AuditSelection): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(selection).map(([name, value]) => [
      name,
      typeof value === "number" ? new Date(value).toISOString() : value,
    ]),
  );
}

function given(
  flag: SelectingFlag | "before",
  text: string,
  form = /\S/,
  expected = "a value that is not empty",
): string {
  if (!form.test(text)) throw wrong(flag, text, expected);
  return text;
}

/** A day or a time (UTC where it names no zone), or how long ago. */
function momentOf(flag: "since" | "until", text: string, now: Instant): Instant {
  const agoMs = parseDuration(text);
  if (agoMs !== null) return now - agoMs;
  const zoned = /T.*[^Z]$/.test(text) && !/[+-]\d{2}:?\d{2}$/.test(text) ? `${text}Z` : text;
  const at = Date.parse(zoned);
  if (!/^\d{4}-\d{2}-\d{2}/.test(text) || Number.isNaN(at))
    throw wrong(
      flag,
      text,
      "a day such as 2026-11-21, a time such as 2026-11-21T08:00Z, or a span such as 7d",
    );
  return at;
}

function wrong(flag: string, found: string, expected: string): UsageError {
  return new UsageError(`--${flag}: found ${JSON.stringify(found)}, expected ${expected}`);
}
