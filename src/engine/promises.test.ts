// P1 and P3 over random histories: whatever is voted, edited, withdrawn, delayed, deactivated or down, in
// whatever order, nothing is approved without its quorum, and nothing is approved twice.

import fc from "fast-check";
import { expect, test } from "vitest";
import { createWorld, planSource } from "#test/builders/engine-world.ts";
import type { World } from "#test/builders/engine-world.ts";
import { castVote } from "./cast-vote.ts";
import { editPlan } from "./edit-plan.ts";
import { expirePlans } from "./expire-plans.ts";
import { filePlan } from "./file-plan.ts";
import type { PlanRecord } from "./plan.ts";
import { withdrawPlan } from "./withdraw-plan.ts";

const PEOPLE = ["U0REQ", "U0ANN", "U0BOB", "U0CAT", "U0DEV"] as const;
const SRE = ["U0ANN", "U0BOB", "U0CAT", "U0DEV"] as const;
const person = fc.constantFrom(...PEOPLE);

type Act =
  | { readonly act: "approve"; readonly userId: string; readonly version: number | null }
  | { readonly act: "reject"; readonly userId: string }
  | {
      readonly act: "edit";
      readonly userId: string;
      readonly name: string;
      readonly version: number;
    }
  | { readonly act: "withdraw" | "deactivate" | "welcome" | "take-down"; readonly userId: string }
  | { readonly act: "group"; readonly userIds: readonly string[] }
  | { readonly act: "wait"; readonly ms: number }
  | { readonly act: "sweep" | "bring-back" };

const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      act: fc.constant("approve" as const),
      userId: person,
      version: fc.constantFrom(null, null, 1, 2, 3),
    }),
  },
  { weight: 1, arbitrary: fc.record({ act: fc.constant("reject" as const), userId: person }) },
  {
    weight: 2,
    arbitrary: fc.record({
      act: fc.constant("edit" as const),
      userId: person,
      name: fc.constantFrom("a", "b", "c"),
      version: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      act: fc.constantFrom("deactivate" as const, "welcome" as const, "take-down" as const),
      userId: person,
    }),
  },
  { weight: 1, arbitrary: fc.record({ act: fc.constant("withdraw" as const), userId: person }) },
  {
    weight: 2,
    arbitrary: fc.record({ act: fc.constant("group" as const), userIds: fc.subarray([...SRE]) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      act: fc.constant("wait" as const),
      ms: fc.constantFrom(60_000, 3_600_000, 4 * 3_600_000),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ act: fc.constantFrom("sweep" as const, "bring-back" as const) }),
  },
);

/** What is true in Slack, kept beside the world as the test's own account of it. */
type Slack = {
  group: readonly string[];
  readonly inactive: Set<string>;
  readonly down: Set<string>;
};

async function perform(world: World, slack: Slack, next: Act): Promise<void> {
  const { ports } = world;
  switch (next.act) {
    case "approve":
    case "reject": {
      const planVersion = next.act === "approve" ? next.version : null;
      const vote = {
        planId: "pl-1",
        planVersion,
        choice: next.act,
        reason: "because",
        viewHash: null,
      };
      await castVote(ports, world.asks(next.userId), vote);
      return;
    }
    case "edit": {
      const source = planSource("toy.destroy", { name: next.name });
      await editPlan(ports, world.asks(next.userId), {
        planId: "pl-1",
        fromVersion: next.version,
        ...source,
      });
      return;
    }
    case "withdraw":
      await withdrawPlan(ports, world.asks(next.userId), { planId: "pl-1", reason: null });
      return;
    case "deactivate":
      slack.inactive.add(next.userId);
      world.directory.refuse(next.userId, "deactivated");
      return;
    case "welcome":
      slack.inactive.delete(next.userId);
      world.directory.welcome(next.userId);
      return;
    case "take-down":
      slack.down.add(next.userId);
      world.directory.takeDown({ id: next.userId });
      return;
    case "bring-back":
      slack.down.clear();
      world.directory.bringBack();
      return;
    case "group":
      slack.group = next.userIds;
      world.directory.setGroup("S0SRE", next.userIds);
      return;
    case "wait":
      world.clock.advance(next.ms);
      return;
    case "sweep":
      await expirePlans(ports);
  }
}

/** Distinct people whose newest word on this very version is yes and who may say it now. */
function quorum(record: PlanRecord, slack: Slack): number {
  const yes = record.votes.filter(
    ({ userId, choice, planVersion, planHash }) =>
      choice === "approve" &&
      planVersion === record.version &&
      planHash === record.hash &&
      userId !== record.requester.userId &&
      !record.editors.includes(userId) &&
      slack.group.includes(userId) &&
      !slack.inactive.has(userId) &&
      !slack.down.has(userId),
  );
  return new Set(yes.map(({ userId }) => userId)).size;
}

const approve = (userId: string): Act => ({ act: "approve", userId, version: null });

/** What a random history comes to only sometimes, each by itself. */
const KNOWN: readonly (readonly Act[])[] = [
  // Nobody counts whom Slack can't be asked about, who left or was deactivated after they voted.
  [approve("U0ANN"), { act: "take-down", userId: "U0ANN" }, approve("U0BOB")],
  [approve("U0ANN"), { act: "deactivate", userId: "U0ANN" }, approve("U0BOB")],
  [approve("U0ANN"), { act: "group", userIds: ["U0BOB", "U0CAT"] }, approve("U0BOB")],
  // Nor whoever wrote the plan, nor what was said of another version.
  [approve("U0REQ"), approve("U0ANN")],
  [{ act: "edit", userId: "U0ANN", name: "a", version: 1 }, approve("U0ANN"), approve("U0BOB")],
  [
    approve("U0ANN"),
    { act: "edit", userId: "U0REQ", name: "a", version: 1 },
    approve("U0BOB"),
    { act: "approve", userId: "U0CAT", version: 1 },
  ],
  // Nothing said after the time to approve.
  [approve("U0ANN"), { act: "wait", ms: 4 * 3_600_000 }, approve("U0BOB")],
];

test("nothing is approved that its quorum did not approve, whatever happened before", async () => {
  let approvals = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 3, maxLength: 25 }), async (history) => {
      const world = createWorld();
      const slack: Slack = { group: SRE, inactive: new Set(), down: new Set() };
      world.directory.setGroup("S0SRE", SRE);
      await filePlan(world.ports, world.asks("U0REQ"), planSource());
      for (const next of history) {
        const before = await world.plans.get("pl-1");
        await perform(world, slack, next);
        const after = await world.plans.get("pl-1");
        if (before === null || after === null) throw new Error("the plan is gone");
        if (after.status === "approved" && before.status !== "approved") {
          approvals += 1;
          expect(before.status).toBe("awaiting-approval");
          expect(quorum(after, slack)).toBeGreaterThanOrEqual(2);
          expect(after.votes.some(({ choice }) => choice === "reject")).toBe(false);
          const deadline = before.status === "awaiting-approval" ? before.approveBy : 0;
          expect(world.clock.now()).toBeLessThan(deadline);
        }
        if (after.version > before.version) expect(after.votes).toEqual([]);
      }
      const kinds = world.audit.kinds();
      const approved = kinds.filter((kind) => kind === "plan.approved").length;
      expect(world.plans.queued).toHaveLength(approved);
      expect(approved).toBeLessThanOrEqual(1);
      expect(world.calls.runs).toEqual([]);
    }),
    { numRuns: 500 + KNOWN.length, examples: KNOWN.map((acts) => [[...acts]]) },
  );
  // A simulation in which nothing is ever approved would prove nothing.
  expect(approvals).toBeGreaterThan(20);
});
