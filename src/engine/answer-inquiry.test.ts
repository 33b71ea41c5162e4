import { beforeEach, describe, expect, test } from "vitest";
import { aField, anInquiry, askingRun, RUN_ID } from "#test/builders/asking-run.ts";
import type { AskingRun } from "#test/builders/asking-run.ts";
import { createWorld } from "#test/builders/engine-world.ts";
import type { World } from "#test/builders/engine-world.ts";
import { aStep } from "#test/builders/plan-records.ts";
import { answerInquiry } from "./answer-inquiry.ts";
import type { AnswerInquiry } from "./answer-inquiry.ts";
import { carryOut } from "./carry-out.ts";
import { foldRun } from "./run-fold.ts";
import type { Inquiry, InquiryField } from "./plan.ts";
import type { Asker } from "./use-case-ports.ts";

const HOUR = 3_600_000;
let world: World;
let asking: AskingRun;

const FIELDS: readonly InquiryField[] = [
  aField("size", "number", { min: 1, max: 9 }),
  aField("mode", "choice", { options: ["slow", "fast"] }),
  aField("when", "date"),
  aField("who", "user"),
  aField("ticket", "text", { pattern: "OPS-[0-9]+", required: false, default: "OPS-0" }),
  aField("token", "secret", { min: 8 }),
];

async function open(changes: Partial<Inquiry> = {}) {
  world = createWorld();
  asking = await askingRun(world, [
    aStep({ id: "scale", inquiry: anInquiry({ fields: FIELDS, ...changes }) }),
  ]);
  asking.note({ kind: "step.inquiry-opened", stepId: "scale", closesAt: world.clock.now() + HOUR });
}

beforeEach(() => open());

const seal = (text = "correct horse", stepId = "scale") =>
  world.secrets.seal({ runId: RUN_ID, stepId, field: "token" }, text);

async function filled(changes: AnswerInquiry["entered"] = {}) {
  const sealed = { token: await seal() };
  return {
    size: "3",
    mode: "fast",
    when: "2026-11-30",
    who: "U0BOB",
    ticket: "",
    ...sealed,
    ...changes,
  };
}

async function answer(
  who: string | Asker,
  entered?: AnswerInquiry["entered"],
  opening: number | null = 1,
) {
  const asker = typeof who === "string" ? world.asks(who) : who;
  return answerInquiry(world.ports, asker, {
    runId: RUN_ID,
    stepId: "scale",
    opening,
    entered: entered ?? (await filled()),
  });
}

async function refusal(...given: Parameters<typeof answer>) {
  const result = await answer(...given);
  if (result.ok) throw new Error("the answer was taken");
  return result.refusal;
}

const requests = () => world.runs.requested.map(({ request }) => request);

describe("an answer", () => {
  test("is recorded typed, with defaults, and a secret as its reference", async () => {
    const entered = await filled();
    const asker = world.asks("U0REQ");
    expect(await answer(asker, entered)).toEqual({ ok: true, value: { stepId: "scale" } });
    expect(requests()).toEqual([
      {
        kind: "answer-inquiry",
        by: { kind: "person", teamId: "T0ACME", userId: "U0REQ" },
        stepId: "scale",
        opening: 1,
        requestId: asker.requestId,
        answers: {
          size: 3,
          mode: "fast",
          when: "2026-11-30",
          who: "U0BOB",
          ticket: "OPS-0",
          token: entered.token,
        },
      },
    ]);
    expect(entered.token).toMatch(/^secret:answer\/run-1\/scale\/token\/[0-9a-z]{16}$/);
    expect(world.audit.kinds()).toEqual(["control.requested"]);
  });

  test("of the same request twice is recorded once", async () => {
    const asker = world.asks("U0REQ");
    const entered = await filled();
    const first = await answer(asker, entered);
    expect(await answer(asker, entered)).toEqual(first);
    expect(requests()).toHaveLength(1);
  });

  test("with mistakes is refused with all of them, and its secret is forgotten", async () => {
    world.directory.refuse("U0GUS", "guest");
    const wrong = { size: "10", mode: "fats", when: "2026-02-30", who: "U0GUS", ticket: "ops" };
    expect(await refusal("U0REQ", { ...wrong, token: await seal("short-1") })).toEqual({
      code: "answer-invalid",
      problems: [
        { field: "size", sentence: "Give a number of at most 9." },
        { field: "mode", sentence: "Choose one of slow, fast. Did you mean fast?" },
        { field: "when", sentence: "Give a date as YYYY-MM-DD." },
        { field: "who", sentence: "Choose an active full member of this workspace." },
        { field: "ticket", sentence: "It must match OPS-[0-9]+ as a whole." },
        { field: "token", sentence: "Give at least 8 characters." },
      ],
    });
    expect(requests()).toEqual([]);
    expect(world.secrets.kept()).toEqual([]);
    expect(JSON.stringify(world.audit.entries)).not.toContain("short-1");
  });

  test.each(["", "nearly", "secret:answer/run-1/scale/other/0000000000000000"])(
    "takes no secret that was not sealed for its field: %j",
    async (token) => {
      expect(await refusal("U0REQ", await filled({ token }))).toMatchObject({
        code: "answer-invalid",
        problems: [{ field: "token" }],
      });
    },
  );

  test("takes no secret of another step", async () => {
    const token = await seal("correct horse", "other");
    expect(await refusal("U0REQ", await filled({ token }))).toMatchObject({
      problems: [
        { field: "token", sentence: "It could not be sealed: it belongs to another step." },
      ],
    });
  });

  test.each([
    ["a hexadecimal number", "0x10"],
    ["a blank", " "],
    ["infinity", "Infinity"],
    ["words", "three"],
  ])("takes no number written as %s", async (_, size) => {
    expect(await refusal("U0REQ", await filled({ size }))).toMatchObject({
      problems: [{ field: "size" }],
    });
  });
});

