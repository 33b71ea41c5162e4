import { describe, expect, test } from "vitest";
import { aClause, aGroup, aPolicy, anEnvironment, aRule } from "#test/builders/a-policy.ts";
import { createWorld } from "#test/builders/engine-world.ts";
import { aPlan, aStep } from "#test/builders/plan-records.ts";
import type { JsonObject } from "./json.ts";
import type { Plan, PlanStep } from "./plan.ts";
import type { ApprovalPolicy, Policy, StandingApproval } from "./policy.ts";
import { decideRule, keyMatches, requesterGroupsOf } from "./rule-of-plan.ts";

const MONDAY = Date.parse("2026-11-23T10:00:00Z");
const SUNDAY = Date.parse("2026-11-22T10:00:00Z");

const stop = (changes: Partial<PlanStep> = {}) =>
  aStep({ id: "stop", uses: "ec2.stop_instances", risk: "destructive", ...changes });
const tag = (changes: Partial<PlanStep> = {}) =>
  aStep({ id: "tag", uses: "ec2.tag_resources", risk: "modify", ...changes });
const look = (changes: Partial<PlanStep> = {}) =>
  aStep({ id: "look", uses: "ec2.describe_instances", risk: "read-only", ...changes });

function plan(...steps: readonly PlanStep[]): Plan {
  return aPlan({ steps, playbook: null });
}

function policy(
  name: string,
  match: ApprovalPolicy["match"],
  terms: ApprovalPolicy["terms"] = {},
  forbid: string | null = null,
): ApprovalPolicy {
  return { name, match, terms, forbid };
}

function decide(
  changes: Partial<Policy>,
  of: Plan,
  given: { readonly now?: number; readonly members?: Record<string, readonly string[]> } = {},
) {
  const facts = {
    policy: aPolicy(changes),
    calendar: createWorld().ports.calendar,
    registry: createWorld().ports.registry,
    now: given.now ?? MONDAY,
    members: given.members ?? {},
  };
  return decideRule(facts, { plan: of, teamId: "T0ACME", requesterId: "U0REQ" });
}

function ruleOf(policies: readonly ApprovalPolicy[], of: Plan, given = {}) {
  const decided = decide({ policies }, of, given);
  if (!decided.ok) throw new Error(JSON.stringify(decided.refusal));
  return decided.value.rule;
}

const ALICE = [aClause(1, "alice")];
const BOARD = [aClause(1, "board")];

