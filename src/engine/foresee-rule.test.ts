import { describe, expect, test } from "vitest";
import { aClause, aGroup, aPolicy } from "#test/builders/a-policy.ts";
import { aPlan, aStep } from "#test/builders/plan-records.ts";
import { foreseeRule } from "./foresee-rule.ts";
import type { ApprovalPolicy, Policy } from "./policy.ts";

const NOW = Date.parse("2026-11-23T10:00:00Z");
const HOUR = 3_600_000;
const PLAN = aPlan({
  playbook: null,
  steps: [aStep({ id: "tag", uses: "ec2.tag_resources", risk: "modify" })],
});

const named = (
  name: string,
  match: ApprovalPolicy["match"],
  more: Partial<ApprovalPolicy> = {},
): ApprovalPolicy => ({ name, match, terms: {}, forbid: null, ...more });

function foresee(changes: Partial<Policy>) {
  const policy = aPolicy(changes);
  const calendar = { occurrence: () => null };
  const registry = { get: () => undefined };
  return foreseeRule({ policy, calendar, registry, now: NOW }, PLAN);
}

describe("the rule of a plan that nobody has filed", () => {
  test("is that of the policies, not the environment's own", () => {
    const policies = [
      named("tags", { operations: ["ec2.*"] }, { terms: { require: [aClause(3, "dba")] } }),
    ];
    const groups = { ...aPolicy().groups, dba: aGroup("dba", { userIds: ["U0DBA"] }) };
    const { usual, byGroup, askedLive } = foresee({ policies, groups });
    expect(usual).toMatchObject({
      ok: true,
      value: { rule: { policies: ["tags"], require: [aClause(3, "dba")] } },
    });
    expect(byGroup).toEqual([]);
    expect(askedLive).toEqual([]);
  });

  test("is told for each group of requesters that makes it another one", () => {
    const { usual, byGroup, askedLive } = foresee({
      policies: [
        named("interns", { requesters: ["developers"] }, { forbid: "Ask somebody." }),
        named("unconcerned", { requesters: ["night"], environments: ["staging"] }),
      ],
      standing: [
        {
          name: "nightly",
          environment: "production",
          operations: ["ec2.tag_resources"],
          playbooks: null,
          resources: null,
          requesters: ["release"],
          until: NOW + HOUR,
          reason: "Agreed.",
        },
      ],
      groups: {
        ...aPolicy().groups,
        night: aGroup("night"),
        release: aGroup("release", { userIds: ["U0REL"] }),
      },
    });
    expect(usual).toMatchObject({ ok: true, value: { standing: null } });
    expect(byGroup).toMatchObject([
      { group: "developers", result: { ok: false, refusal: { code: "forbidden" } } },
      { group: "release", result: { ok: true, value: { standing: "nightly" } } },
    ]);
    // The approvers, and those who are refused, are groups of Slack's.
    expect(askedLive).toEqual(["sre", "developers"]);
  });

  test("says whom a service knows to be on call as what is known live only", () => {
    const onCall = { kind: "pagerduty", schedule: "P1" } as never;
    const groups = { sre: aGroup("sre", { userIds: ["U0ANN"], onCall }) };
    expect(foresee({ groups }).askedLive).toEqual(["sre"]);
    expect(foresee({ groups: { sre: aGroup("sre", { userIds: ["U0ANN"] }) } }).askedLive).toEqual(
      [],
    );
  });

  test("names a freeze that is on, and is refused by one that it could not outlast", () => {
    const until = (hours: number) =>
      foresee({
        freezes: [
          {
            name: "weekends",
            reason: "Nobody is there.",
            environments: ["production"],
            risks: ["modify"],
            breakGlass: false,
            when: { kind: "once", from: NOW, until: NOW + hours * HOUR },
          },
        ],
      }).usual;
    expect(until(0.5)).toMatchObject({
      ok: true,
      value: { freeze: { name: "weekends", next: { kind: "starts" } } },
    });
    expect(until(9)).toMatchObject({ ok: false, refusal: { code: "frozen" } });
  });

  test("is a refusal in an environment that the policy doesn't have", () => {
    expect(foresee({ environments: {} }).usual).toMatchObject({
      ok: false,
      refusal: { code: "unknown-environment" },
    });
  });
});
