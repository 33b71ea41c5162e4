import { describe, expect, test } from "vitest";
import { checkMessageBlocks, checkView, countText } from "./check-surface.ts";

const plain = (text: string) => ({ type: "plain_text", text });
const section = (text: string) => ({ type: "section", text: { type: "mrkdwn", text } });
const button = (fields: object = {}) => ({ type: "button", text: plain("Go"), ...fields });
const actions = (...elements: object[]) => ({ type: "actions", elements });
const option = (value: string) => ({ text: plain("One"), value });
const many = <T>(count: number, make: (index: number) => T) =>
  Array.from({ length: count }, (_, index) => make(index));
const table = (rows: number, columns: number) => ({
  type: "table",
  rows: many(rows, () => many(columns, () => ({ type: "raw_text", text: "x" }))),
});
const modal = (fields: object) => ({ type: "modal", title: plain("Title"), blocks: [], ...fields });
const input = (element: object) => ({ type: "input", label: plain("Label"), element });

describe("a message is refused when", () => {
  const refusals: [string, object[], string][] = [
    [
      "it has 51 blocks",
      many(51, () => ({ type: "divider" })),
      "no more than 50 items allowed [json-pointer:/blocks]",
    ],
    [
      "a section's text has 3001 characters",
      [section("x".repeat(3001))],
      "must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
    ],
    [
      "a section's text is empty",
      [section("")],
      "must be more than 0 characters [json-pointer:/blocks/0/text/text]",
    ],
    [
      "a section has neither text nor fields",
      [{ type: "section" }],
      "must provide either `text` or `fields` [json-pointer:/blocks/0]",
    ],
    [
      "a section has 11 fields",
      [{ type: "section", fields: many(11, () => plain("x")) }],
      "no more than 10 items allowed [json-pointer:/blocks/0/fields]",
    ],
    [
      "a field has 2001 characters",
      [{ type: "section", fields: [plain("x".repeat(2001))] }],
      "must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]",
    ],
    [
      "a header has 151 characters",
      [{ type: "header", text: plain("x".repeat(151)) }],
      "must be less than 151 characters [json-pointer:/blocks/0/text/text]",
    ],
    [
      "a header is mrkdwn",
      [{ type: "header", text: { type: "mrkdwn", text: "x" } }],
      "must be one of: plain_text [json-pointer:/blocks/0/text/type]",
    ],
    [
      "a context has 11 elements",
      [{ type: "context", elements: many(11, () => plain("x")) }],
      "no more than 10 items allowed [json-pointer:/blocks/0/elements]",
    ],
    [
      "an actions block has 26 elements",
      [actions(...many(26, () => button()))],
      "no more than 25 items allowed [json-pointer:/blocks/0/elements]",
    ],
    [
      "a button's value has 2001 characters",
      [actions(button({ value: "x".repeat(2001) }))],
      "must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]",
    ],
    [
      "a button's words have 76 characters",
      [actions(button({ text: plain("x".repeat(76)) }))],
      "must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]",
    ],
    [
      "a confirm text has 301 characters",
      [actions(button({ confirm: { text: plain("x".repeat(301)) } }))],
      "must be less than 301 characters [json-pointer:/blocks/0/elements/0/confirm/text/text]",
    ],
    [
      "an option's value has 151 characters",
      [actions({ type: "static_select", options: [option("x".repeat(151))] })],
      "must be less than 151 characters [json-pointer:/blocks/0/elements/0/options/0/value]",
    ],
    [
      "a menu has 101 options",
      [actions({ type: "static_select", options: many(101, String).map(option) })],
      "no more than 100 items allowed [json-pointer:/blocks/0/elements/0/options]",
    ],
    [
      "an overflow menu has 6 options",
      [actions({ type: "overflow", options: many(6, String).map(option) })],
      "no more than 5 items allowed [json-pointer:/blocks/0/elements/0/options]",
    ],
    [
      "a block_id has 256 characters",
      [{ type: "divider", block_id: "x".repeat(256) }],
      "must be less than 256 characters [json-pointer:/blocks/0/block_id]",
    ],
    [
      "a block_id is used twice",
      [
        { type: "divider", block_id: "a" },
        { type: "divider", block_id: "a" },
      ],
      "`block_id` already exists: a [json-pointer:/blocks/1/block_id]",
    ],
    [
      "an action_id is used twice in a block",
      [actions(button({ action_id: "a" }), button({ action_id: "a" }))],
      "`action_id` already exists: a [json-pointer:/blocks/0/elements]",
    ],
    [
      "a block's type is unknown",
      [{ type: "marquee" }],
      "unsupported type: marquee [json-pointer:/blocks/0/type]",
    ],
    [
      "a block has a field of another world",
      [{ type: "divider", colour: "red" }],
      "invalid additional property: colour [json-pointer:/blocks/0]",
    ],
    [
      "a table has 101 rows",
      [table(101, 2)],
      "no more than 100 items allowed [json-pointer:/blocks/0/rows]",
    ],
    [
      "a table has 21 columns",
      [table(1, 21)],
      "no more than 20 items allowed [json-pointer:/blocks/0/rows/0]",
    ],
    [
      "it has two tables",
      [table(1, 1), table(1, 1)],
      "only one table allowed [json-pointer:/blocks]",
    ],
    [
      "it has two plans",
      [
        { type: "plan", title: "a" },
        { type: "plan", title: "b" },
      ],
      "only one plan allowed [json-pointer:/blocks]",
    ],
    [
      "it has an alert, which is for modals",
      [{ type: "alert", text: plain("x") }],
      "unsupported type: alert [json-pointer:/blocks/0/type]",
    ],
    [
      "its markdown blocks hold 12,001 characters",
      [
        { type: "markdown", text: "x".repeat(6001) },
        { type: "markdown", text: "x".repeat(6000) },
      ],
      "must be less than 12001 characters [json-pointer:/blocks]",
    ],
  ];

  test.each(refusals)("%s", (_rule, blocks, message) => {
    const verdict = checkMessageBlocks(blocks);
    expect(verdict).toMatchObject({ ok: false, error: "invalid_blocks" });
    expect(verdict.ok ? [] : verdict.messages).toContain(`[ERROR] ${message}`);
  });

  test("its texts together exceed the budget, although each is short enough", () => {
    expect(checkMessageBlocks(many(5, () => section("x".repeat(2600))))).toEqual({ ok: true });
    expect(checkMessageBlocks(many(5, () => section("x".repeat(2641))))).toMatchObject({
      ok: false,
      error: "msg_blocks_too_long",
    });
  });
});

