import { describe, expect, test } from "vitest";
import { createWorld, planSource } from "#test/builders/engine-world.ts";
import type { AuditEntry } from "./audit-event.ts";
import { castVote } from "./cast-vote.ts";
import { filePlan } from "./file-plan.ts";
import type { InboundRequest } from "./message-store.ts";
import type { Notice } from "./notice.ts";
import { redactedStores } from "./redacted-stores.ts";
import type { Redactor } from "./redactor.ts";
import { accept } from "./result.ts";
import { withdrawPlan } from "./withdraw-plan.ts";

const SECRET = "correct-horse-battery";

const hidden = (text: string, mask = "[redacted]"): string => text.replaceAll(SECRET, mask);
const REDACTOR: Redactor = {
  mask: "[redacted]",
  text: (text) => hidden(text),
  certain: hidden,
  knows: (text) => text.includes(SECRET),
  stream: () => ({ push: hidden, end: () => "" }),
};

/** A world whose stores are wrapped, with one plan that waits. */
async function worldWithPlan() {
  const world = createWorld();
  const recorded: InboundRequest[] = [];
  const noted: Notice[] = [];
  const never = async (): Promise<never> => {
    throw new Error("not asked for here");
  };
  const stores = redactedStores(
    {
      ...world,
      inbox: {
        record: async (request) => (recorded.push(request) > 0 ? "new" : "seen"),
        unfinished: never,
        finish: never,
      },
      outbox: {
        note: async (notices) => void noted.push(...notices),
        take: never,
        sent: never,
        postpone: never,
        abandon: never,
        pending: never,
        messageRef: never,
        saveMessageRef: never,
      },
    },
    REDACTOR,
  );
  const ports = { ...world.ports, ...stores };
  const filed = await filePlan(ports, world.asks("U0REQ"), planSource());
  if (!filed.ok) throw new Error(filed.refusal.code);
  const record = await world.plans.get("pl-1");
  if (record?.status !== "awaiting-approval") throw new Error("it does not wait");
  const kept = async (): Promise<string> =>
    JSON.stringify([
      await world.plans.get("pl-1"),
      await world.plans.get("pl-2"),
      world.audit.entries,
      world.plans.notices,
      world.runs.requested,
      recorded,
      noted,
    ]);
  return { world, ports, stores, record, kept };
}

describe("a known secret is masked in what is kept of", () => {
  test("a vote and a withdrawal", async () => {
    const { world, ports, kept } = await worldWithPlan();
    const vote = { planId: "pl-1", planVersion: 1, choice: "reject", viewHash: null } as const;
    await castVote(ports, world.asks("U0ANN"), { ...vote, reason: `no: ${SECRET}` });
    await withdrawPlan(ports, world.asks("U0REQ"), { planId: "pl-1", reason: `has ${SECRET}` });
    const text = await kept();
    expect(text).toContain("no: [redacted]");
    expect(text).not.toContain(SECRET);
  });

  test("a plan that gives way to another, the other, and the request to its run", async () => {
    const { world, stores, record, kept } = await worldWithPlan();
    const { conversation } = record;
    const by = { kind: "person", teamId: "T0ACME", userId: "U0REQ" } as const;
    const entry = refusedIn(world);
    await stores.plans.supersede(
      "pl-1",
      (old) =>
        accept({
          record: { ...old, conversation: { ...conversation, words: SECRET } },
          events: [entry],
          notices: [],
          cancelRun: {
            runId: "run-1",
            request: { kind: "cancel", by, rollback: false },
            entry,
          },
        }),
      {
        record: {
          ...record,
          id: "pl-2",
          hash: "another",
          requestId: "2",
          conversation: { ...conversation, words: SECRET },
        },
        change: { events: [entry], notices: [] },
      },
      5,
    );
    const text = await kept();
    expect(text).toContain('"attempted":"[redacted]"');
    expect(text).toContain('"words":"[redacted]"');
    expect(text).not.toContain(SECRET);
  });

  test("an event, a request and a message, while the plan stays as its hash says", async () => {
    const { world, stores, record, kept } = await worldWithPlan();
    await stores.audit.append([refusedIn(world)]);
    const of = { id: "1", kind: "command", teamId: "T0ACME", userId: "U0REQ" } as const;
    await stores.inbox.record({ ...of, payload: { text: SECRET }, receivedAt: 1 });
    const place = { channelId: "C0OPS", threadTs: null, userId: null };
    const message = { text: `so ${SECRET}`, blocks: [] };
    await stores.outbox.note([{ kind: "reply", replyId: "1", ...place, message }], 1);
    const text = await kept();
    expect(text).toContain("so [redacted]");
    expect(text).toContain('{"text":"(secret-removed)"}');
    expect(text).not.toContain(SECRET);
    expect(await world.plans.get("pl-1")).toEqual(record);
  });
});

function refusedIn({ audit }: Awaited<ReturnType<typeof worldWithPlan>>["world"]): AuditEntry {
  const [first] = audit.entries;
  if (first === undefined) throw new Error("there is no entry");
  const event = { kind: "refused", code: "x", attempted: SECRET, explanation: SECRET } as const;
  return { ...first, event: { ...event, entry: "button" } };
}
