import { describe, expect, test } from "vitest";
import { NOON, aPlan, aRecord, aStep, aVerdict } from "#test/builders/plan-records.ts";
import { homeView } from "./home-view.ts";

const empty = { waiting: [], asked: [], running: [], recent: [], now: NOON };
const withSteps = (count: number) =>
  JSON.stringify(
    homeView({
      ...empty,
      waiting: [
        {
          record: aRecord({
            plan: aPlan({
              steps: Array.from({ length: count }, (_, index) => aStep({ id: `s${index}` })),
            }),
          }),
          verdict: aVerdict(),
        },
      ],
    }),
  );

describe("App Home", () => {
  test("offers Approve beside every step of a plan that a card shows whole", () => {
    const home = withSteps(12);
    for (let place = 1; place <= 12; place += 1) expect(home).toContain(`${place}. s${place - 1}"`);
    expect(home).toContain("plan_approve");
    expect(home).not.toContain("not shown");
  });

  test("asks to open the full plan where a card hides steps, too", () => {
    const home = withSteps(40);
    expect(home).toContain("35 more steps not shown");
    expect(home).toContain("before you approve");
  });

  test("shows the plan with the oldest clock first", () => {
    const waiting = [
      { record: aRecord({ id: "pl-later", approveBy: NOON + 2000 }), verdict: aVerdict() },
      { record: aRecord({ id: "pl-sooner", approveBy: NOON + 1000 }), verdict: aVerdict() },
    ];
    const home = JSON.stringify(homeView({ ...empty, waiting }));
    expect(home.indexOf("pl-sooner|1")).toBeLessThan(home.indexOf("pl-later|1"));
  });

  test("says so when nothing waits, runs or was asked for", () => {
    const home = JSON.stringify(homeView(empty));
    for (const part of ["No plan waits", "Nothing of yours is running", "You have not asked"])
      expect(home).toContain(part);
  });
});