describe("the rule of a plan", () => {
  test("is the environment's own where no policy matches", () => {
    const rule = ruleOf(
      [policy("p", { operations: ["http.request"] }, { require: ALICE })],
      plan(stop()),
    );
    expect(rule.require).toEqual([aClause(2, "sre")]);
  });

  test("is that of the most specific policy: resources, playbooks, operations, requesters, when, time, environments, risks", () => {
    const matches: readonly ApprovalPolicy["match"][] = [
      { resources: ["ec2:*"] },
      { playbooks: ["restart"] },
      { operations: ["ec2.stop_instances"] },
      { operations: ["ec2.*"] },
      { operations: ["*"] },
      { requesters: ["developers"] },
      { when: 'plan.risk == "destructive"' },
      {
        time: {
          hours: { days: ["mon"], from: "09:00", to: "18:00", timeZone: "UTC" },
          within: true,
        },
      },
      { environments: ["production"] },
      { risks: ["destructive"] },
      {},
    ];
    const of = aPlan({ steps: [stop({ locks: ["ec2:eu-west-1:i-1"] })], playbook: "restart" });
    const policies = matches.map((match, at) => policy(`p${at}`, match, { denyAt: at + 1 }));
    for (const [at, one] of policies.entries()) {
      const rule = ruleOf(policies.slice(at).toReversed(), of, {
        members: { developers: ["U0REQ"] },
      });
      expect([rule.policies, rule.denyAt]).toEqual([[one.name], at + 1]);
    }
  });

  test("asks for all clauses of equally specific policies, and for the strictest of their other terms", () => {
    const rule = ruleOf(
      [
        policy(
          "one",
          { operations: ["ec2.stop_instances"] },
          { require: ALICE, approveWithinMs: 5_000, sticky: true },
        ),
        policy(
          "two",
          { operations: ["ec2.stop_instances"] },
          { require: BOARD, startWithinMs: 7_000, stepUp: "webauthn" },
        ),
      ],
      plan(stop()),
    );
    expect(rule).toMatchObject({
      policies: ["one", "two"],
      require: [...ALICE, ...BOARD],
      approveWithinMs: 5_000,
      startWithinMs: 7_000,
      sticky: false,
      stepUp: "webauthn",
    });
  });

  test("takes no term of equally specific policies that is laxer than another's, in either order", () => {
    const widen = { afterMs: 9_000, groups: ["sre"], users: [] };
    const lax = policy(
      "lax",
      { operations: ["ec2.tag_resources"] },
      {
        denyAt: 3,
        approveWithinMs: 9_000,
        startWithinMs: 9_000,
        remindAfterMs: 9_000,
        widen,
        onTimeout: "approve",
        allowOverlap: true,
        sticky: true,
        silent: { groups: ["sre", "developers"], users: ["U0ANN", "U0BOB"] },
      },
    );
    const strict = policy(
      "strict",
      { operations: ["ec2.tag_resources"] },
      {
        denyAt: 2,
        approveWithinMs: 8_000,
        startWithinMs: 8_000,
        remindAfterMs: 8_000,
        widen: { ...widen, afterMs: 20_000 },
        silent: { groups: ["sre"], users: ["U0BOB"] },
      },
    );
    const rules = [
      [lax, strict],
      [strict, lax],
    ].map((policies) => ruleOf(policies, plan(tag())));
    for (const rule of rules)
      expect(rule).toMatchObject({
        denyAt: 2,
        approveWithinMs: 8_000,
        startWithinMs: 8_000,
        remindAfterMs: 8_000,
        widen: null,
        onTimeout: "deny",
        allowOverlap: false,
        sticky: false,
        silent: { groups: ["sre"], users: ["U0BOB"] },
      });
    expect(ruleOf([lax], plan(tag()))).toMatchObject({ denyAt: 3, onTimeout: "approve", widen });
  });

  test("asks once for what two policies leave to the environment", () => {
    const rule = ruleOf(
      [
        policy("one", { operations: ["ec2.*"] }, { approveWithinMs: 5_000 }),
        policy("two", { operations: ["ec2.*"] }, { denyAt: 1 }),
      ],
      plan(stop()),
    );
    expect(rule.require).toEqual([aClause(2, "sre")]);
  });

  test("is made of the policies of all steps that act, so that a lenient step lends nothing to another", () => {
    const lenient = policy("lenient", { operations: ["ec2.tag_resources"] }, { require: ALICE });
    const rule = ruleOf([lenient], plan(tag(), stop()));
    expect(rule.require).toEqual([aClause(2, "sre"), ...ALICE]);
    expect(rule.policies).toEqual(["lenient"]);
  });

  test("does not look at steps that only read, unless all do", () => {
    const reading = policy(
      "reading",
      { operations: ["ec2.describe_instances"] },
      { require: ALICE },
    );
    expect(ruleOf([reading], plan(look(), stop())).require).toEqual([aClause(2, "sre")]);
    expect(ruleOf([reading], plan(look())).require).toEqual(ALICE);
  });

  test("looks at what takes a step back by itself, so that neither lends the other its policy", () => {
    const undone = tag({ rollback: { kind: "commands", calls: [stop()] } });
    const own = aClause(2, "sre");
    for (const operation of ["ec2.stop_instances", "ec2.tag_resources"]) {
      const one = policy("p", { operations: [operation] }, { require: ALICE });
      expect([operation, ruleOf([one], plan(undone)).require]).toEqual([
        operation,
        [own, ...ALICE],
      ]);
    }
    const both = policy("p", { operations: ["ec2.*"] }, { require: ALICE });
    expect(ruleOf([both], plan(undone)).require).toEqual(ALICE);
  });

  test("looks at the resources and the input of what takes a step back", () => {
    const undoing = (input: JsonObject) => {
      const call = { ...stop(), uses: "toy.change", with: input };
      return plan(tag({ rollback: { kind: "commands", calls: [call] } }));
    };
    const about = policy("database", { resources: ["toy:db*"] }, { require: BOARD });
    const forbidden = policy("never", { when: 'step.with.name == "db1"' }, {}, "Not that one.");
    const own = aClause(2, "sre");
    expect(ruleOf([about], undoing({ name: "web" })).require).toEqual([own]);
    expect(ruleOf([about], undoing({ name: "db1" })).require).toEqual([own, ...BOARD]);
    expect(ruleOf([about], undoing({ name: "${{ result.name }}" })).require).toEqual([
      own,
      ...BOARD,
    ]);
    const safely = {
      ...forbidden,
      match: { when: 'has(step.with.name) && step.with.name == "db1"' },
    };
    expect(decide({ policies: [safely] }, undoing({ name: "db1" }))).toMatchObject({
      refusal: { code: "forbidden" },
    });
  });

  test("treats what a condition looks at and is not known yet as concerned, and lifts nothing for it", () => {
    const lenient = policy("lenient", { when: 'step.with.url != "x"' }, { require: ALICE });
    const later = { url: "${{ steps.a.result.url }}", method: "POST" };
    const of = (input: JsonObject) => plan(stop({ deferred: true, with: input }));
    const own = aClause(2, "sre");
    expect(ruleOf([lenient], of(later)).require).toEqual([own, ...ALICE]);
    expect(ruleOf([lenient], of({ url: "y", json: "${{ steps.a.result }}" })).require).toEqual(
      ALICE,
    );
    const never = policy("never", { when: 'step.with.url == "x"' }, {}, "Not there.");
    expect(decide({ policies: [never] }, of(later))).toMatchObject({
      refusal: { code: "forbidden" },
    });
    const whole = policy("whole", { when: "size(step) > 9" }, {}, "Not so much.");
    expect(decide({ policies: [whole] }, of(later))).toMatchObject({
      refusal: { code: "forbidden" },
    });
  });

  test("depends on the groups that a condition names, too", () => {
    const when = '"contractors" in requester.groups';
    const groups = { ...aPolicy().groups, contractors: aGroup("contractors") };
    const policies = [policy("p", { when })];
    expect(requesterGroupsOf(aPolicy({ groups, policies }))).toEqual(["contractors"]);
  });

  test("adds a policy about resources that a step may touch and does not know yet, and lifts nothing for it", () => {
    const about = policy("database", { resources: ["ec2:*:i-db*"] }, { require: BOARD });
    expect(ruleOf([about], plan(stop({ locks: ["ec2:eu:i-db1"] }))).require).toEqual(BOARD);
    expect(ruleOf([about], plan(stop({ locks: ["ec2:eu:i-web"] }))).require).toEqual([
      aClause(2, "sre"),
    ]);
    expect(ruleOf([about], plan(stop({ locks: [], deferred: true }))).require).toEqual([
      aClause(2, "sre"),
      ...BOARD,
    ]);
  });

  test("never lets what destroys be approved by waiting or by its requester", () => {
    const production = anEnvironment({
      approval: {
        "read-only": aRule([]),
        modify: aRule(ALICE, { selfApproval: true }),
        destructive: aRule(ALICE, { selfApproval: true }),
      },
    });
    const policies = [policy("p", {}, { onTimeout: "approve" })];
    const changes = { policies, environments: { production } };
    expect(decide(changes, plan(stop()))).toMatchObject({
      value: { rule: { onTimeout: "deny", selfApproval: false } },
    });
    expect(decide(changes, plan(tag()))).toMatchObject({
      value: { rule: { onTimeout: "approve", selfApproval: true } },
    });
  });

  test("counts the hours of the policy's time zone", () => {
    const hours = { days: ["mon"], from: "09:00", to: "18:00", timeZone: "Europe/Berlin" } as const;
    const outside = policy("night", { time: { hours, within: false } }, { require: BOARD });
    expect(ruleOf([outside], plan(stop()), { now: MONDAY }).require).toEqual([aClause(2, "sre")]);
    expect(ruleOf([outside], plan(stop()), { now: SUNDAY }).require).toEqual(BOARD);
  });

  test("refuses what a policy forbids, with its reason", () => {
    const never = policy("no-friday", { environments: ["production"] }, {}, "We sleep.");
    expect(decide({ policies: [never] }, plan(stop()))).toEqual({
      ok: false,
      refusal: { code: "forbidden", policy: "no-friday", reason: "We sleep." },
    });
  });

  test("refuses when a policy fails, even one that would not have been the most specific", () => {
    const failing = policy("broken", { when: "plan.nothing.here > 1" });
    const other = policy("fine", { operations: ["ec2.stop_instances"] }, { require: ALICE });
    for (const policies of [
      [failing, other],
      [other, failing],
    ]) {
      expect(decide({ policies }, plan(stop()))).toMatchObject({
        refusal: { code: "policy-error", policy: "broken" },
      });
    }
  });
});

