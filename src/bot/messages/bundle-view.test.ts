import { describe, expect, test } from "vitest";
import { sha256 } from "#test/builders/engine-world.ts";
import {
  NOON,
  PERMALINK,
  aPlan,
  aRecord,
  aStep,
  aVerdict,
  restartSteps,
} from "#test/builders/plan-records.ts";
import { messageFaults, viewFaults } from "#test/builders/strict-block-kit.ts";
import { bundleOutcomeMessage } from "./bundle-outcome.ts";
import { MOST_TOGETHER, bundlesOf, bundleView, readTicked } from "./bundle-view.ts";
import { homeView } from "./home-view.ts";
import { INPUTS, parseBundleMetadata } from "./identifiers.ts";
import { pendingMessage } from "./pending-list.ts";
import { picturedCard } from "./plan-picture.ts";
import { viewText } from "./view-hash.ts";

const modify = restartSteps.slice(0, 1);
const waits = (
  nth: number,
  { userId = "U0RITA", steps = modify, stepUp = false, title = `Do ${nth}` } = {},
) => {
  const { rule } = aRecord();
  return {
    record: aRecord({
      id: `pl-${nth}`,
      plan: aPlan({ title, steps }),
      hash: sha256(`plan ${nth}`),
      requester: { teamId: "T0ACME", userId, name: userId },
      rule: { ...rule, stepUp: stepUp ? "webauthn" : null },
    }),
    verdict: aVerdict(),
    freeze: null,
  };
};
const many = (count: number, ...[given]: [Parameters<typeof waits>[1]?]) =>
  Array.from({ length: count }, (_, nth) => waits(nth, given));
const allowed = {
  people: new Set(["U0RITA", "U0DEV"]),
  urls: new Set([PERMALINK]),
  values: /^(U0RITA|pl-\d+\|1)$/,
};

function cardOf(plans: readonly ReturnType<typeof waits>[]) {
  const [bundle] = bundlesOf(plans);
  if (bundle === undefined) throw new Error("these make no bundle");
  return bundleView({ bundle, place: null, now: NOON, sha256 });
}

type Box = {
  readonly text: { readonly text: string };
  readonly value: string;
};
function boxesOf(view: ReturnType<typeof cardOf>): readonly Box[] {
  const input = view.blocks.at(-1) as { readonly element: { readonly options: readonly Box[] } };
  return input.element.options;
}
const ticked = (boxes: readonly { readonly value: string | null }[]) => {
  const { blockId, actionId } = INPUTS.bundlePlans;
  return readTicked({ [blockId]: { [actionId]: { selected_options: boxes } } });
};

describe("a bundle", () => {
  test("is of one requester, of two plans and more, the oldest clock first", () => {
    const dev = waits(9, { userId: "U0DEV" });
    const bundles = bundlesOf([...many(2), dev]);
    expect(bundles).toMatchObject([{ requester: { userId: "U0RITA" }, apart: 0 }]);
    expect(bundles[0]?.plans.map(({ record }) => record.id)).toEqual(["pl-0", "pl-1"]);
    expect(bundlesOf([waits(1), dev])).toEqual([]);
  });

  test("leaves out what destroys, takes a passkey, or finds no room on a card, and counts it", () => {
    const long = Array.from({ length: 16 }, (_, nth) => aStep({ id: `s${nth}`, risk: "modify" }));
    const apart = [
      waits(7, { steps: [...restartSteps] }),
      waits(8, { stepUp: true }),
      waits(9, { steps: long }),
    ];
    const [bundle] = bundlesOf([...apart, ...many(2)]);
    expect(bundle?.plans.map(({ record }) => record.id)).toEqual(["pl-0", "pl-1"]);
    expect(bundle?.apart).toBe(3);
    expect(JSON.stringify(cardOf([...apart, ...many(2)]))).toContain("3 more plans of theirs");
    expect(bundlesOf(apart)).toEqual([]);
  });
});

