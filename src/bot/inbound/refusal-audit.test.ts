import { describe, expect, test } from "vitest";
import { createManualClock } from "#test/fakes/manual-clock.ts";
import { createMemoryAuditLog } from "#test/fakes/memory-audit-log.ts";
import { RefusalAudit } from "./refusal-audit.ts";
import type { RefusedRequest } from "./refusal-audit.ts";

const MINUTE = 60_000;

function refused(userId: string | null, code = "replayed"): RefusedRequest {
  return {
    code,
    attempted: "action request",
    explanation: "It was received before.",
    actor: userId === null ? null : { kind: "person", teamId: "T1", userId },
    entry: "button",
  };
}

function refusals() {
  const audit = createMemoryAuditLog();
  const clock = createManualClock();
  const warned: unknown[] = [];
  const log = {
    debug: () => undefined,
    info: () => undefined,
    warn: (...parts: unknown[]) => void warned.push(parts),
    error: () => undefined,
  };
  const subject = new RefusalAudit({ audit, clock, log, teamId: "T1" });
  const told = () =>
    audit.entries.map(({ event }) => (event.kind === "refused" ? event.explanation : ""));
  return { subject, clock, audit, told, warned };
}

describe("refused requests", () => {
  test("are recorded one by one while they are few", async () => {
    const { subject, told } = refusals();
    for (let times = 0; times < 3; times += 1) await subject.note(refused("U1"));
    expect(told()).toEqual(Array.from({ length: 3 }, () => "It was received before."));
  });

  test("of a flood are counted, and the number is recorded when the minute is over", async () => {
    const { subject, clock, told, warned } = refusals();
    for (let times = 0; times < 1_000; times += 1) await subject.note(refused("U1"));
    expect(told()).toHaveLength(5);
    await subject.flush();
    expect(told()).toHaveLength(5);
    clock.advance(MINUTE);
    await subject.flush();
    await subject.flush();
    expect(told().slice(5)).toEqual(["995 more within a minute. It was received before."]);
    expect(warned).toHaveLength(6);
  });

  test("that begin again a minute later are recorded after the number of those before", async () => {
    const { subject, clock, told } = refusals();
    for (let times = 0; times < 7; times += 1) await subject.note(refused("U1"));
    clock.advance(MINUTE);
    await subject.note(refused("U1"));
    expect(told().slice(5)).toEqual([
      "2 more within a minute. It was received before.",
      "It was received before.",
    ]);
  });

  test("of one sender or reason don't hide those of another", async () => {
    const { subject, audit } = refusals();
    for (let times = 0; times < 50; times += 1) await subject.note(refused("U1"));
    await subject.note(refused("U2"));
    await subject.note(refused("U1", "other-app"));
    await subject.note(refused(null, "signature-wrong"));
    expect(audit.entries.slice(5).map(({ actor }) => actor)).toEqual([
      { kind: "person", teamId: "T1", userId: "U2" },
      { kind: "person", teamId: "T1", userId: "U1" },
      { kind: "system", part: "engine" },
    ]);
  });

  test("of very many senders cost neither memory nor entries without end", async () => {
    const { subject, told } = refusals();
    for (let sender = 0; sender < 3_000; sender += 1) await subject.note(refused(`U${sender}`));
    expect(told().length).toBeLessThan(1_010);
    await subject.flush(true);
    expect(told().at(-1)).toBe("1995 more within a minute. It was received before.");
  });
});
