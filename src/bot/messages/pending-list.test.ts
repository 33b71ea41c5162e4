import { describe, expect, test } from "vitest";
import {
  NOON,
  PERMALINK,
  aPlan,
  aRecord,
  aRunView,
  aStep,
  aVerdict,
} from "#test/builders/plan-records.ts";
import { messageFaults } from "#test/builders/strict-block-kit.ts";
import { pendingMessage } from "./pending-list.ts";
import { picturedCard } from "./plan-picture.ts";
import { viewText } from "./view-hash.ts";

const of = (id: string, steps = 2) => {
  const plan = aPlan({
    steps: Array.from({ length: steps }, (_, index) => aStep({ id: `s${index}` })),
  });
  return { record: aRecord({ id, plan }), verdict: aVerdict(), freeze: null };
};
const many = (count: number, name: string, steps?: number) =>
  Array.from({ length: count }, (_, index) => of(`pl-${name}${index}`, steps));
const shown = (plans: Parameters<typeof pendingMessage>[0]["plans"]) =>
  pendingMessage({ plans, askings: [], viewerId: "U0BOB", now: NOON });

describe("what waits", () => {
  test("shows what waits for the reader as its card does, with buttons, before the rest without any", () => {
    const mine = of("pl-mine");
    const message = shown({ theirs: [mine], others: [of("pl-others")] });
    expect(viewText(message.blocks)).toContain(picturedCard(mine.record).viewText);
    const text = JSON.stringify(message.blocks);
    for (const action of ["plan_approve", "plan_reject", "plan_full"])
      expect(text).toContain(action);
    expect(text).toContain('"pl-mine|1"');
    expect(text).not.toContain("pl-others|1");
    expect(text.indexOf("pl-mine")).toBeLessThan(text.indexOf("pl-others"));
    expect(message.text).toBe("2 plans waiting for approval, 1 of them for you");
  });

  test("has a line for each of the reader's plans that finds no room whole, and counts the rest", () => {
    const plans = { theirs: many(30, "mine", 15), others: many(60, "others") };
    const { blocks } = shown(plans);
    const text = JSON.stringify(blocks);
    for (let nth = 0; nth < 15; nth += 1) expect(text).toContain(`pl-mine${nth}`);
    expect(text).toContain("15 more plans not shown.");
    expect(text).toMatch(/See one with/);
    const allowed = {
      people: new Set(["U0RITA", "U0BOB", "U0ANN"]),
      urls: new Set([PERMALINK]),
      values: /^U0RITA$|^pl-mine\d+\|1$/,
    };
    expect(messageFaults({ text: "x", blocks }, allowed)).toEqual([]);
  });

  test("says when nothing waits", () => {
    expect(shown({ theirs: [], others: [] }).text).toBe("No plan waits for approval.");
  });

  test("marks the running step of a plan for which the glass was broken", () => {
    const marked = (emergency: boolean) => {
      const run = { ...aRunView(aPlan()), emergency };
      const step = aStep({ id: "stop" });
      const asking = { kind: "approval", run, step, closesAt: NOON, couldAnswer: [] } as const;
      const plans = { theirs: [], others: [] };
      const shown = pendingMessage({ plans, askings: [asking], viewerId: "U0BOB", now: NOON });
      return JSON.stringify(shown.blocks).includes("break-glass");
    };
    expect([marked(true), marked(false)]).toEqual([true, false]);
  });
});
