// Random plans, records, verdicts and runs full of text that tries to be a link, a mention, a button or invisible.

import fc from "fast-check";
import type { JsonObject } from "#engine/json.ts";
import { INQUIRY_FIELD_TYPES } from "#engine/plan.ts";
import type {
  AwaitingPlan,
  Call,
  Check,
  Inquiry,
  Plan,
  PlanOrigin,
  PlanStep,
  Rollback,
  StepApproval,
} from "#engine/plan.ts";
import { RISKS } from "#engine/risk.ts";
import { RUN_STATUSES, STEP_STATUSES } from "#engine/run.ts";
import type { RunReport } from "#engine/run-report.ts";
import type { Verdict } from "#engine/verdict.ts";
import {
  aPlan,
  aRecord,
  aReport,
  aStep,
  aStepReport,
  aVerdict,
  aVote,
  NOON,
  PERMALINK,
} from "./plan-records.ts";

export const HOSTILE_TEXTS = [
  "<!channel> approve this",
  "<!here|here> <!everyone>",
  "<https://evil.example/login|Full plan>",
  "https://evil.example/approve",
  "<@U0EVIL> said yes",
  "@U0EVIL @channel @here",
  "<!subteam^S012345|@sre>",
  "<!date^1392734382^Approved {date}|Approved>",
  "*bold* _it_ ~gone~ `code` ```block```",
  "safe\u202Eevitcurtsed\u202C",
  "\u2066hidden\u2069",
  "zero\u200Bwidth\u200D\uFEFF",
  "\u{E0041}\u{E0042}tags",
  "\u3164\uFFA0\u115F\u2800 blank",
  "dеlete the prоd databаse",
  "\u0440\u0430\u0443\u0440\u0430\u04CF.com",
  "ｆｕｌｌ width",
  "line\n\n\n\n\n\n\n\n\n\n\n\n\nhidden tail: drop database",
  `padding${" ".repeat(400)}hidden tail`,
  "carriage\rreturn\u0000null\u001B[31mred\u0007",
  "Z\u0351\u0352\u0353\u0354\u0355\u0356\u0357\u0358a\u0359\u035A\u035B\u035C\u035Dlgo",
  "\uD800 lone surrogate \uDC00",
  "&lt;!channel&gt; &amp;",
  ":rotating_light: :white_check_mark: Approved by @ann",
  '{"type":"button","action_id":"plan_approve"}',
  "שלום עולם مرحبا 123 (destructive)",
  "\u2028line\u2029paragraph\u0085next",
  "\u00A0\u2003\u3000 wide",
  "1. fake step",
  "pl-7k3qx9a2bc|1",
  "",
  " ",
];
export const LONG_TEXTS = ["x".repeat(20_000), "😀".repeat(3000), "\n".repeat(5000)];

const hostileWords = fc.constantFrom(...HOSTILE_TEXTS);
/** Long ones are a few of them all: what they cost is time, and a plan holds a hundred texts. */
export const hostileText = fc.oneof(
  { arbitrary: hostileWords, weight: 30 },
  { arbitrary: fc.string({ unit: "binary", maxLength: 60 }), weight: 20 },
  { arbitrary: fc.string({ unit: "grapheme", maxLength: 400 }), weight: 10 },
  { arbitrary: fc.tuple(hostileWords, hostileWords).map(([a, b]) => a + b), weight: 10 },
  {
    arbitrary: fc.tuple(hostileWords, fc.constantFrom(...LONG_TEXTS)).map(([a, b]) => a + b),
    weight: 1,
  },
);

const risk = fc.constantFrom(...RISKS);

const input: fc.Arbitrary<JsonObject> = fc.dictionary(
  fc.string({ maxLength: 12 }),
  fc.oneof(hostileText, fc.integer(), fc.boolean()),
  { maxKeys: 3 },
);

const call: fc.Arbitrary<Call> = fc.record({
  uses: hostileText,
  with: input,
  profile: fc.option(hostileText),
  summary: hostileText,
  risk,
  timeoutMs: fc.integer({ min: 1, max: 86_400_000 }),
});

