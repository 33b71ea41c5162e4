import { describe, expect, test } from "vitest";
import { auditDigest } from "#engine/audit-digest.ts";
import {
  auditChain as chain,
  auditRow as row,
  exportedLines as lines,
  sha256,
} from "#test/builders/audit-chain.ts";
import { GENESIS_HASH, linkHash } from "./audit-hash.ts";
import { verifyAudit } from "./verify-audit.ts";

test("digest and hash are those of the example in docs/audit-format.md", () => {
  // printf '%s' '["countersign-audit-v2",null,"T1",1000,...]' | sha256sum
  const digest = auditDigest(row({}), null, sha256);
  expect(digest).toBe("798477c5150de6093d598ce8f405f8ba49b223e31691572e8a934ae048fd972b");
  expect(linkHash(GENESIS_HASH, digest)).toBe(
    "7227081abecfa2496f20fc925f062cc320075e1a12d5756bc6a9ee2a25720348",
  );
});

test("text can't be moved between fields", () => {
  const one = row({ actor: 'person:U1","', conversationId: "1" });
  const other = row({ actor: "person:U1", conversationId: '","1' });
  expect(auditDigest(one, null, sha256)).not.toBe(auditDigest(other, null, sha256));
});

describe("an exported chain", () => {
  test("that nobody touched is good, and its heads are answered", async () => {
    const rows = chain(5);
    expect(await verifyAudit(await lines(rows))).toEqual({
      ok: true,
      rows: 5,
      heads: [{ teamId: "T1", seq: 5, hash: rows[4]?.hash }],
      anchors: [],
      takenOff: 0,
    });
  });

  test("of several workspaces is one chain each", async () => {
    const [a, b] = [chain(2, "T1"), chain(2, "T2")];
    const mixed = [a[0], b[0], b[1], a[1]].filter((one) => one !== undefined);
    expect(await verifyAudit(await lines(mixed))).toMatchObject({ ok: true, rows: 4 });
  });

  test("of links of several rows is good", async () => {
    expect(await verifyAudit(await lines(chain([1, 3, 2, 5])))).toMatchObject({
      ok: true,
      rows: 11,
    });
  });

  test("is bad from the row that was edited, wherever in its link it is", async () => {
    for (const seq of [1, 2, 3, 4, 5, 6]) {
      const rows = chain([1, 3, 2]).map((one) =>
        one.seq === seq ? { ...one, actor: "person:U9" } : one,
      );
      expect(await verifyAudit(await lines(rows))).toMatchObject({ ok: false, line: seq, seq });
    }
  });

  test("is bad at or after a row that was edited and hashed anew", async () => {
    const digested = chain([1, 3, 2]).map((one, index, all) => {
      if (one.seq !== 3) return one;
      const edited = { ...one, data: '{"x":1}' };
      return { ...edited, digest: auditDigest(edited, all[index - 1]?.digest ?? null, sha256) };
    });
    expect(await verifyAudit(await lines(digested))).toMatchObject({ ok: false, line: 4, seq: 4 });
    const relinked = chain([1, 1, 1, 1]).map((one) => {
      if (one.seq !== 3) return one;
      const digest = auditDigest({ ...one, data: '{"x":1}' }, null, sha256);
      return { ...one, data: '{"x":1}', digest, hash: linkHash(one.previousHash, digest) };
    });
    expect(await verifyAudit(await lines(relinked))).toMatchObject({ ok: false, line: 4, seq: 4 });
  });

  test("is bad where two links were joined or one was parted", async () => {
    const joined = chain([1, 1]).map((one) => ({ ...one, first: 1, last: 2 }));
    expect(await verifyAudit(await lines(joined))).toMatchObject({ ok: false, line: 2 });
    const parted = chain([2]).map((one) => ({ ...one, first: one.seq, last: one.seq }));
    expect(await verifyAudit(await lines(parted))).toMatchObject({ ok: false, line: 1 });
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
    const changed = { ...second, actor: "person:U9" };
    const digest = auditDigest(changed, null, sha256);
    const hashes = { previousHash: second.hash, hash: linkHash(second.hash, digest) };
    const inserted = { ...changed, digest, ...hashes };
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

  test("that was cut off inside of a link is bad", async () => {
    const rows = chain([2, 3]).slice(0, 4);
    expect(await verifyAudit(await lines(rows))).toMatchObject({ ok: false, line: null, seq: 4 });
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
