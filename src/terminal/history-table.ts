// Plans of the history for a terminal, one line each, and as JSON.

import type { HistoryItem } from "#engine/audit-event.ts";
import { identifier, oneLine } from "#bot/messages/plain.ts";
import { exactJson } from "./exact-json.ts";
import { markedStatus } from "./marked-status.ts";
import type { Screen } from "./screen.ts";
import { tableOf } from "./table.ts";

const HEADS = [
  "PLAN",
  "OUTCOME",
  "FILED (UTC)",
  "RISK",
  "ENVIRONMENT",
  "ASKED BY",
  "RUN",
  "TITLE",
] as const;

export function historyTable(items: readonly HistoryItem[], screen: Screen): string {
  return tableOf(HEADS, items.map(cells), screen);
}

/** Times as ISO 8601 in UTC, the rest as it is kept. */
export function historyJson(items: readonly HistoryItem[]): string {
  return exactJson(
    items.map((item) => ({ ...item, filedAt: new Date(item.filedAt).toISOString() })),
  );
}

function cells(item: HistoryItem): readonly string[] {
  return [
    identifier(item.planId, 30).text,
    markedStatus(item.outcome, item.emergency),
    new Date(item.filedAt).toISOString().slice(0, 16).replace("T", " "),
    identifier(item.risk, 12).text,
    identifier(item.environment, 24).text,
    identifier(item.requesterId, 24).text,
    item.runId === null ? "-" : identifier(item.runId, 30).text,
    oneLine(item.title, 150).text,
  ];
}