describe("a bundle card", () => {
  test("shows each plan as its own card does, and ties its box to that picture", () => {
    const plans = many(3);
    const view = cardOf(plans);
    const text = viewText(view.blocks);
    for (const { record } of plans) expect(text).toContain(picturedCard(record).viewText);
    expect(ticked(boxesOf(view))).toEqual(
      plans.map(({ record }) => ({
        planId: record.id,
        version: record.version,
        hash: record.hash,
        viewHash: sha256(picturedCard(record).viewText),
      })),
    );
    expect(parseBundleMetadata(view.private_metadata ?? "")).toEqual({
      requesterId: "U0RITA",
      place: null,
    });
  });

  test("has no box ticked beforehand", () => {
    expect(JSON.stringify(cardOf(many(3)))).not.toContain("initial_options");
    expect(viewFaults(cardOf(many(3)), allowed)).toEqual([]);
  });

  test("has a box for each plan that is shown and for no other, and counts the rest", () => {
    const view = cardOf(many(12));
    expect(boxesOf(view)).toHaveLength(MOST_TOGETHER);
    expect(JSON.stringify(view)).toContain("2 more plans not shown.");
    expect(JSON.stringify(view)).not.toContain("Do 10");
  });

  test("of ten plans as large as a card takes has each of them whole, with its box", () => {
    const summary = "漢".repeat(250);
    const steps = Array.from({ length: 8 }, (_, nth) =>
      aStep({ id: `s${nth}`, risk: "modify", summary, when: summary.slice(0, 100) }),
    );
    const plans = many(10, { steps });
    const view = cardOf(plans);
    expect(viewFaults(view, allowed)).toEqual([]);
    const shown = plans.filter(({ record }) =>
      viewText(view.blocks).includes(picturedCard(record).viewText),
    );
    expect(boxesOf(view).map(({ text }) => text.text.split(". ")[1])).toEqual(
      shown.map(({ record }) => record.plan.title),
    );
  });

  test("reads nothing out of a box that is not one of its own", () => {
    expect(ticked([{ value: "pl-1|1" }, { value: null }, { value: "<!channel>" }])).toEqual([
      null,
      null,
      null,
    ]);
    expect(readTicked({})).toEqual([]);
  });
});

describe("the list of what waits and App Home", () => {
  const draw = (theirs: readonly ReturnType<typeof waits>[]) => ({
    pending: pendingMessage({
      plans: { theirs, others: [] },
      askings: [],
      viewerId: "U0BOB",
      now: NOON,
    }),
    home: homeView({
      waiting: { theirs, others: [] },
      asked: [],
      running: [],
      recent: [],
      now: NOON,
    }),
  });

  test("offer a bundle before its plans, which keep their own buttons", () => {
    const { pending, home } = draw([...many(3), waits(9, { userId: "U0DEV" })]);
    for (const text of [pending, home].map(({ blocks }) => JSON.stringify(blocks))) {
      expect(text).toContain("Read and approve 3 together");
      expect(text.indexOf("bundle_open")).toBeLessThan(text.indexOf('"pl-0|1"'));
      for (const id of ["pl-0|1", "pl-1|1", "pl-2|1", "pl-9|1"]) expect(text).toContain(id);
    }
    expect(messageFaults(pending, allowed)).toEqual([]);
    expect(viewFaults(home, allowed)).toEqual([]);
  });

  test("offer none for a single plan, nor for what waits for others", () => {
    const { pending, home } = draw([waits(1)]);
    const others = pendingMessage({
      plans: { theirs: [], others: many(3) },
      askings: [],
      viewerId: "U0RITA",
      now: NOON,
    });
    for (const { blocks } of [pending, home, others])
      expect(JSON.stringify(blocks)).not.toContain("bundle_open");
  });
});

describe("what came of it", () => {
  test("is said plan by plan, with the reason of each refusal", () => {
    const verdict = aVerdict();
    const message = bundleOutcomeMessage([
      { planId: "pl-1", title: "One", end: { kind: "approved", met: true, verdict } },
      { planId: "pl-2", title: "Two", end: { kind: "approved", met: false, verdict } },
      {
        planId: "pl-3",
        title: null,
        end: { kind: "refused", refusal: { code: "plan-not-found", planId: "pl-3" } },
      },
    ]);
    expect(message.text).toBe("You approved 2 of 3 plans.");
    const text = viewText(message.blocks);
    for (const part of ["starts now", "1 of 2 so far", "There is no plan pl-3 here"])
      expect(text).toContain(part);
  });
});
