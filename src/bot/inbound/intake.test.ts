import { SILENT } from "../bot-ports.ts";
import { describe, expect, it } from "vitest";
import { SecretUnavailable } from "#engine/secret-box.ts";
import type { SecretBox } from "#engine/secret-box.ts";
import type { InboundRequest, Inbox } from "#engine/message-store.ts";
import type { Delivery } from "./delivery.ts";
import { Intake } from "./intake.ts";
import type { RefusedRequest } from "./refusal-audit.ts";
import type { Listen } from "./intake.ts";

const NO_SECRETS: SecretBox = {
  problem: () => "there is no key",
  seal: () => Promise.reject(new SecretUnavailable("there is no key")),
  open: () => Promise.reject(new SecretUnavailable("there is no key")),
  forget: () => Promise.resolve(),
};

function delivery(changes: Partial<Delivery> = {}): Delivery {
  return { id: "action:1", kind: "action", teamId: "T1", userId: "U1", payload: {}, ...changes };
}

/** An intake over an inbox in memory; `record` may be replaced to fail or to hang. */
function intake(listen: Listen, record?: Inbox["record"]) {
  const rows = new Map<string, { request: InboundRequest; outcome: string | null }>();
  const refused: RefusedRequest[] = [];
  const told: string[] = [];
  const inbox: Inbox = {
    record:
      record ??
      (async (request) => {
        if (rows.has(request.id)) return "seen";
        rows.set(request.id, { request, outcome: null });
        return "new";
      }),
    unfinished: async () =>
      [...rows.values()].filter(({ outcome }) => outcome === null).map(({ request }) => request),
    finish: async (id, outcome) => {
      const row = rows.get(id);
      rows.set(id, { request: row?.request ?? { ...delivery(), receivedAt: 0 }, outcome });
    },
  };
  const subject = new Intake({
    telemetry: SILENT,
    secrets: NO_SECRETS,
    redactor: { certain: (text, mask = "") => text.replaceAll("hunter22", mask) },
    inbox,
    refusals: { note: async (one) => void refused.push(one) },
    clock: { now: () => 1_000, sleep: async () => undefined },
    log: {
      debug: () => undefined,
      info: () => undefined,
      warn: () => undefined,
      error: () => undefined,
    },
    identity: { teamId: "T1", appId: "A1" },
    listen,
    onDefect: async (request) => {
      told.push(request.id);
    },
  });
  return { subject, rows, refused, told };
}

/** Records when it was called; resolves to what came first. */
function acknowledgement() {
  const answers: unknown[] = [];
  return { answers, ack: async (answer?: unknown) => void answers.push(answer) };
}

