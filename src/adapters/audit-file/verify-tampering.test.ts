// Random tampering with random exports: each is found against a noted head, and the first bad row is named.

import fc from "fast-check";
import { expect, test } from "vitest";
import type { AuditHead, AuditRow } from "#engine/audit-event.ts";
import { auditDigest } from "#engine/audit-digest.ts";
import { auditChain, exportedLines, sha256 } from "#test/builders/audit-chain.ts";
import { GENESIS_HASH, linkHash } from "./audit-hash.ts";
import { verifyAudit } from "./verify-audit.ts";

const links = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 2, maxLength: 8 });
const places = fc.record({ links, one: fc.nat(), other: fc.nat() });

/** The chain, the head noted of it, and two different rows by their index. */
function scene({ links: sizes, one, other }: { links: number[]; one: number; other: number }) {
  const rows = auditChain(sizes);
  const at = one % rows.length;
  const elsewhere = (at + 1 + (other % (rows.length - 1))) % rows.length;
  return { rows, heads: [headOf(rows)], at, elsewhere };
}

async function check(rows: readonly AuditRow[], heads: readonly AuditHead[]) {
  return verifyAudit(await exportedLines(rows), heads);
}

test("an export nobody touched is whole, whatever its links", () =>
  fc.assert(
    fc.asyncProperty(places, async (given) => {
      const { rows, heads } = scene(given);
      expect(await check(rows, heads)).toMatchObject({ ok: true, rows: rows.length });
    }),
  ));

const EDITS: readonly Partial<AuditRow>[] = [
  { at: 1 },
  { kind: "run.failed" },
  { actor: "person:U9" },
  { conversationId: "c" },
  { planId: null },
  { runId: "run-2" },
  { data: '{"x":1}' },
  { digest: "0".repeat(64) },
];

test("a field that was changed is found in its row", () =>
  fc.assert(
    fc.asyncProperty(places, fc.constantFrom(...EDITS), async (given, edit) => {
      const { rows, heads, at } = scene(given);
      const edited = rows.map((row, index) => (index === at ? { ...row, ...edit } : row));
      expect(await check(edited, heads)).toMatchObject({ ok: false, line: at + 1 });
    }),
  ));

const OTHER = "f".repeat(64);
const MOVES: readonly ((row: AuditRow) => AuditRow)[] = [
  (row) => ({ ...row, seq: row.seq + 1 }),
  (row) => ({ ...row, first: row.first + 1 }),
  (row) => ({ ...row, last: row.last + 1 }),
  (row) => ({ ...row, previousHash: OTHER }),
  (row) => ({ ...row, hash: OTHER }),
];

test("a place in the chain that was changed is found in its row or the next", () =>
  fc.assert(
    fc.asyncProperty(places, fc.constantFrom(...MOVES), async (given, move) => {
      const { rows, heads, at } = scene(given);
      const moved = rows.map((row, index) => (index === at ? move(row) : row));
      const checked = await check(moved, heads);
      expect(checked.ok).toBe(false);
      // After the last row there is none to tell: what is missing then is.
      if (!checked.ok) expect([at + 1, at + 2, null]).toContain(checked.line);
    }),
  ));

test("a link that was taken out, with all after it numbered anew, is found where it was", () =>
  fc.assert(
    fc.asyncProperty(places, async (given) => {
      const { rows, at } = scene(given);
      const { first = 1, last = 1 } = rows[at] ?? {};
      const size = last - first + 1;
      const after = rows.slice(last).map((row) => ({
        ...row,
        seq: row.seq - size,
        first: row.first - size,
        last: row.last - size,
      }));
      // Without rows after it an end was cut off, which takes a noted head to tell.
      fc.pre(after.length > 0);
      const left = [...rows.slice(0, first - 1), ...after];
      expect(await check(left, [])).toMatchObject({ ok: false, line: first });
    }),
  ));

