import { describe, expect, test } from "vitest";
import type { AuditRow } from "#engine/audit-event.ts";
import { auditHash, GENESIS_HASH } from "./audit-hash.ts";
import { exportAudit } from "./export-audit.ts";
import { verifyAudit } from "./verify-audit.ts";

test("the hash of the row in docs/audit-format.md is the SHA-256 of the preimage given there", () => {
  // printf '%s' '20:countersign-audit-v164:0...02:T11:14:100011:run.started13:system:worker-4:pl-15:run-12:{}' | sha256sum
  expect(auditHash(row({ seq: 1, previousHash: GENESIS_HASH }))).toBe(
    "db6ecaed4797122f9a5c0581932940bb4a2b8803cfdc46c59ee781b01227f6eb",
  );
});

test("a length is in bytes of UTF-8, so that text can't be moved between fields", () => {
  const one = row({ actor: "person:Ü", conversationId: "1" });
  const other = row({ actor: "person:", conversationId: "Ü1" });
  expect(auditHash(one)).not.toBe(auditHash(other));
});

describe("an exported chain", () => {
  test("that nobody touched is good, and its heads are answered", async () => {
    const rows = chain(5);
    expect(await verifyAudit(await lines(rows))).toEqual({
      ok: true,
      rows: 5,
      heads: [{ teamId: "T1", seq: 5, hash: rows[4]?.hash }],
    });
  });

  test("of several workspaces is one chain each", async () => {
    const [a, b] = [chain(2, "T1"), chain(2, "T2")];
    const mixed = [a[0], b[0], b[1], a[1]].filter((one) => one !== undefined);
    expect(await verifyAudit(await lines(mixed))).toMatchObject({ ok: true, rows: 4 });
  });

  test("is bad from the row that was edited", async () => {
    const rows = chain(5).map((one) => (one.seq === 3 ? { ...one, actor: "person:U9" } : one));
    expect(await verifyAudit(await lines(rows))).toMatchObject({ ok: false, line: 3, seq: 3 });
  });

  test("is bad after a row that was edited and hashed anew", async () => {
    const rows = chain(5).map((one) => (one.seq === 3 ? hashed({ ...one, data: '{"x":1}' }) : one));
    expect(await verifyAudit(await lines(rows))).toMatchObject({ ok: false, line: 4, seq: 4 });
  });

  test("is bad where a row was removed, at the start too", async () => {
    const rows = chain(5);
    const without = (seq: number) => lines(rows.filter((one) => one.seq !== seq));
    expect(await verifyAudit(await without(3))).toMatchObject({ ok: false, line: 3, seq: 4 });
    expect(await verifyAudit(await without(1))).toMatchObject({ ok: false, line: 1, seq: 2 });
  });

  test("is bad where two rows changed places", async () => {
    const rows = chain(4);
    const [first, second, third, fourth] = await lines(rows);
    const moved = [first, third, second, fourth].filter((one) => one !== undefined);
    expect(await verifyAudit(moved)).toMatchObject({ ok: false, line: 2, seq: 3 });
  });

  test("is bad where a row was put in", async () => {
    const rows = chain(3);
    const second = rows[1];
    if (second === undefined) throw new Error("no second row");
    const inserted = hashed({ ...second, previousHash: second.hash, actor: "person:U9" });
    const all = rows.flatMap((one) => (one.seq === 2 ? [one, inserted] : [one]));
    expect(await verifyAudit(await lines(all))).toMatchObject({ ok: false, line: 3, seq: 2 });
  });

  test("that was cut off is good by itself and bad against the head noted before", async () => {
    const rows = chain(5);
    const cut = await lines(rows.slice(0, 3));
    const head = { teamId: "T1", seq: 5, hash: rows[4]?.hash ?? "" };
    expect(await verifyAudit(cut)).toMatchObject({ ok: true, rows: 3 });
    expect(await verifyAudit(cut, [head])).toMatchObject({ ok: false, line: null, seq: 5 });
  });

  test("that was written anew is bad at the head noted before", async () => {
    const head = { teamId: "T1", seq: 2, hash: chain(2)[1]?.hash ?? "" };
    const anew = chain(5, "T1", "person:U9");
    expect(await verifyAudit(await lines(anew), [head])).toMatchObject({ ok: false, line: 2 });
  });

  test("with a line that is no row is bad there", async () => {
    const [first] = await lines(chain(1));
    for (const bad of ["{", "[]", '{"seq":1}', `${first?.slice(0, -1) ?? ""},"extra":1}`]) {
      expect(await verifyAudit([bad])).toMatchObject({ ok: false, line: 1 });
    }
  });
});

function row(parts: Partial<AuditRow>): AuditRow {
  return {
    teamId: "T1",
    seq: 1,
    at: 1000,
    kind: "run.started",
    actor: "system:worker",
    conversationId: null,
    planId: "pl-1",
    runId: "run-1",
    data: "{}",
    previousHash: GENESIS_HASH,
    hash: "",
    ...parts,
  };
}

function hashed(one: AuditRow): AuditRow {
  return { ...one, hash: auditHash(one) };
}

function chain(length: number, teamId = "T1", actor = "system:worker"): readonly AuditRow[] {
  const rows: AuditRow[] = [];
  for (let seq = 1; seq <= length; seq += 1) {
    rows.push(hashed(row({ teamId, seq, actor, previousHash: rows.at(-1)?.hash ?? GENESIS_HASH })));
  }
  return rows;
}

async function lines(rows: readonly AuditRow[]): Promise<readonly string[]> {
  const all: string[] = [];
  for await (const line of exportAudit(asyncRows(rows))) all.push(line);
  return all;
}

async function* asyncRows(rows: readonly AuditRow[]): AsyncIterable<AuditRow> {
  for (const one of rows) yield await Promise.resolve(one);
}
