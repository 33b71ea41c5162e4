import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { aRecord } from "#test/builders/plan-records.ts";
import { editErrors, editView, readEditedSource, sourceParts } from "./edit-view.ts";
import type { ViewValues } from "./view-values.ts";

/** What Slack sends back when nothing was typed. Its keys come in no order. */
function submitted(source: string): ViewValues {
  const { blocks } = editView({ record: aRecord({ source }) });
  const inputs = (
    blocks as {
      type: string;
      block_id?: string;
      element?: { action_id: string; initial_value?: string };
    }[]
  ).filter((block) => block.type === "input");
  const values = inputs.map(
    (block) =>
      [
        block.block_id ?? "",
        { [block.element?.action_id ?? ""]: { value: block.element?.initial_value ?? null } },
      ] as const,
  );
  return Object.fromEntries(values.toReversed());
}

describe("editing a plan's source", () => {
  test("gives the same source back when nothing was typed, whatever its length", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 900 }), { maxLength: 25 }), (lines) => {
        const source = lines.join("\n");
        fc.pre(sourceParts(source) !== null);
        expect(readEditedSource(submitted(source))).toBe(source);
      }),
    );
  });

  test("is spread over inputs that each leave room to type", () => {
    const source = "  - id: step\n".repeat(600);
    const parts = sourceParts(source) ?? [];
    expect(parts.length).toBeGreaterThan(2);
    expect(Math.max(...parts.map((part) => part.length))).toBeLessThanOrEqual(2400);
  });

  test.each([
    ["is too long for a window", "step\n".repeat(20_000)],
    ["has a line too long for an input", "x".repeat(2401)],
  ])("is asked for as a file when it %s", (_, source) => {
    const view = editView({ record: aRecord({ source }) });
    expect(view.submit).toBeUndefined();
    expect(JSON.stringify(view.blocks)).toContain("too long to edit");
  });

  test("shows mistakes under the first input", () => {
    const errors = editErrors(submitted("a: 1\n"), [
      { path: "steps", found: "nothing", expected: "a list of steps" },
    ]);
    expect(errors).toEqual({ plan_source_0: "steps: found nothing, expected a list of steps." });
    const place = { line: 3, column: 5 };
    const placed = [{ path: "a", found: "x", expected: "y", place }];
    expect(editErrors(submitted("a: 1\n"), placed)).toEqual({
      plan_source_0: "line 3: a: found x, expected y.",
    });
  });
});