describe("a request", () => {
  it("is recorded, then acknowledged, then worked on", async () => {
    const order: string[] = [];
    const { subject, rows } = intake(async () => void order.push("worked on"));
    const ack = async () => {
      order.push(
        rows.has("action:1") ? "acknowledged after recording" : "acknowledged before recording",
      );
    };
    await subject.receive({ delivery: delivery(), ack, retry: false });
    await subject.close(1_000);
    expect(order).toEqual(["acknowledged after recording", "worked on"]);
    expect(rows.get("action:1")?.outcome).toBe("done");
  });

  it("is acknowledged without waiting for its work", async () => {
    const { promise: forever } = Promise.withResolvers<void>();
    const { subject } = intake(() => forever);
    const { ack, answers } = acknowledgement();
    expect(await subject.receive({ delivery: delivery(), ack, retry: false })).toBe("accepted");
    expect(answers).toEqual([undefined]);
  });

  it("that is a submitted view is answered by its listener", async () => {
    const { subject } = intake(async (_request, ack) => ack({ response_action: "errors" }));
    const { ack, answers } = acknowledgement();
    await subject.receive({
      delivery: delivery({ id: "view:1", kind: "view" }),
      ack,
      retry: false,
    });
    expect(answers).toEqual([{ response_action: "errors" }]);
  });

  it("repeated by Slack is acknowledged quietly; repeated without its mark it is audited as a replay", async () => {
    const worked: string[] = [];
    const { subject, refused } = intake(async ({ id }) => void worked.push(id));
    const { ack, answers } = acknowledgement();
    await subject.receive({ delivery: delivery(), ack, retry: false });
    await subject.receive({ delivery: delivery(), ack, retry: true });
    expect(refused).toHaveLength(0);
    await subject.receive({ delivery: delivery(), ack, retry: false });
    await subject.close(1_000);
    expect(refused.map(({ code }) => code)).toEqual(["replayed"]);
    expect(worked).toEqual(["action:1"]);
    expect(answers).toHaveLength(3);
  });

  it.each<[string, Partial<Delivery>, string]>([
    ["of another workspace", { teamId: "T2" }, "other-workspace"],
    ["for another app", { payload: { api_app_id: "A2" } }, "other-app"],
  ])("%s reaches no listener and no inbox", async (_what, changes, code) => {
    const { subject, rows, refused } = intake(async () => {
      throw new Error("must not be called");
    });
    await subject.receive({
      delivery: delivery(changes),
      ack: acknowledgement().ack,
      retry: false,
    });
    expect(rows.size).toBe(0);
    expect(refused[0]).toMatchObject({ code, actor: { userId: "U1" } });
  });

  it("for this app by name is worked on", async () => {
    const { subject, rows } = intake(async () => undefined);
    const named = delivery({ payload: { api_app_id: "A1" } });
    await subject.receive({ delivery: named, ack: acknowledgement().ack, retry: false });
    await subject.close(1_000);
    expect(rows.get("action:1")?.outcome).toBe("done");
  });

  it("whose listener throws is told to the person and finished as failed", async () => {
    const { subject, rows, told } = intake(async () => {
      throw new Error("a defect");
    });
    await subject.receive({ delivery: delivery(), ack: acknowledgement().ack, retry: false });
    await subject.close(1_000);
    expect(told).toEqual(["action:1"]);
    expect(rows.get("action:1")?.outcome).toBe("failed");
  });
});

describe("while the database fails", () => {
  it("nothing is acknowledged", async () => {
    const { subject } = intake(
      async () => undefined,
      async () => {
        throw new Error("no database");
      },
    );
    const { ack, answers } = acknowledgement();
    expect(await subject.receive({ delivery: delivery(), ack, retry: false })).toBe("unavailable");
    expect(answers).toEqual([]);
  });

  it("a click recorded too late does not happen after the person saw it fail; an event does", async () => {
    const worked: string[] = [];
    const late = Promise.withResolvers<"new">();
    const { subject, rows } = intake(
      async ({ id }) => void worked.push(id),
      () => late.promise,
    );
    const click = subject.receive({
      delivery: delivery(),
      ack: acknowledgement().ack,
      retry: false,
    });
    const event = subject.receive({
      delivery: delivery({ id: "message:1", kind: "event" }),
      ack: acknowledgement().ack,
      retry: false,
    });
    expect(await Promise.all([click, event])).toEqual(["unavailable", "unavailable"]);
    late.resolve("new");
    await late.promise;
    await subject.close(1_000);
    expect(worked).toEqual(["message:1"]);
    expect(rows.get("action:1")?.outcome).toBe("refused");
  });
});

it("a sweep takes up what was left, and not what this process has in hand", async () => {
  const gate = Promise.withResolvers<void>();
  const worked: string[] = [];
  const { subject, rows } = intake(async ({ id }) => {
    worked.push(id);
    await gate.promise;
  });
  await subject.receive({ delivery: delivery(), ack: acknowledgement().ack, retry: false });
  rows.set("command:left", {
    request: { ...delivery({ id: "command:left", kind: "command" }), receivedAt: 0 },
    outcome: null,
  });
  await subject.sweep();
  gate.resolve();
  await subject.close(1_000);
  expect(worked).toEqual(["action:1", "command:left"]);
});