describe("a policy that asks for a passkey", () => {
  const proven = policy("proven", { risks: ["modify"] }, { stepUp: "webauthn" });
  const lenient = policy("lenient", { risks: ["modify"] }, { sticky: true, onTimeout: "approve" });

  test("lets neither waiting nor an edit stand for a signature, whatever applies with it", () => {
    const loose = { stepUp: "webauthn", sticky: true, onTimeout: "approve" } as const;
    const asked = { stepUp: "webauthn", sticky: false, onTimeout: "deny" };
    expect(ruleOf([policy("loose", {}, loose)], plan(tag()))).toMatchObject(asked);
    expect(ruleOf([proven, lenient], plan(tag()))).toMatchObject(asked);
    expect(ruleOf([lenient], plan(tag()))).toMatchObject({ stepUp: null, sticky: true });
  });

  test("takes no approval that was given beforehand", () => {
    const standing = [
      {
        name: "tags",
        environment: "production",
        operations: ["ec2.tag_resources"],
        playbooks: null,
        resources: null,
        requesters: ["developers"],
        until: MONDAY + 1,
        reason: "Tags are harmless.",
      },
    ];
    const members = { developers: ["U0REQ"] };
    const found = (policies: readonly ApprovalPolicy[]) => {
      const decided = decide({ standing, policies }, plan(tag()), { members });
      return decided.ok ? decided.value.standing : decided.refusal.code;
    };
    expect([found([]), found([proven])]).toEqual(["tags", null]);
  });
});