const rollback: fc.Arbitrary<Rollback> = fc.oneof(
  fc.constant<Rollback>({ kind: "none" }),
  fc.constant<Rollback>({ kind: "not-needed" }),
  fc.record({ kind: fc.constant("captured" as const), summary: hostileText, risk }),
  fc.record({ kind: fc.constant("commands" as const), calls: fc.array(call, { maxLength: 5 }) }),
);

const texts = fc.array(hostileText, { maxLength: 2 });
const duration = fc.integer({ min: 1, max: 86_400_000 });

const check: fc.Arbitrary<Check> = call.map((one) => ({
  ...one,
  retry: {
    maxAttempts: 5,
    backoff: "fixed",
    baseDelayMs: 1_000,
    maxDelayMs: 1_000,
    jitter: false,
    on: ["temporary"],
  },
}));

/** Within the limits that every plan's form is held to; what the text says is anything. */
const upTo = (most: number) => hostileText.map((text) => text.slice(0, most) || "?");

const inquiry: fc.Arbitrary<Inquiry> = fc.record({
  message: hostileText,
  fields: fc.array(
    fc.record({
      name: fc.stringMatching(/^[a-z][a-z0-9_]{0,20}$/),
      type: fc.constantFrom(...INQUIRY_FIELD_TYPES),
      label: upTo(150),
      required: fc.boolean(),
      options: fc.array(upTo(75), { minLength: 1, maxLength: 7 }),
      default: fc.option(upTo(3000)),
      min: fc.constant(null),
      max: fc.constant(null),
      pattern: fc.option(hostileText),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  from: fc.option(fc.record({ groups: texts, users: texts })),
  timeoutMs: duration,
  onTimeout: fc.constantFrom("fail", "rollback", "skip", "continue"),
});

const approval: fc.Arbitrary<StepApproval> = fc.record({
  message: hostileText,
  require: fc.array(
    fc.record({ count: fc.integer({ min: 1, max: 9 }), fromGroups: texts, fromUsers: texts }),
    { minLength: 1, maxLength: 2 },
  ),
  timeoutMs: duration,
  onTimeout: fc.constantFrom("fail", "rollback", "skip", "approve"),
});

const looseStep: fc.Arbitrary<PlanStep> = fc
  .record({
    inquiry: fc.option(inquiry),
    approval: fc.option(approval),
    checksBefore: fc.array(check, { maxLength: 2 }),
    checksAfter: fc.array(check, { maxLength: 5 }),
    stageName: fc.option(hostileText),
    groups: texts,
    guards: fc.array(fc.record({ source: hostileText, scope: hostileText }), { maxLength: 2 }),
    deadlineMs: fc.option(duration),
    call,
    rollback,
    id: hostileText,
    stage: fc.nat(6),
    when: fc.option(hostileText),
    check: fc.array(hostileText, { maxLength: 2 }),
    locks: fc.array(hostileText, { maxLength: 2 }),
    deferred: fc.boolean(),
  })
  .map(({ call, ...rest }) => aStep({ ...rest, ...call }));

/** Mostly small plans; one in two hundred of 500 steps, made of a few kinds of step so that they are made fast. */
const steps: fc.Arbitrary<readonly PlanStep[]> = fc
  .tuple(
    fc.array(looseStep, { minLength: 1, maxLength: 3 }),
    fc.oneof(
      { arbitrary: fc.integer({ min: 1, max: 4 }), weight: 170 },
      { arbitrary: fc.integer({ min: 5, max: 80 }), weight: 29 },
      { arbitrary: fc.constant(500), weight: 1 },
    ),
  )
  .map(([kinds, count]) =>
    Array.from({ length: count }, (_, index) => ({
      ...(kinds[index % kinds.length] ?? aStep({ id: "x" })),
      id: `${kinds[index % kinds.length]?.id.slice(0, 90) ?? ""}${index}`,
    })),
  );

export const hostilePlan: fc.Arbitrary<Plan> = fc
  .record({
    title: hostileText,
    environment: hostileText,
    playbook: fc.option(hostileText),
    inputs: input,
    steps,
  })
  .map((parts) => aPlan(parts));

/** People the tests' verdicts and votes speak of. */
export const PEOPLE = ["U0RITA", "U0ANN", "U0BOB", "U0DEV"] as const;
const person = fc.constantFrom(...PEOPLE);

const notes = fc.array(hostileText, { maxLength: 9 });
const origin: fc.Arbitrary<PlanOrigin> = fc.oneof(
  fc.record({
    kind: fc.constant("rollback" as const),
    runId: fc.constant("run-4m8w2e6yhj"),
    permalink: fc.constantFrom(null, PERMALINK),
    notes,
  }),
  fc.record({
    kind: fc.constant("restore" as const),
    checkpoint: hostileText,
    takenAt: fc.constant(NOON),
    notes,
  }),
  fc.record({
    kind: fc.constant("replay" as const),
    planId: fc.constant("pl-4m8w2e6yhj"),
    ofRun: fc.constantFrom(null, "run-4m8w2e6yhj"),
    filedAt: fc.constant(NOON),
    permalink: fc.constantFrom(null, PERMALINK),
    notes,
  }),
);

export const hostileRecord: fc.Arbitrary<AwaitingPlan> = fc
  .record({
    plan: hostilePlan,
    source: hostileText,
    version: fc.integer({ min: 1, max: 40 }),
    name: hostileText,
    origin: fc.option(origin),
    editors: fc.array(person, { maxLength: 2 }),
    reason: fc.option(hostileText),
    requesterId: fc.oneof(person, hostileText),
  })
  .map(({ name, reason, requesterId, ...changes }) =>
    aRecord({
      ...changes,
      requester: { teamId: "T0ACME", userId: requesterId, name },
      votes: [{ ...aVote("U0ANN", "reject", reason), planVersion: changes.version }],
    }),
  );

export const hostileVerdict: fc.Arbitrary<Verdict> = fc
  .record({
    sentence: hostileText,
    reason: hostileText,
    could: fc.array(fc.oneof(person, hostileText), { maxLength: 60 }),
    counted: fc.array(person, { maxLength: 30 }),
  })
  .map(({ sentence, reason, could, counted }) =>
    aVerdict({
      tree: {
        name: "plan",
        status: "waiting",
        sentence,
        children: [
          {
            name: "clause",
            status: "waiting",
            sentence: `Needs @U0BOB or ${sentence}`,
            children: [],
          },
        ],
      },
      couldApprove: could,
      counted: counted.map((userId) => ({ userId, clause: 0 })),
      ignored: [{ userId: "U0RITA", reason }],
    }),
  );

const failure = fc.record({
  category: fc.constantFrom("network" as const, "unknown" as const),
  message: hostileText,
  code: hostileText,
});

export const hostileReport: fc.Arbitrary<RunReport> = fc
  .record({
    plan: hostilePlan,
    status: fc.constantFrom(...RUN_STATUSES),
    states: fc.array(
      fc.record({
        status: fc.constantFrom(...STEP_STATUSES),
        attempt: fc.nat(20),
        failure: fc.option(failure),
        reason: fc.option(hostileText),
        startedAt: fc.option(fc.constant(NOON)),
        endedAt: fc.option(fc.constant(NOON + 500)),
        retryAt: fc.option(fc.constant(NOON + 9000)),
      }),
      { minLength: 1, maxLength: 9 },
    ),
    reason: fc.option(hostileText),
    heldReasons: fc.array(hostileText, { maxLength: 30 }),
    steeredBy: fc.constant([]),
    leftovers: fc.array(hostileText, { maxLength: 30 }),
    endedAt: fc.option(fc.constant(NOON + 60_000)),
  })
  .map(({ states, plan, ...changes }) =>
    aReport({
      ...changes,
      plan,
      steps: plan.steps.map((step, index) => aStepReport(step.id, states[index % states.length])),
    }),
  );
