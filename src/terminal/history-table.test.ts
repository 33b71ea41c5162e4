import { expect, test } from "vitest";
import type { HistoryItem } from "#engine/audit-event.ts";
import { historyJson, historyTable } from "./history-table.ts";
import { runTable } from "./run-table.ts";
import { PLAIN } from "./screen.ts";

const ITEM: HistoryItem = {
  planId: "pl-1",
  runId: null,
  title: "Stop\nall\u202E \u001B[31mred",
  environment: "production",
  risk: "destructive",
  requesterId: "U0RITA",
  outcome: "rejected",
  filedAt: Date.UTC(2026, 10, 21, 8, 5),
  permalink: null,
  emergency: false,
};

test("a plan of the history is one line that a terminal only shows", () => {
  const [head, line, ...more] = historyTable([ITEM], PLAIN).split("\n");
  expect(head).toMatch(/^PLAN {2}OUTCOME +FILED \(UTC\) +RISK/);
  expect(line).toMatch(/^pl-1 {2}rejected {2}2026-11-21 08:05 {2}destructive .* - .* Stop/);
  expect(line).not.toMatch(/\p{Cc}|\p{Cf}/u);
  expect(more).toEqual([]);
});

test("as JSON it is exact, with its time in UTC, and harmless to look at", () => {
  const text = historyJson([ITEM]);
  expect(JSON.parse(text)).toEqual([{ ...ITEM, filedAt: "2026-11-21T08:05:00.000Z" }]);
  expect(text.replaceAll("\n", "")).not.toMatch(/\p{Cc}|\p{Cf}/u);
});

test("a plan and a run for which the glass was broken are marked in their tables, and no others", () => {
  const history = (emergency: boolean) => historyTable([{ ...ITEM, emergency }], PLAIN);
  expect(history(true)).toContain("rejected, break-glass  2026-11-21");
  expect(history(false)).not.toContain("break-glass");
  const { requesterId, environment, risk, title } = ITEM;
  const run = { runId: "run-1", status: "running", queuedAt: 0 };
  const runs = (emergency: boolean) =>
    runTable([{ ...run, requesterId, environment, risk, title, emergency }], 60_000, PLAIN);
  expect(runs(true)).toContain("running, break-glass  1m");
  expect(runs(false)).not.toContain("break-glass");
});
