import { describe, expect, test } from "vitest";
import { Channels } from "./channels.ts";
import type { JsonRecord } from "./json-value.ts";
import type { SlackMessage } from "./message.ts";
import { People } from "./people.ts";
import { defaultSeed } from "./seed.ts";
import { renderAsText } from "./text-rendering.ts";

const directory = { people: new People(defaultSeed), channels: new Channels(defaultSeed) };
const ts = "1763690400.000100"; // 2025-11-21 02:00 UTC

function render(
  content: { text?: string; blocks?: readonly JsonRecord[] },
  timeZone = "Etc/UTC",
): string {
  const message: SlackMessage = { type: "message", ts, team: "T0", text: "", ...content };
  return renderAsText(message, { directory, timeZone });
}

describe("mrkdwn becomes text", () => {
  test.each([
    [
      "with mentions resolved",
      "<@U0RITA> asks <!subteam^S0SRE> in <#C0GENERAL>",
      "@rita asks @sre in #general",
    ],
    ["with entities decoded once", "&lt;b&gt; &amp;amp;", "<b> &amp;"],
    ["with styles dropped", "*bold* _slanted_ ~gone~ `code`", "bold slanted gone code"],
    ["with marks inside words kept", "snake_case_name 2*3*4", "snake_case_name 2*3*4"],
    [
      "with the label and the address of a link",
      "<https://x.test|the log>",
      "the log (https://x.test)",
    ],
    ["with emoji by name", ":white_check_mark: :unheard_of:", "✅ :unheard_of:"],
    ["with times left alone", "at 10:30:00", "at 10:30:00"],
    ["with quotes marked", "&gt; said\nplain", "▏ said\nplain"],
    ["with code indented", "```a\nb```", "    a\n    b"],
    ["with control characters made visible", "a\u001b[31mb\u202e", "a�[31mb�"],
  ])("%s", (_rule, text, expected) => {
    expect(render({ text })).toBe(expected);
  });
});

describe("dates are told in the reader's time zone", () => {
  test.each([
    ["{date_short_pretty} at {time}", "Etc/UTC", "today at 02:00"],
    ["{date_short_pretty} at {time}", "America/New_York", "today at 21:00"],
    ["{date_num} {time_secs}", "Asia/Kolkata", "2025-11-21 07:30:00"],
    ["{ago}", "Etc/UTC", "0 seconds ago"],
    ["{unknown}", "Etc/UTC", "{unknown}"],
  ])("%s in %s", (format, timeZone, expected) => {
    expect(render({ text: `<!date^1763690400^${format}|fallback>` }, timeZone)).toBe(expected);
  });
});

test("blocks are told in order, with what can be clicked in brackets", () => {
  const plain = (text: string) => ({ type: "plain_text", text });
  const rich = (text: string) => ({
    type: "rich_text_section",
    elements: [{ type: "text", text }],
  });
  const blocks = [
    { type: "header", text: plain("Restart &amp; wait") },
    { type: "section", fields: [{ type: "mrkdwn", text: "*Risk*\nhigh" }] },
    {
      type: "rich_text",
      elements: [
        { type: "rich_text_list", style: "ordered", elements: [rich("stop"), rich("start")] },
      ],
    },
    {
      type: "table",
      rows: [
        [
          { type: "raw_text", text: "Host" },
          { type: "raw_text", text: "State" },
        ],
        [
          { type: "raw_text", text: "api-1" },
          { type: "raw_text", text: "ok" },
        ],
      ],
    },
    {
      type: "plan",
      title: "Run",
      tasks: [{ type: "task_card", task_id: "1", title: "stop", status: "complete" }],
    },
    { type: "markdown", text: "**Done** in [3 s](https://x.test)" },
    {
      type: "actions",
      elements: [
        { type: "button", text: plain("Approve") },
        { type: "overflow", options: [] },
      ],
    },
  ];
  expect(render({ blocks }).split("\n")).toEqual([
    "# Restart & wait",
    "Risk high",
    "1. stop",
    "2. start",
    "Host  │ State",
    "api-1 │ ok",
    "▸ Run",
    "  ● stop",
    "Done in 3 s (https://x.test)",
    "[Approve] […]",
  ]);
});
