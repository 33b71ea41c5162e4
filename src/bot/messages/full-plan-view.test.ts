import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { NOON, aPlan, aRecord, aStep } from "#test/builders/plan-records.ts";
import { chunks, fullPlanPages, fullPlanView, stepDetails } from "./full-plan-view.ts";
import { ACTIONS } from "./identifiers.ts";
import { reveal } from "./plain.ts";

type Preformatted = { type: string; elements: { text: string }[] };

/** The preformatted text of all pages, one string a heading: the overview first, then each step. */
function details(pages: readonly (readonly unknown[])[]): string[] {
  const texts: string[] = [];
  for (const block of pages.flat() as { elements: Preformatted[] }[]) {
    if (block.elements[0]?.type === "rich_text_section") texts.push("");
    const text = block.elements
      .filter((element) => element.type === "rich_text_preformatted")
      .map((element) => element.elements[0]?.text ?? "");
    texts.push(`${texts.pop() ?? ""}${text.join("")}`);
  }
  return texts;
}

describe("the full plan", () => {
  test("holds every value of every step across its pages", () => {
    const script = Array.from(
      { length: 400 },
      (_, index) => `echo "line ${index}" >> /var/log/x`,
    ).join("\n");
    const steps = Array.from({ length: 60 }, (_, index) =>
      aStep({
        id: `s${index}`,
        with: { script, index, nested: { list: [1, "two", null, true] } },
        when: "steps.a.ok",
        locks: ["a", "b"],
      }),
    );
    const record = aRecord({ plan: aPlan({ steps }) });
    const pages = fullPlanPages(record);
    expect(pages.length).toBeGreaterThan(15);
    const [overview = "", ...shown] = details(pages);
    expect(parse(overview)).toMatchObject({
      title: record.plan.title,
      environment: "production",
      inputs: { fleet: "api" },
      "hash (SHA-256)": record.hash,
    });
    expect(shown.map((text) => parse(text) as unknown)).toEqual(
      steps.map((step) => JSON.parse(JSON.stringify(stepDetails(step, "stages"))) as unknown),
    );
  });

  test("writes out what is invisible in values", () => {
    const record = aRecord({
      plan: aPlan({ steps: [aStep({ id: "a", with: { command: "safe\u202Eevil" } })] }),
    });
    expect(details(fullPlanPages(record)).join("")).toContain("\\u{202E}");
  });

  test("turns pages between the first and the last", () => {
    const record = aRecord({
      plan: aPlan({ steps: Array.from({ length: 120 }, (_, index) => aStep({ id: `s${index}` })) }),
    });
    const last = fullPlanPages(record).length;
    const turns = (page: number) =>
      JSON.stringify(fullPlanView({ record, page, now: NOON }).blocks).match(/plan_full_page_\w+/g);
    expect(turns(1)).toEqual([ACTIONS.fullPlanNext]);
    expect(turns(2)).toEqual([ACTIONS.fullPlanPrevious, ACTIONS.fullPlanNext]);
    expect(turns(last)).toEqual([ACTIONS.fullPlanPrevious]);
    expect(turns(last + 9)).toEqual([ACTIONS.fullPlanPrevious]);
  });
});

test("chunks join to the whole text and never exceed a block", () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: "grapheme", maxLength: 5000 }), { maxLength: 6 }),
      (parts) => {
        const text = reveal(parts.join("\n"));
        const pieces = chunks(text);
        expect(pieces.join("")).toBe(text);
        expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThanOrEqual(2800);
      },
    ),
  );
});