test("a message at every limit is accepted", () => {
  const blocks = [
    { type: "header", text: plain("x".repeat(150)) },
    section("x".repeat(3000)),
    actions(...many(25, (index) => button({ action_id: `a${index}`, value: "x".repeat(2000) }))),
    table(20, 20),
    ...many(46, () => ({ type: "divider" })),
  ];
  expect(checkMessageBlocks(blocks)).toEqual({ ok: true });
});

describe("a view is refused when", () => {
  const element = { type: "plain_text_input", action_id: "a" };
  const refusals: [string, object, string][] = [
    [
      "a modal's title has 25 characters",
      modal({ title: plain("x".repeat(25)) }),
      "must be less than 25 characters [json-pointer:/view/title/text]",
    ],
    [
      "its private_metadata has 3001 characters",
      modal({ private_metadata: "x".repeat(3001) }),
      "must be less than 3001 characters [json-pointer:/view/private_metadata]",
    ],
    [
      "it has 101 blocks",
      modal({ blocks: many(101, () => ({ type: "divider" })) }),
      "no more than 100 items allowed [json-pointer:/view/blocks]",
    ],
    [
      "it asks for input and has no submit button",
      modal({ blocks: [input(element)] }),
      "`submit` is required when an `input` block is used [json-pointer:/view]",
    ],
    [
      "it holds a plan block, which is for messages",
      modal({ blocks: [{ type: "plan", title: "x" }] }),
      "unsupported type: plan [json-pointer:/view/blocks/0/type]",
    ],
    [
      "an initial value has 3001 characters",
      modal({
        submit: plain("Go"),
        blocks: [input({ ...element, initial_value: "x".repeat(3001) })],
      }),
      "must be less than 3001 characters [json-pointer:/view/blocks/0/element/initial_value]",
    ],
  ];

  test.each(refusals)("%s", (_rule, view, message) => {
    const verdict = checkView(view, "modal");
    expect(verdict).toMatchObject({ ok: false, error: "invalid_arguments" });
    expect(verdict.ok ? [] : verdict.messages).toContain(`[ERROR] ${message}`);
  });

  test("its JSON is larger than 250 kB", () => {
    const blocks = many(90, () => section("x".repeat(2900)));
    expect(checkView(modal({ blocks }), "modal")).toMatchObject({ error: "view_too_large" });
  });

  test("a modal is published as a Home tab", () => {
    expect(checkView(modal({}), "home")).toMatchObject({ ok: false, error: "invalid_arguments" });
  });
});

test("ids and values are not counted as text", () => {
  expect(
    countText([actions(button({ value: "not counted", action_id: "nor this" })), section("four")]),
  ).toBe(6);
});
