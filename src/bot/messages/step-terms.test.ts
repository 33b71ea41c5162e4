import { describe, expect, test } from "vitest";
import { aPlan, aStep } from "#test/builders/plan-records.ts";
import type { Check, PlanStep } from "#engine/plan.ts";
import { ONE_TRY } from "#test/builders/run-plans.ts";
import { stepDetails } from "./full-plan-view.ts";
import { stepTerms } from "./step-terms.ts";

const check: Check = {
  uses: "check.http_status",
  with: { url: "https://lb.internal/health", expect: 200 },
  profile: "lb",
  summary: "Expect 200 from https://lb.internal/health",
  risk: "read-only",
  timeoutMs: 5_000,
  retry: {
    maxAttempts: 16,
    backoff: "fixed",
    baseDelayMs: 2_000,
    maxDelayMs: 2_000,
    jitter: false,
    on: ["temporary"],
  },
};

const special: PlanStep = aStep({
  id: "tag[2]",
  needs: ["drain"],
  after: ["tag[1]"],
  stageName: "rollout",
  groups: ["slow"],
  loop: { id: "tag", index: 2, canary: false, maxFailures: 1 },
  scope: "deploy",
  guards: [{ source: "inputs.go", scope: "" }],
  when: "steps.drain.status == 'succeeded'",
  checksBefore: [check],
  checksAfter: [check, check, check, check],
  preconditions: [
    {
      uses: "ec2.stop_instances",
      with: { id: "i-1" },
      profile: null,
      captured: { state: "running" },
    },
  ],
  inquiry: {
    message: "Which ticket? <!channel>",
    fields: [
      {
        name: "ticket",
        type: "text",
        label: "Ticket",
        required: true,
        options: [],
        default: null,
        min: 3,
        max: 20,
        pattern: "OPS-[0-9]+",
      },
    ],
    from: { groups: ["sre"], users: ["U0ANN"] },
    timeoutMs: 600_000,
    onTimeout: "skip",
  },
  approval: {
    message: "Stop production?",
    require: [{ count: 2, fromGroups: ["sre"], fromUsers: ["U0BOB"] }],
    timeoutMs: 3_600_000,
    onTimeout: "rollback",
  },
  deadlineMs: 900_000,
  onFailure: "continue",
});
const plan = aPlan({ steps: [special], groups: { slow: 2 } });

function text(step: PlanStep): string {
  return JSON.stringify(stepTerms(step, plan).lines);
}

describe("what a card says of a step's terms", () => {
  test("is nothing when there are none", () => {
    expect(stepTerms(aStep({ id: "a", retry: ONE_TRY }), aPlan())).toEqual({
      lines: [],
      cut: false,
    });
  });

  test("names what a step of a graph waits for, which has no stages", () => {
    const graph = aPlan({ mode: "graph", steps: [special] });
    const shown = (step: PlanStep) => JSON.stringify(stepTerms(step, graph).lines);
    for (const part of ["waits for ", "drain", "tag[1]"]) expect(shown(special)).toContain(part);
    const many = Array.from({ length: 7 }, (_, index) => `s${index}`);
    expect(shown({ ...special, needs: many, after: [] })).toContain("and 2 more steps");
    expect(text(special)).not.toContain('"waits for "');
  });

  test("shows the conditions themselves, and is cut where one is longer", () => {
    for (const part of ["only if ", "inputs.go", " and ", "steps.drain.status == 'succeeded'"])
      expect(text(special)).toContain(part);
    const long = { ...special, checksAfter: [], when: `inputs.${"x".repeat(200)}` };
    expect(stepTerms(long, plan).cut).toBe(true);
  });

  test.each([
    [{ backoff: "exponential", baseDelayMs: 2000, maxDelayMs: 60_000 }, "2s to 1m apart"],
    [{ backoff: "fixed", baseDelayMs: 2000, maxDelayMs: 60_000 }, ", 2s apart"],
  ] as const)("says how often and on what it is tried again: %j", (delays, apart) => {
    const retry = { maxAttempts: 5, jitter: true, on: ["timeout", "network"], ...delays } as const;
    for (const part of ["up to 5 attempts", apart, "on timeout, network"])
      expect(text({ ...special, retry })).toContain(part);
    expect(text({ ...special, retry: ONE_TRY })).not.toContain("attempts");
  });

  test.each([
    [
      "whom it asks what, how long, and what then",
      ["Which ticket? ", "(text)", "sre, U0ANN", "10m", "it is left out"],
    ],
    [
      "whose approval it waits for",
      ["Stop production?", "2 of ", "sre, U0BOB", "1h", "the run is rolled back"],
    ],
    [
      "what is looked at, and for how long",
      [check.summary, "within 30s, every 2s", "1 more check"],
    ],
    ["its place among the items", ["item 3 of ", "tag", "1 failure tolerated"]],
    [
      "its bounds",
      ["rollout", "slow", "2 at once", "at most 15m in all", "on failure: continue", "1 state"],
    ],
  ])("%s", (_title, parts) => {
    for (const part of parts) expect(text(special)).toContain(part);
  });

  test("is cut, so that approval needs the full plan, when checks are only counted", () => {
    expect(stepTerms(special, plan).cut).toBe(true);
    expect(stepTerms({ ...special, checksAfter: [check] }, plan).cut).toBe(false);
  });

  test("mentions nobody, whoever its author names", () => {
    expect(text(special)).not.toContain('"type":"user"');
    expect(text(special)).not.toContain('"type":"broadcast"');
  });
});

test("the full plan holds every field of a step", () => {
  const shown = JSON.stringify(stepDetails(special, "stages"));
  for (const part of [
    "tag[1]",
    "rollout",
    "slow",
    '"canary":false',
    "deploy",
    "inputs.go",
    "steps.drain.status",
    "OPS-[0-9]+",
    "U0ANN",
    "U0BOB",
    "Stop production?",
    "check.http_status",
    '"credentials":"lb"',
    "ec2.stop_instances",
    '"state":"running"',
    "15m",
    "continue",
  ])
    expect(shown).toContain(part);
});