describe("who may answer", () => {
  test("is the requester or who could approve the plan, unless the plan says", async () => {
    expect(await answer("U0ANN")).toMatchObject({ ok: true });
    expect(await refusal("U0DEV")).toMatchObject({ code: "not-yours" });
  });

  test("is only those the plan names, when it names any", async () => {
    await open({ from: { groups: ["sre"], users: ["U0DEV"] } });
    expect(await refusal("U0REQ")).toMatchObject({
      code: "not-yours",
      whoCan: ["U0DEV", "U0ANN", "U0BOB", "U0CAT"],
    });
    expect(await answer("U0DEV")).toMatchObject({ ok: true });
    expect(await answer("U0ANN")).toMatchObject({ ok: true });
  });

  test("is never a guest, nor decided while Slack can't be asked", async () => {
    await open({ from: { groups: ["sre"], users: [] } });
    world.directory.refuse("U0ANN", "guest");
    expect(await refusal("U0ANN")).toMatchObject({ code: "not-a-member" });
    world.directory.takeDown({ id: "S0SRE" });
    expect(await refusal("U0BOB")).toMatchObject({ code: "directory-unavailable" });
  });
});

describe("an answer that comes too late", () => {
  test("is refused after the time, after another's answer, and for an earlier asking", async () => {
    expect(await refusal("U0REQ", undefined, 2)).toMatchObject({ code: "inquiry-stale" });
    world.clock.advance(HOUR);
    expect(await refusal("U0REQ")).toMatchObject({ code: "inquiry-closed", how: "expired" });
    asking.note({
      kind: "step.inquiry-answered",
      stepId: "scale",
      answers: {},
      by: { kind: "person", teamId: "T0ACME", userId: "U0BOB" },
    });
    expect(await refusal("U0REQ")).toEqual({
      code: "inquiry-closed",
      stepId: "scale",
      how: "answered",
      byUserIds: ["U0BOB"],
    });
  });
  test("is not carried out once the step asks again, however late its request arrives", async () => {
    expect(await answer("U0REQ", await filled())).toMatchObject({ ok: true });
    const [request] = requests();
    if (request === undefined) throw new Error("nothing was requested");
    const now = () => carryOut(foldRun(asking.run().plan, asking.run().events), request);
    expect(now()).toMatchObject([{ kind: "step.inquiry-answered", stepId: "scale" }]);
    const call = { phase: "forward", stepId: "scale" } as const;
    const failure = { category: "timeout", message: "Nobody did." } as const;
    const by = { kind: "person", teamId: "T0ACME", userId: "U0REQ" } as const;
    asking.note(
      { kind: "step.inquiry-expired", stepId: "scale" },
      { kind: "attempt.failed", call, attempt: 1, failure, retryAt: null, durationMs: 0 },
      { kind: "step.retried", stepId: "scale", by },
      { kind: "step.inquiry-opened", stepId: "scale", closesAt: 2 * HOUR },
    );
    expect(now()).toEqual([]);
  });
});