describe("a standing approval", () => {
  const standing: StandingApproval = {
    name: "nightly-tags",
    environment: "production",
    operations: ["ec2.tag_resources"],
    playbooks: null,
    resources: null,
    requesters: ["developers"],
    until: MONDAY + 1,
    reason: "Tags are harmless.",
  };
  const members = { developers: ["U0REQ"] };
  const named = (
    one: Partial<StandingApproval>,
    of: Plan,
    now = MONDAY,
    who: Record<string, readonly string[]> = members,
  ) => {
    const decided = decide({ standing: [{ ...standing, ...one }] }, of, { now, members: who });
    return decided.ok ? decided.value.standing : decided.refusal.code;
  };

  test("covers a plan of its operations, asked for by its people, until its day", () => {
    expect(named({}, plan(tag()))).toBe("nightly-tags");
    expect(named({}, plan(tag()), MONDAY + 1)).toBeNull();
    expect(named({}, plan(tag()), MONDAY, { developers: [] })).toBeNull();
    expect(named({ environment: "staging" }, plan(tag()))).toBeNull();
  });

  test("covers every step and every way back, or nothing", () => {
    expect(named({}, plan(tag(), look()))).toBeNull();
    expect(
      named({ operations: ["ec2.tag_resources", "ec2.describe_instances"] }, plan(tag(), look())),
    ).toBe("nightly-tags");
    const back = tag({ rollback: { kind: "commands", calls: [look()] } });
    expect(named({}, plan(back))).toBeNull();
  });

  test("covers no way back to other resources, or to what is only known while it runs", () => {
    const one = { operations: ["toy.change"], resources: ["toy:web*"] };
    const undoing = (name: string) => {
      const call = tag({ uses: "toy.change", with: { name } });
      const locks = ["toy:web-1"];
      return plan(
        tag({ uses: "toy.change", locks, rollback: { kind: "commands", calls: [call] } }),
      );
    };
    expect(named(one, undoing("web-2"))).toBe("nightly-tags");
    expect(named(one, undoing("db-1"))).toBeNull();
    expect(named(one, undoing("${{ result.name }}"))).toBeNull();
    expect(named({ ...one, resources: null }, undoing("${{ result.name }}"))).toBeNull();
  });

  test("covers nothing that destroys or is not known yet", () => {
    expect(named({ operations: ["ec2.stop_instances"] }, plan(stop()))).toBeNull();
    expect(named({}, plan(tag({ deferred: true })))).toBeNull();
  });

  test("about resources covers a plan whose resources are known and all its own", () => {
    const one = { resources: ["ec2:eu:*"] };
    expect(named(one, plan(tag({ locks: ["ec2:eu:i-1"] })))).toBe("nightly-tags");
    expect(named(one, plan(tag({ locks: ["ec2:eu:i-1", "ec2:us:i-2"] })))).toBeNull();
    expect(named(one, plan(tag({ locks: [] })))).toBeNull();
  });
});