test("a link whose digests were made anew is found at its end", () =>
  fc.assert(
    fc.asyncProperty(places, async (given) => {
      const { rows, at } = scene(given);
      const { first = 1, last = 1 } = rows[at] ?? {};
      const anew = rehashed(
        rows.map((row, index) => (index === at ? { ...row, data: '{"x":1}' } : row)),
      );
      const edited = rows.map((row, index) =>
        index < first - 1 || index >= last ? row : { ...row, ...digestOf(anew[index]) },
      );
      expect(await check(edited, [])).toMatchObject({ ok: false, line: last });
    }),
  ));

test("a row that was removed is found at the row after it, or at the end", () =>
  fc.assert(
    fc.asyncProperty(places, async (given) => {
      const { rows, heads, at } = scene(given);
      const left = rows.filter((_row, index) => index !== at);
      const line = at === left.length ? null : at + 1;
      expect(await check(left, heads)).toMatchObject({ ok: false, line });
    }),
  ));

test("rows that changed places are found at the first of the two", () =>
  fc.assert(
    fc.asyncProperty(places, async (given) => {
      const { rows, heads, at, elsewhere } = scene(given);
      const moved = rows.map((row, index) =>
        index === at ? rows[elsewhere] : index === elsewhere ? rows[at] : row,
      );
      const all = moved.filter((row) => row !== undefined);
      const line = Math.min(at, elsewhere) + 1;
      expect(await check(all, heads)).toMatchObject({ ok: false, line });
    }),
  ));

test("a row that was put in is found at its place", () =>
  fc.assert(
    fc.asyncProperty(places, async (given) => {
      const { rows, heads, at, elsewhere } = scene(given);
      const copied = rows.slice(elsewhere, elsewhere + 1);
      const all = [...rows.slice(0, at), ...copied, ...rows.slice(at)];
      // The copy of a row before that row itself is found at the second of the two.
      const line = elsewhere === at ? at + 2 : at + 1;
      expect(await check(all, heads)).toMatchObject({ ok: false, line });
    }),
  ));

test("an end that was cut off is found against the noted head", () =>
  fc.assert(
    fc.asyncProperty(places, async (given) => {
      const { rows, heads, at } = scene(given);
      expect(await check(rows.slice(0, at), heads)).toMatchObject({ ok: false, line: null });
    }),
  ));

test("a chain written anew from a row on, every hash right, is found at the noted head and not without it", () =>
  fc.assert(
    fc.asyncProperty(places, async (given) => {
      const { rows, heads, at } = scene(given);
      const anew = rehashed(
        rows.map((row, index) => (index === at ? { ...row, data: '{"x":1}' } : row)),
      );
      expect(await check(anew, [])).toMatchObject({ ok: true });
      expect(await check(anew, heads)).toMatchObject({ ok: false, line: rows.length });
    }),
  ));

/** What of a row whoever edits it would make fit, its hash left as it was. */
function digestOf(row: AuditRow | undefined): Partial<AuditRow> {
  return row === undefined ? {} : { data: row.data, digest: row.digest };
}

function headOf(rows: readonly AuditRow[]): AuditHead {
  const last = rows.at(-1);
  if (last === undefined) throw new Error("a chain has rows");
  return { teamId: last.teamId, seq: last.seq, hash: last.hash };
}

/** As somebody who can write to the database makes it fit again. */
function rehashed(rows: readonly AuditRow[]): readonly AuditRow[] {
  const all: AuditRow[] = [];
  let previousHash = GENESIS_HASH;
  for (const { first, last } of rows.filter((row) => row.seq === row.first)) {
    const link: AuditRow[] = [];
    for (const row of rows.slice(first - 1, last)) {
      const digest = auditDigest(row, link.at(-1)?.digest ?? null, sha256);
      link.push({ ...row, previousHash, digest });
    }
    const hash = linkHash(previousHash, link.at(-1)?.digest ?? "");
    all.push(...link.map((row) => ({ ...row, hash })));
    previousHash = hash;
  }
  return all;
}
