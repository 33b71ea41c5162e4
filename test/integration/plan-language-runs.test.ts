// Every example of the plan language's page is run by the real engine, over operations that only pretend and a clock
// that is moved: what the page says happens is what happens.

import { afterAll, describe, expect, test } from "vitest";
import { FINAL_RUN_STATUSES } from "#engine/run.ts";
import type { InquiryFieldType, Plan } from "#engine/plan.ts";
import { examplePlan, openPlanLanguagePage } from "#test/builders/plan-language-page.ts";
import { aVerdict } from "#test/builders/plan-records.ts";
import { pretendedOperations } from "#test/fakes/pretended-operations.ts";
import type { Trouble, Troubles } from "#test/fakes/pretended-operations.ts";
import { RunBench } from "#test/simulation/run-bench.ts";

const page = openPlanLanguagePage();
afterAll(() => page.close());
const plans = page.examples
  .filter(({ isPlaybook }) => !isPlaybook)
  .map(({ text }) => examplePlan(text, page.context));

const ANN = { kind: "person", teamId: "T1", userId: "UANN" } as const;
const EVER: readonly Trouble[] = Array.from({ length: 100 }, () => "hang");

type Play = {
  /** Steps in the order in which they succeeded. */
  readonly done: readonly string[];
  readonly status?: string;
  readonly troubles?: Troubles;
  /** Nobody answers and nobody votes. */
  readonly silent?: true;
  /** Opens after two failures. */
  readonly breaks?: true;
  /** What must be in the run's events, as JSON. */
  readonly events?: readonly string[];
};

/** By title, each with every way in which it is played. */
const PLAYS: Readonly<Record<string, readonly Play[]>> = {
  "Stop one instance when it is idle": [{ done: ["look", "stop"], events: ["step.admitted"] }],
  "Tag a fleet in batches of two": [{ done: ["tag[0]", "tag[1]", "tag[2]"] }],
  "Reboot a fleet, one host first": [
    { done: ["reboot[0]", "reboot[1]", "reboot[2]", "reboot[3]"] },
    {
      troubles: { "reboot[1] ec2.reboot_instances": ["unreachable"] },
      done: ["reboot[0]", "reboot[2]", "reboot[3]"],
      events: ['"failedSteps":["reboot[1]"]'],
    },
    {
      troubles: { "reboot[0] ec2.reboot_instances": ["unreachable"] },
      done: [],
      // It may have been rebooted, and nothing takes that back.
      status: "failed",
    },
  ],
  "Prepare, then roll out two at a time": [{ done: ["look", "drain[0]", "drain[1]", "drain[2]"] }],
  "Restart a host and wait until it is well": [
    {
      troubles: { "restart check.http_status": ["unreachable"] },
      done: [],
      status: "rolled-back",
    },
    { done: ["restart"] },
  ],
  "Look at a database host from every side": [
    { done: ["status"], events: ["check.tcp_port", "check.disk_space", "check.contains"] },
  ],
  "Stop an instance only while it runs": [{ done: ["stop"] }],
  "Stop an instance after a second look": [
    { done: ["why", "stop"], events: ["step.inquiry-answered", "step.approval-closed"] },
    { done: [], silent: true, events: ["step.inquiry-expired", "step.skipped"] },
  ],
  "Call a service with a token that a person has": [
    { done: ["token", "call"], events: ['"json":{"token":"secret:answer/run-1/token/token"'] },
  ],
  "Call a service with a token that the configuration names": [
    { done: ["call"], events: ['"json":{"token":"secret:deploy-token","version":"1.4.2"}'] },
  ],
  "Drain a host unless somebody objects": [
    { done: ["drain"], silent: true, events: ["approved-by-timeout"] },
  ],
  "Ask until the service answers": [
    { done: ["health"], troubles: { "health http.request": ["hang", "unreachable"] } },
  ],
  "Give up in time": [
    { done: ["report", "sweep"] },
    {
      troubles: { "report http.request": EVER },
      done: ["sweep"],
      events: ['"kind":"run.completed","failedSteps":["report"]'],
    },
    {
      troubles: { "sweep http.request": EVER },
      done: ["report"],
      status: "failed",
      events: ["The run's time limit of 10m has passed."],
    },
  ],
  "Reboot what others may be working on": [
    {
      breaks: true,
      troubles: { "health http.request": ["unreachable", "unreachable"] },
      done: ["reboot", "health"],
      events: ['"kind":"step.delayed"', '"target":"http:127.0.0.1'],
    },
  ],
  "Drain and restart a host": [
    { done: ["drain", "restart"] },
    {
      troubles: { "restart http.request": ["unreachable"] },
      done: ["drain"],
      // Whether it was restarted is left to be looked at; what was drained is not.
      status: "failed",
      events: ["hosts/web-1/undrain", "check its target"],
    },
  ],
  "Reboot two hosts, one after the other": [{ done: ["hosts[0].reboot", "hosts[1].reboot"] }],
  "Stop an instance that a playbook found running": [
    { done: ["found.look", "found.outputs", "stop"], events: ['"result":{"state":"running"}'] },
  ],
};

