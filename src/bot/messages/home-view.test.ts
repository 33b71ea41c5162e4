import { describe, expect, test } from "vitest";
import { NOON, aPlan, aRecord, aStep, aVerdict } from "#test/builders/plan-records.ts";
import { homeView } from "./home-view.ts";
import { picturedCard } from "./plan-picture.ts";
import { viewText } from "./view-hash.ts";

const nobodys = { theirs: [], others: [] };
const empty = { waiting: nobodys, asked: [], running: [], recent: [], now: NOON };
const withSteps = (count: number) => {
  const steps = Array.from({ length: count }, (_, index) => aStep({ id: `s${index}` }));
  const plan = { record: aRecord({ plan: aPlan({ steps }) }), verdict: aVerdict(), freeze: null };
  return JSON.stringify(homeView({ ...empty, waiting: { theirs: [plan], others: [] } }));
};

describe("App Home", () => {
  test("offers Approve beside every step of a plan that a card shows whole", () => {
    const home = withSteps(12);
    for (let place = 1; place <= 12; place += 1) expect(home).toContain(`${place}. s${place - 1}"`);
    expect(home).toContain("plan_approve");
    expect(home).not.toContain("not shown");
  });

  test("shows what a card shows, so that a signature given there is for the same picture", () => {
    const record = aRecord();
    const home = homeView({
      ...empty,
      waiting: { theirs: [{ record, verdict: aVerdict(), freeze: null }], others: [] },
    });
    const shown = viewText(home.blocks);
    expect(shown).toContain(picturedCard(record).viewText);
  });

  test("asks to open the full plan where a card hides steps, too", () => {
    const home = withSteps(40);
    expect(home).toContain("25 more steps not shown");
    expect(home).toContain("before you approve");
  });

  test("shows what others are waited for without a button, after what waits for the reader", () => {
    const of = (id: string) => ({ record: aRecord({ id }), verdict: aVerdict(), freeze: null });
    const waiting = { theirs: [of("pl-mine")], others: [of("pl-theirs")] };
    const home = JSON.stringify(homeView({ ...empty, waiting }));
    expect(home.indexOf("pl-mine|1")).toBeLessThan(home.indexOf("pl-theirs"));
    expect(home).not.toContain("pl-theirs|1");
  });

  test("says so when nothing waits, runs or was asked for", () => {
    const home = JSON.stringify(homeView(empty));
    for (const part of ["No plan waits", "Nothing of yours is running", "You have not asked"])
      expect(home).toContain(part);
  });
});