describe("a freeze", () => {
  const weekend = {
    name: "weekend",
    environments: ["production"],
    risks: ["modify", "destructive"] as const,
    reason: "Nobody is there.",
    breakGlass: false,
    when: {
      kind: "recurring",
      starts: "0 18 * * FRI",
      timeZone: "Europe/Berlin",
      lastsMs: 62 * 3_600_000,
    },
  } as const;
  const freezeOf = (of: Plan, now: number, freezes: Policy["freezes"] = [weekend]) => {
    const decided = decide({ freezes }, of, { now });
    return decided.ok ? decided.value.freeze : decided.refusal;
  };

  test("is on for what changes something, in its environments, while it lasts", () => {
    expect(freezeOf(plan(stop()), SUNDAY)).toEqual({
      name: "weekend",
      reason: "Nobody is there.",
      until: Date.parse("2026-11-23T07:00:00Z"),
      breakGlass: false,
    });
    expect(freezeOf(plan(stop()), MONDAY)).toBeNull();
    expect(freezeOf(plan(look()), SUNDAY)).toBeNull();
    expect(freezeOf({ ...plan(stop()), environment: "staging" }, SUNDAY)).toBeNull();
  });

  test("begins at its moment and ends before its end", () => {
    const when = { kind: "once", from: MONDAY, until: MONDAY + 10 } as const;
    const once = [{ ...weekend, when }];
    expect(freezeOf(plan(stop()), MONDAY - 1, once)).toBeNull();
    expect(freezeOf(plan(stop()), MONDAY, once)).toMatchObject({ until: MONDAY + 10 });
    expect(freezeOf(plan(stop()), MONDAY + 10, once)).toBeNull();
  });

  test("of two lasts until both are over, and yields to broken glass only when both do", () => {
    const when = { kind: "once", from: SUNDAY, until: MONDAY } as const;
    const both = [{ ...weekend, name: "audit", breakGlass: true, when }, weekend];
    expect(freezeOf(plan(stop()), SUNDAY, both)).toMatchObject({
      name: "audit",
      until: MONDAY,
      breakGlass: false,
    });
  });
});

test("a star in a pattern of lock keys stands for any characters, and nothing else does", () => {
  expect(keyMatches("ec2:*:i-1", "ec2:eu-west-1:i-1")).toBe(true);
  expect(keyMatches("ec2:*:i-1", "ec2:i-1")).toBe(false);
  expect(keyMatches("*", "")).toBe(true);
  expect(keyMatches("a*b*c", "abc")).toBe(true);
  expect(keyMatches("a*b*c", "ac")).toBe(false);
  expect(keyMatches("ab*ba", "aba")).toBe(false);
  expect(keyMatches("a.c", "abc")).toBe(false);
  expect(keyMatches("exact", "exact")).toBe(true);
});
