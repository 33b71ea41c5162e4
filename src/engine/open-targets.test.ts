import { expect, test } from "vitest";
import { aPlan, aStep } from "#test/builders/plan-records.ts";
import { toyRegistry } from "#test/builders/toy-operations.ts";
import { CLOSED } from "./breaker.ts";
import type { Breaker } from "./breaker.ts";
import { openTargets } from "./open-targets.ts";

const trouble = { calls: 5, failures: 5, withinMs: 60_000 };
const open: Breaker = { status: "open", openedAt: 7, until: 99, trips: 1, trouble };
const halfOpen: Breaker = {
  status: "half-open",
  openedAt: 8,
  trips: 1,
  trouble,
  probe: 1,
  probeBy: 99,
};
const kept = (states: Readonly<Record<string, Breaker>>) =>
  Object.entries(states).map(([target, breaker]) => ({ target, version: 1, breaker }));
const change = (id: string, name: string, deferred = false) =>
  aStep({ id, uses: "toy.change", with: { name }, deferred });

test("names each target of the plan that is in trouble once, whether open or being tried", () => {
  const plan = aPlan({
    steps: [change("a", "web"), change("b", "web"), change("c", "db"), change("d", "mail")],
  });
  const states = kept({
    "toy:web": open,
    "toy:db": halfOpen,
    "toy:mail": CLOSED,
    "toy:other": open,
  });
  expect(openTargets(plan, toyRegistry(), states)).toEqual([
    { target: "toy:db", openedAt: 8 },
    { target: "toy:web", openedAt: 7 },
  ]);
});

test("says nothing of a step whose input is not known before it runs", () => {
  const plan = aPlan({ steps: [change("a", "web", true)] });
  expect(openTargets(plan, toyRegistry(), kept({ "toy:web": open }))).toEqual([]);
});