const ANSWERS: Readonly<Record<Exclude<InquiryFieldType, "secret">, string | number>> = {
  text: "OPS-7",
  number: 2,
  choice: "no",
  user: "U1",
  date: "2026-11-26",
};

/** Answers every question and gives every approval that is open. */
function speakUp(bench: RunBench, plan: Plan): void {
  for (const { stepId, status } of bench.report().steps) {
    const inquiry = plan.steps.find(({ id }) => id === stepId)?.inquiry ?? null;
    if (status === "waiting-answer" && inquiry !== null) {
      const given = inquiry.fields.map(({ name, type }) => [
        name,
        // Sealed where it comes in: the run knows what it is called, and nothing else.
        type === "secret" ? `secret:answer/run-1/${stepId}/${name}` : ANSWERS[type],
      ]);
      const answers = Object.fromEntries(given) as Record<string, string | number>;
      bench.ask({ kind: "answer-inquiry", by: ANN, stepId, answers });
    }
    if (status !== "waiting-approval") continue;
    const vote = { userId: "UBOB", choice: "approve", reason: null, groups: [] } as const;
    const said = { ...vote, viewHash: null, requestId: "r-1", at: bench.clock.now() };
    bench.ask({ kind: "vote", by: { ...ANN, userId: "UBOB" }, stepId, vote: said });
  }
}

async function played(plan: Plan, play: Play): Promise<RunBench> {
  const bench = new RunBench();
  bench.queue(plan);
  const breaker = { failureRate: 0.5, minimumCalls: 2, windowMs: 60_000, openMs: 30_000 };
  await bench.worker({
    registry: pretendedOperations(page.context.registry, play.troubles ?? {}),
    decideApproval: async () => aVerdict({ outcome: "approved" }),
    ...(play.breaks === true && { breaker }),
  });
  const isFinal = (): boolean => FINAL_RUN_STATUSES.some((status) => status === bench.status());
  while (!isFinal()) {
    await bench.until(
      () => isFinal() || (play.silent !== true && bench.status().startsWith("waiting-")),
    );
    const { length } = bench.events();
    speakUp(bench, plan);
    await bench.until(() => isFinal() || bench.events().length > length);
  }
  return bench;
}

describe("the plan language's page, run by the engine", () => {
  test("plays each of its plans", () => {
    expect(plans.map(({ title }) => title).toSorted()).toEqual(Object.keys(PLAYS).toSorted());
  });

  const plays = plans.flatMap((plan) =>
    (PLAYS[plan.title] ?? []).map((play, index) => ({ plan, play, title: plan.title, index })),
  );
  test.each(plays)("$title, play $index", async ({ plan, play }) => {
    const bench = await played(plan, play);
    const events = bench.events();
    const done = events.flatMap((event) =>
      event.kind === "attempt.succeeded" && event.call.phase === "forward"
        ? [event.call.stepId]
        : [],
    );
    const log = events.map((event) => JSON.stringify(event)).join("\n");
    expect({ status: bench.status(), done }).toEqual({
      status: play.status ?? "completed",
      done: play.done,
    });
    for (const part of play.events ?? []) expect(log).toContain(part);
    expect(bench.reports).toEqual([]);
  });

  test("keeps what a plan touches under the keys it names", () => {
    const reboot = plans.find(({ title }) => title === "Reboot what others may be working on");
    expect(reboot?.steps.flatMap(({ locks }) => locks)).toEqual([
      "ec2:eu-west-1:i-0a11ce0000000001",
    ]);
  });

  test("marks the retries, limits and failures of single steps as written", () => {
    const limits = plans.find(({ title }) => title === "Give up in time");
    expect(limits).toMatchObject({
      runTimeMs: 600_000,
      steps: [
        { timeoutMs: 5_000, deadlineMs: 30_000, onFailure: "continue" },
        { timeoutMs: 480_000, onFailure: "stop" },
      ],
    });
  });
});
