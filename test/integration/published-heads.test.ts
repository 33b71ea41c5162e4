// Heads of the log that several processes publish: once in each interval, in the file before anybody is told, and good
// enough to find what was done to the log afterwards.

import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { publishHeads } from "#engine/publish-heads.ts";
import { createHeadFile, headFileProblem } from "#adapters/audit-file/head-file.ts";
import { exportAudit } from "#adapters/audit-file/export-audit.ts";
import { verifyAudit } from "#adapters/audit-file/verify-audit.ts";
import { ringNobody } from "#adapters/postgres/after-commit.ts";
import { createHeadPublications } from "#adapters/postgres/head-publications.ts";
import type { Database } from "#adapters/postgres/database.ts";
import { openServerDatabase } from "#adapters/postgres/postgres-js-database.ts";
import { aWorkspace, collect, openStores } from "#test/contract/store-world.ts";
import { createManualClock } from "#test/fakes/manual-clock.ts";
import type { TestDatabase } from "#test/servers/postgres.ts";
import { createTestDatabase } from "#test/servers/postgres.ts";
import { notedHeads } from "../../src/wiring/noted-heads.ts";

const HOUR = 3_600_000;
const clock = createManualClock(Date.UTC(2026, 10, 26, 8, 59));
const workspace = aWorkspace();
let clone: TestDatabase;
let database: Database;
let folder: string;
const errors: string[] = [];

beforeAll(async () => {
  clone = await createTestDatabase();
  database = await openServerDatabase(clone.url);
  folder = await mkdtemp(path.join(tmpdir(), "countersign-heads-"));
});
afterAll(async () => {
  await database.close();
  await clone.drop();
  await rm(folder, { recursive: true });
});

const publish = (file: string) =>
  publishHeads(
    { publications: createHeadPublications(database, ringNobody), clock },
    {
      everyMs: HOUR,
      channelId: "C0AUDIT",
      file: createHeadFile(file),
      onFileError: (error) => errors.push(error),
    },
  );
const rows = () => openStores(database).audit.rows({ teamId: workspace.teamId, limit: 1_000 });
const published = async () =>
  (await collect(rows())).filter(({ kind }) => kind === "audit.head-published");
const notices = async () =>
  (await openStores(database).outbox.take("suite", 100, 1, Number.MAX_SAFE_INTEGER - 1)).flatMap(
    ({ notice }) => (notice.kind === "audit-heads" ? [notice] : []),
  );

test("nothing is published of a log without events", async () => {
  expect(await publish(path.join(folder, "none"))).toBe("not-due");
});

test("of several processes one publishes in each interval, to the channel, the file and the log", async () => {
  const file = path.join(folder, "heads");
  await openStores(database).audit.append([workspace.entry(), workspace.entry()]);
  const all = await Promise.all(Array.from({ length: 5 }, () => publish(file)));
  expect(all.filter((answer) => answer === "published")).toHaveLength(1);
  // A minute later the hour is another one, by the clock and not since the last time.
  clock.advance(60_000);
  const again = await Promise.all(Array.from({ length: 5 }, () => publish(file)));
  expect(again.filter((answer) => answer === "published")).toHaveLength(1);
  expect(await publish(file)).toBe("not-due");

  const heads = await notedHeads({ head: null, heads: file });
  expect(heads.map(({ seq }) => seq)).toEqual([2, 3]);
  expect((await notices()).map((notice) => notice.heads)).toEqual(heads.map((head) => [head]));
  expect((await published()).map(({ data }) => JSON.parse(data))).toMatchObject(
    heads.map(({ seq, hash }) => ({ seq, hash, channelId: "C0AUDIT", file: "written" })),
  );
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await verifyAudit(exportAudit(rows()), heads)).toMatchObject({ ok: true });
  const cutOff = (await collect(exportAudit(rows()))).slice(0, 2);
  expect(await verifyAudit(cutOff, heads)).toMatchObject({
    ok: false,
    reason: expect.stringContaining("before the noted head 3"),
  });
});

test("a disk that fails stops neither the channel nor the log, which both say so, nor the next time", async () => {
  clock.advance(HOUR);
  const before = (await published()).length;
  expect(await publish(folder)).toBe("published");
  expect(errors).toEqual(["EISDIR"]);
  expect(JSON.parse((await published())[before]?.data ?? "{}")).toMatchObject({
    file: "failed",
    fileError: "EISDIR",
  });
  expect((await notices()).at(-1)).toMatchObject({ fileError: "EISDIR" });
  clock.advance(HOUR);
  expect(await publish(path.join(folder, "later"))).toBe("published");
  expect(await headFileProblem(path.join(folder, "missing", "heads"))).toBe("ENOENT");
});

test("a line that a crash cut off is marked when the next is written, and keeps none from being read", async () => {
  const file = path.join(folder, "torn");
  await writeFile(file, "");
  await appendFile(file, "T1/2/abcd");
  clock.advance(HOUR);
  expect(await publish(file)).toBe("published");
  expect(await readFile(file, "utf8")).toMatch(/^T1\/2\/abcd # incomplete\nT/);
  expect(await notedHeads({ head: null, heads: file })).toHaveLength(1);
});

test("what fails in the database leaves the interval to the next who tries", async () => {
  clock.advance(HOUR);
  const publications = createHeadPublications(database, ringNobody);
  const interval = { number: Math.floor(clock.now() / HOUR), ms: HOUR };
  await expect(
    publications.oncePer(interval, clock.now(), () => Promise.reject(new Error("a defect"))),
  ).rejects.toThrow("a defect");
  expect(await publish(path.join(folder, "heads"))).toBe("published");
});
