import { describe, expect, test } from "vitest";
import { formatOf, selectionOf, selectionText } from "./audit-selection.ts";

const NOW = Date.parse("2026-11-26T12:00:00Z");

test("flags become the filters of the log", () => {
  expect(
    selectionOf(
      { plan: "pl-1", run: "run-1", person: "U0ANN", kind: "vote.*", outcome: "failed", text: "x" },
      NOW,
    ),
  ).toEqual({
    planId: "pl-1",
    runId: "run-1",
    person: "U0ANN",
    kind: "vote.*",
    outcome: "failed",
    text: "x",
  });
  expect(selectionOf({}, NOW)).toEqual({});
});

test.each([
  ["2026-11-21", "2026-11-21T00:00:00.000Z"],
  ["2026-11-21T08:30", "2026-11-21T08:30:00.000Z"],
  ["2026-11-21T08:30+02:00", "2026-11-21T06:30:00.000Z"],
  ["7d", "2026-11-19T12:00:00.000Z"],
])("since %s is %s, whatever the time zone here is", (since, expected) => {
  expect(selectionText(selectionOf({ since }, NOW))).toEqual({ since: expected });
});

describe("refused with what was found and expected is", () => {
  test.each([
    [() => formatOf("xlsx"), '--format: found "xlsx", expected ndjson or csv'],
    [() => selectionOf({ since: "yesterday" }, NOW), '--since: found "yesterday", expected a day'],
    [
      () => selectionOf({ until: "2026-13-01" }, NOW),
      '--until: found "2026-13-01", expected a day',
    ],
    [
      () => selectionOf({ person: "@ann" }, NOW),
      '--person: found "@ann", expected a Slack user id',
    ],
    [() => selectionOf({ kind: "Vote" }, NOW), '--kind: found "Vote", expected a kind such as'],
    [() => selectionOf({ plan: "x" }, NOW), '--plan: found "x", expected a plan id'],
    [
      () => selectionOf({ text: " " }, NOW),
      '--text: found " ", expected a value that is not empty',
    ],
  ])("%s", (read, message) => {
    expect(read).toThrow(message);
  });
});
