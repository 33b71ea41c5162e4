import { expect, test } from "vitest";
import { aClause, aGroup, aRule } from "#test/builders/a-policy.ts";
import type { Circle } from "./gather-facts.ts";
import { whomToRemind } from "./whom-to-remind.ts";

const OFFICE = { days: ["thu"], from: "09:00", to: "18:00", timeZone: "UTC" } as const;
const groups = {
  sre: aGroup("sre", { workingHours: OFFICE }),
  night: aGroup("night", { workingHours: { ...OFFICE, from: "18:00", to: "23:00" } }),
  always: aGroup("always"),
};
const at = (time: string) => Date.parse(`2026-11-26T${time}Z`);

function circle(changes: Partial<Circle> = {}): Circle {
  return {
    rule: aRule([aClause(1, "sre", "night", "always")]),
    widened: false,
    members: { sre: ["U0ANN", "U0BOB"], night: ["U0BOB"], always: ["U0CAT"] },
    delegations: [],
    ...changes,
  };
}
const asked = (
  time: string,
  candidates: readonly string[],
  of = circle(),
  told: readonly string[] = [],
) => whomToRemind({ candidates, told, circle: of, groups, at: at(time) });

test("people are reminded within the hours of one of their groups, the others from the next opening", () => {
  expect(asked("12:00", ["U0ANN", "U0BOB"])).toEqual({ now: ["U0ANN", "U0BOB"], nextAt: null });
  expect(asked("19:00", ["U0ANN", "U0BOB"])).toEqual({
    now: ["U0BOB"],
    nextAt: at("09:00") + 7 * 86_400_000,
  });
  expect(asked("08:00", ["U0ANN"])).toEqual({ now: [], nextAt: at("09:00") });
});

test("a group without hours and people named by id are reminded at any time", () => {
  const named = circle({ rule: aRule([{ count: 1, fromGroups: ["sre"], fromUsers: ["U0ANN"] }]) });
  expect(asked("03:00", ["U0CAT"]).now).toEqual(["U0CAT"]);
  expect(asked("03:00", ["U0ANN"], named).now).toEqual(["U0ANN"]);
});

test("silent people are never reminded", () => {
  const quiet = circle({
    rule: aRule([aClause(1, "sre")], { silent: { groups: ["always"], users: ["U0ANN"] } }),
  });
  expect(asked("12:00", ["U0ANN", "U0BOB", "U0CAT"], quiet)).toEqual({
    now: ["U0BOB"],
    nextAt: null,
  });
});

test("a delegate keeps the hours of whom they vote for", () => {
  const lent = circle({
    delegations: [{ fromUserId: "U0ANN", toUserId: "U0DAN", until: at("23:00") }],
  });
  expect(asked("08:00", ["U0DAN"], lent)).toEqual({ now: [], nextAt: at("09:00") });
});
