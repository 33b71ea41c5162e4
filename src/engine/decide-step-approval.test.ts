import { beforeEach, describe, expect, test } from "vitest";
import { anApproval, askingRun } from "#test/builders/asking-run.ts";
import type { AskingRun } from "#test/builders/asking-run.ts";
import { anEnvironment, aClause, aPolicy } from "#test/builders/a-policy.ts";
import { createWorld } from "#test/builders/engine-world.ts";
import type { World } from "#test/builders/engine-world.ts";
import { aPlan, aStep } from "#test/builders/plan-records.ts";
import { decideStepApproval, timeoutReasons } from "./decide-step-approval.ts";
import type { PlanStep } from "./plan.ts";
import type { Risk } from "./risk.ts";
import type { StepVote } from "./run.ts";

const HOUR = 3_600_000;
const approval = anApproval({ require: [aClause(2, "sre")] });
const step = aStep({ id: "stop", risk: "destructive", approval });
let world: World;
let asking: AskingRun;
let closesAt: number;

beforeEach(async () => {
  world = createWorld(
    aPolicy({ environments: { production: anEnvironment({ approvesOnTimeout: ["modify"] }) } }),
  );
  asking = await askingRun(world, [step]);
  closesAt = world.clock.now() + HOUR;
});

function word(userId: string, choice: StepVote["choice"] = "approve"): StepVote {
  const at = world.clock.now();
  return { userId, choice, reason: null, groups: ["sre"], viewHash: null, requestId: userId, at };
}

const decide = (votes: readonly StepVote[], of: PlanStep = step) =>
  decideStepApproval(world.ports, asking.run(), of, { closesAt, votes });

describe("the decision on a step's approval", () => {
  test("approves at the quorum and says by whom", async () => {
    expect(await decide([word("U0ANN")])).toMatchObject({ outcome: "waiting" });
    expect(await decide([word("U0ANN"), word("U0BOB")])).toMatchObject({
      outcome: "approved",
      tree: { sentence: "Approved by @U0BOB and @U0ANN." },
    });
  });

  test("never counts the requester, and one rejection settles it", async () => {
    expect(await decide([word("U0ANN"), word("U0REQ")])).toMatchObject({ outcome: "waiting" });
    expect(await decide([word("U0ANN"), word("U0BOB"), word("U0CAT", "reject")])).toMatchObject({
      outcome: "denied",
    });
  });

  test("asks who the voters are now", async () => {
    const votes = [word("U0ANN"), word("U0BOB")];
    world.directory.setGroup("S0SRE", ["U0ANN"]);
    expect(await decide(votes)).toMatchObject({ outcome: "unreachable" });
    world.directory.setGroup("S0SRE", ["U0ANN", "U0BOB", "U0CAT"]);
    world.directory.refuse("U0BOB", "deactivated");
    expect(await decide(votes)).toMatchObject({ outcome: "waiting" });
  });

  test("is put off while Slack can't be asked, and never proceeds", async () => {
    const votes = [word("U0ANN"), word("U0BOB")];
    world.directory.takeDown({ id: "S0SRE" });
    expect(await decide(votes)).toBeNull();
    world.directory.bringBack();
    world.directory.takeDown({ id: "U0BOB" });
    expect(await decide(votes)).toBeNull();
    world.clock.advance(HOUR);
    expect(await decide(votes)).toMatchObject({ outcome: "expired" });
  });

  test("expires when the time is over without a quorum", async () => {
    const votes = [word("U0ANN")];
    world.clock.advance(HOUR);
    expect(await decide(votes)).toMatchObject({ outcome: "expired" });
  });

  test("counts votes cast in time that the run's owner comes to late, but not a day later", async () => {
    const votes = [word("U0ANN"), word("U0BOB")];
    closesAt = world.clock.now() + 1;
    world.clock.advance(asking.record.rule.startWithinMs - 1);
    expect(await decide(votes)).toMatchObject({ outcome: "approved" });
    world.clock.advance(24 * HOUR);
    expect(await decide(votes)).toMatchObject({ outcome: "expired" });
  });
});

describe("a step that goes on by itself when its time is over", () => {
  const reasons = (risk: Risk, environment = "production") => {
    const own = { ...approval, onTimeout: "approve" } as const;
    const plan = aPlan({ environment, steps: [aStep({ id: "stop", risk, approval: own })] });
    return timeoutReasons(world.ports.policy, plan);
  };

  test("may do so only where the policy in force names its risk, and never when it destroys", () => {
    expect(reasons("modify")).toEqual([]);
    expect(reasons("read-only")).toHaveLength(1);
    expect(reasons("modify", "elsewhere")).toHaveLength(1);
    expect(reasons("destructive")).toHaveLength(1);
  });

  test("does not when somebody rejected it in time, however late the run's owner is", async () => {
    const votes = [word("U0ANN", "reject")];
    world.clock.advance(24 * HOUR);
    world.directory.takeDown("everything");
    expect(await decide(votes)).toMatchObject({ outcome: "denied" });
  });
});
