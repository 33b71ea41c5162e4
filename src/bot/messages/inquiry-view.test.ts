import type { InputBlock } from "@slack/types";
import { describe, expect, test } from "vitest";
import { aField, anInquiry } from "#test/builders/asking-run.ts";
import { INPUTS } from "./identifiers.ts";
import {
  inquiryErrors,
  inquiryView,
  parseInquiryMetadata,
  readInquiryValues,
} from "./inquiry-view.ts";

const REF = { runId: "run-1", stepId: "stop", opening: 2 };
const FIELDS = [
  aField("size", "number", { min: 1, max: 9, default: 3 }),
  aField("mode", "choice", { options: ["slow", "fast"], default: "fast" }),
  aField("when", "date"),
  aField("who", "user"),
  aField("ticket", "text", { pattern: "OPS-[0-9]+", required: false }),
  aField("token", "secret", { min: 8 }),
];
const { actionId, blockPrefix, secretPrefix } = INPUTS.inquiryField;

describe("the window of a question", () => {
  const view = inquiryView(anInquiry({ fields: FIELDS }), REF);
  const inputs = view.blocks.filter((block): block is InputBlock => block.type === "input");

  test("has an input of each field's type, with its default", () => {
    expect(inputs.map(({ element }) => element.type)).toEqual([
      "number_input",
      "static_select",
      "datepicker",
      "users_select",
      "plain_text_input",
      "plain_text_input",
    ]);
    expect(inputs[0]?.element).toMatchObject({ initial_value: "3" });
    expect(inputs[1]?.element).toMatchObject({ initial_option: { value: "fast" } });
    expect(inputs.map(({ optional }) => optional)).toEqual([
      false,
      false,
      false,
      false,
      true,
      false,
    ]);
  });

  test("says what an answer must be, and that Slack shows a secret while it is typed", () => {
    expect(inputs.map(({ hint }) => hint?.text ?? null)).toEqual([
      "At least 1. At most 9.",
      null,
      null,
      null,
      "Must match OPS-[0-9]+",
      "Slack shows what you type; it is sealed on arrival, and only the step sees it. At least 8 characters.",
    ]);
  });

  test("marks secrets by their block, so that they are sealed before anything is read", () => {
    expect(inputs.map(({ block_id }) => block_id)).toEqual([
      `${blockPrefix}size`,
      `${blockPrefix}mode`,
      `${blockPrefix}when`,
      `${blockPrefix}who`,
      `${blockPrefix}ticket`,
      `${secretPrefix}token`,
    ]);
  });

  test("names its run, step and asking, and is read back", () => {
    expect(parseInquiryMetadata(view.private_metadata)).toEqual(REF);
  });

  test.each([
    undefined,
    "",
    "null",
    "[]",
    '["run-1","stop"]',
    '["pl-1","stop",1]',
    '["run-1",7,1]',
    '["run-1","stop","1"]',
    '["run-1\\n","stop",1]',
  ])("with metadata %j is none of ours", (metadata) => {
    expect(parseInquiryMetadata(metadata)).toBeNull();
  });
});

test("what was entered is read by its field, whatever the kind of input", () => {
  expect(
    readInquiryValues({
      [`${blockPrefix}size`]: { [actionId]: { value: "3" } },
      [`${blockPrefix}mode`]: { [actionId]: { selected_option: { value: "fast" } } },
      [`${blockPrefix}when`]: { [actionId]: { selected_date: "2026-11-30" } },
      [`${blockPrefix}who`]: { [actionId]: { selected_user: "U0BOB" } },
      [`${blockPrefix}ticket`]: { [actionId]: { value: null } },
      [`${secretPrefix}token`]: { [actionId]: { value: "secret:answer/…" } },
      something_else: { [actionId]: { value: "no field" } },
    }),
  ).toEqual({
    size: "3",
    mode: "fast",
    when: "2026-11-30",
    who: "U0BOB",
    ticket: null,
    token: "secret:answer/…",
  });
});

test("what is wrong stands under the field it is in", () => {
  const problems = [
    { field: "size", sentence: "Give at most 9." },
    { field: "token", sentence: "Fill this in." },
    { field: "unknown", sentence: "There is no such field." },
  ];
  expect(inquiryErrors(FIELDS, problems)).toEqual({
    [`${blockPrefix}size`]: "Give at most 9.",
    [`${secretPrefix}token`]: "Fill this in.",
  });
});
