// Months that are taken off the log: written and verified before, provable afterwards, and never those that something
// which is not over still needs.

import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { beforeEach, expect, test } from "vitest";
import type { AuditHead } from "#engine/audit-event.ts";
import { reportRun } from "#engine/run-report.ts";
import { exportAudit } from "#adapters/audit-file/export-audit.ts";
import { verifyAudit } from "#adapters/audit-file/verify-audit.ts";
import { auditAnchors, monthsBefore } from "#adapters/postgres/audit-retention.ts";
import type { Database } from "#adapters/postgres/database.ts";
import { openServerDatabase } from "#adapters/postgres/postgres-js-database.ts";
import type { Stores, Workspace } from "#test/contract/store-world.ts";
import {
  approve,
  aWorkspace,
  collect,
  flushOf,
  LEASE_MS,
  openStores,
} from "#test/contract/store-world.ts";
import { createManualClock } from "#test/fakes/manual-clock.ts";
import type { TestDatabase } from "#test/servers/postgres.ts";
import { createTestDatabase } from "#test/servers/postgres.ts";
import { verifyDatabase } from "../../src/wiring/audit-commands.ts";
import { commandSaid } from "#test/builders/command-said.ts";
import { receiptFrom } from "../../src/wiring/audit-receipt.ts";
import { firstKept, retain } from "../../src/wiring/audit-retain.ts";
import { viewsFrom } from "../../src/wiring/audit-view.ts";

const [JANUARY, FEBRUARY, MARCH] = [1, 2, 3].map((month) => Date.UTC(2021, month - 1, 10)) as [
  number,
  number,
  number,
];
const clock = createManualClock(Date.UTC(2021, 2, 20));
let clone: TestDatabase;
let database: Database;
let stores: Stores;
let folder: string;

// A database of its own for each: what is taken off is taken off for all.
beforeEach(async () => {
  clone = await createTestDatabase();
  database = await openServerDatabase(clone.url);
  stores = openStores(database);
  folder = await mkdtemp(path.join(tmpdir(), "countersign-retention-"));
  return async () => {
    await rm(folder, { recursive: true });
    await database.close();
    await clone.drop();
  };
});
async function retaining(from: string) {
  const said: string[] = [];
  const output = {
    print: (text: string) => {
      said.push(text);
      return 0;
    },
    complain: (text: string) => void said.push(text),
  };
  const code = await retain(database, { from, folder }, { clock, output });
  return { code, said: said.join("\n") };
}

const append = (workspace: Workspace, ats: readonly number[]) =>
  stores.audit.append(ats.map((at) => workspace.entry({ at })));
const rest = (workspace: Workspace) =>
  collect(exportAudit(stores.audit.rows({ teamId: workspace.teamId, limit: 1_000 })));
const linesOf = async (month: string) =>
  (await readFile(path.join(folder, `audit-${month}.ndjson`), "utf8")).trimEnd().split("\n");
/** Of the row a line is. */
const headOf = (line: string | undefined): AuditHead => {
  const { teamId, seq, hash } = JSON.parse(line ?? "{}") as AuditHead;
  return { teamId, seq, hash };
};

test("what is left is verified from its anchors, and with the files from the first row on", async () => {
  const [one, other] = [aWorkspace(), aWorkspace()];
  await append(one, [JANUARY, JANUARY, FEBRUARY, MARCH]);
  await append(other, [FEBRUARY, FEBRUARY]);
  const before = await rest(one);
  const { code, said } = await retaining("2021-03");
  expect(code).toBe(0);
  expect(said).toMatch(
    /2021-01: 2 rows in .*audit-2021-01\.ndjson, SHA-256 [0-9a-f]{64}\. Taken off/,
  );
  expect(said).toContain("drop table audit_detached_2021_02;");

  const anchors = await auditAnchors(database);
  expect(anchors).toEqual([headOf(before[2]), expect.objectContaining({ seq: 2 })]);
  for (const { teamId, seq, hash } of anchors)
    expect(said).toContain(`  anchor ${teamId}/${seq}/${hash}`);
  expect(await verifyDatabase(database)).toMatchObject({ ok: true });
  // The events that say what was taken off follow what was there.
  const left = await rest(one);
  expect(left.slice(0, 1)).toEqual(before.slice(3));
  expect(left).toHaveLength(3);
  expect(await verifyAudit(left)).toMatchObject({
    ok: false,
    reason: expect.stringMatching(/found 4.*takes their anchor/),
  });
  const mine = anchors.filter(({ teamId }) => teamId === one.teamId);
  expect(await verifyAudit(left, [headOf(before[1])], { anchors: mine })).toMatchObject({
    ok: true,
    rows: 3,
    anchors: mine,
    takenOff: 1,
  });
  const files = [...(await linesOf("2021-01")), ...(await linesOf("2021-02"))];
  const whole = [...files, ...left, ...(await rest(other))];
  expect(await verifyAudit(whole, [headOf(before[1])])).toMatchObject({ ok: true, takenOff: 0 });
});

test("an anchor that was forged, or of which the chain knows nothing, is found", async () => {
  const workspace = aWorkspace();
  await append(workspace, [JANUARY, JANUARY, FEBRUARY]);
  await retaining("2021-02");
  const left = await rest(workspace);
  const anchors = await auditAnchors(database);
  const forged = anchors.map((anchor) => ({ ...anchor, hash: "0".repeat(64) }));
  expect(await verifyAudit(left, [], { anchors: forged })).toMatchObject({ ok: false, seq: 3 });
  expect(await verifyAudit(left, anchors, { anchors: forged })).toMatchObject({
    ok: false,
    reason: expect.stringContaining("not the noted head"),
  });
  // As if somebody took rows away and wrote an anchor for the rest.
  const anchor = headOf(left[0]);
  expect(
    await verifyAudit(left.slice(1, 2), [], { anchors: [anchor], attested: true }),
  ).toMatchObject({ ok: false, reason: expect.stringContaining("nothing in it says") });
  for (const statement of ["update audit_anchors set seq = 1", "delete from audit_anchors"])
    await expect(database.query(statement)).rejects.toThrow("append-only");
  await expect(database.query("truncate audit_anchors")).rejects.toThrow("append-only");
});

test("a month that holds events of a plan which is not over stays, and so does what is newer", async () => {
  const workspace = aWorkspace();
  const record = workspace.awaiting();
  await stores.plans.file(record, { events: [], notices: [] }, 9);
  await append(workspace, [JANUARY]);
  await stores.audit.append([
    workspace.entry({ at: FEBRUARY, planId: record.id }),
    workspace.entry({ at: MARCH }),
  ]);
  const first = await retaining("2021-04");
  expect(first.code).toBe(0);
  expect(first.said).toContain(
    `2021-02 stays, and so does what is newer. It holds events of plan ${record.id}, which is not over (awaiting-approval).`,
  );
  expect(await monthsBefore(database, "2021-04")).toEqual(["2021-02", "2021-03"]);
  await database.query("update plans set status = 'withdrawn' where id = $1", [record.id]);
  await retaining("2021-03");
  expect(await monthsBefore(database, "2021-04")).toEqual(["2021-03"]);
});

test("a run whose events were taken off still says how it ended, and that its steps are in the file", async () => {
  const workspace = aWorkspace();
  const base = workspace.awaiting({ filedAt: JANUARY });
  const record = { ...approve(base, workspace.id("run")), decidedAt: JANUARY, startBy: MARCH };
  await stores.plans.file(
    record,
    { queueRun: { runId: record.runId }, events: [], notices: [] },
    9,
  );
  expect((await retaining("2021-02")).said).toMatch(/2021-01 stays.*run queued/);
  const [run] = await stores.runs.claim("worker-1", 1, LEASE_MS, JANUARY);
  if (run === undefined) throw new Error("no run claimed");
  await stores.runs.flush(
    flushOf(run, [{ kind: "run.started" }, { kind: "run.completed", failedSteps: [] }], {
      status: "completed",
      release: true,
      at: JANUARY + 1,
    }),
  );
  await database.query("update plans set status = 'spent' where id = $1", [record.id]);
  const before = await stores.runs.view(run.runId);
  expect(before?.detached).toBeUndefined();
  expect((await retaining("2021-02")).said).toContain("Taken off");
  const view = await stores.runs.view(run.runId);
  expect(view).toMatchObject({ status: "completed", detached: true, events: [] });
  if (view === null) throw new Error("no view");
  expect(reportRun(view, MARCH)).toMatchObject({
    status: "completed",
    detached: true,
    steps: [],
    reason: expect.stringContaining("is in the file of that month"),
  });
  const [item] = await stores.audit.history({ teamId: workspace.teamId, limit: 1 });
  expect(item).toMatchObject({ runId: run.runId, outcome: "completed" });
});

/** A plan that was filed in January, voted on in January and February, and is over. Gives its id. */
async function aDecidedPlan(workspace: Workspace): Promise<string> {
  const record = workspace.awaiting({ filedAt: JANUARY });
  const { id: planId, version, hash, rule, policyVersion, requestId } = record;
  const of = { version, hash, policyVersion, requestId };
  const { title, environment, risk } = record.plan;
  const vote = { kind: "vote.cast", ...of, viewHash: "seen", viewFormat: 1 } as const;
  const said = { reason: null, groups: ["sre"], entry: "button" } as const;
  await stores.plans.file(
    record,
    {
      events: [
        workspace.entry({
          at: JANUARY,
          planId,
          event: { kind: "plan.filed", ...of, title, environment, risk, rule, operations: [] },
        }),
      ],
      notices: [],
    },
    9,
  );
  await stores.audit.append([
    workspace.entry({ at: JANUARY, planId, event: { ...vote, ...said, choice: "approve" } }),
    workspace.entry({ at: FEBRUARY, planId, event: { ...vote, ...said, choice: "reject" } }),
    workspace.entry({ at: MARCH, planId }),
  ]);
  await database.query("update plans set status = 'rejected' where id = $1", [planId]);
  return planId;
}

test("the receipt and the views of a plan that lost its first events say so, and where they are", async () => {
  const planId = await aDecidedPlan(aWorkspace());
  const receipt = () =>
    commandSaid((output) => receiptFrom(database, { planId, json: false }, output));
  const wish = { planId, person: null, drawn: false, json: false };
  const views = () => commandSaid((output) => viewsFrom(database, wish, output));
  expect(await receipt()).toMatchObject({ code: 0, err: "" });
  expect((await views()).out).toMatch(/#2 .*approve.*\n#3 .*reject/);

  await retaining("2021-02");
  const [first] = await linesOf("2021-01");
  expect(first).toContain("plan.filed");
  const file = path.join(folder, "audit-2021-01.ndjson");
  const lost = `The events of plan ${planId} before row 3 (2021-02-10T00:00:00.000Z) were taken off`;
  const told = await receipt();
  expect(told).toMatchObject({ code: 1, out: "" });
  expect(told.err).toContain(`The filing of plan ${planId} is not in this log`);
  expect(told.err).toContain(lost);
  expect(told.err).toMatch(/ {2}2021-01: .*audit-2021-01\.ndjson, SHA-256 [0-9a-f]{64}$/);
  expect(told.err).toContain(file);
  const shown = await views();
  expect(shown.code).toBe(1);
  expect(shown.err).toContain(lost);
  expect(shown.err).toContain(file);
  expect(shown.out).toMatch(/^#3 .*reject, version 1: can't be drawn again/);
});

test("a plan of which nothing is left in the log is not said never to have been there", async () => {
  const planId = await aDecidedPlan(aWorkspace());
  await retaining("2021-04");
  const { code, err } = await commandSaid((output) =>
    receiptFrom(database, { planId, json: false }, output),
  );
  expect(code).toBe(1);
  expect(err).toContain(`The events of plan ${planId} were taken off this log`);
  // What says where the first two are was written in March, and went with it.
  for (const month of ["2021-01", "2021-02"])
    expect(err).toContain(`${month}: audit-${month}.ndjson by its usual name; its audit.detached,`);
  expect(err).toMatch(/2021-03: .*audit-2021-03\.ndjson, SHA-256 [0-9a-f]{64}$/);
  const unknown = await commandSaid((output) =>
    receiptFrom(database, { planId: "pl-never", json: false }, output),
  );
  expect(unknown.err).toBe(
    "The audit log holds nothing of plan pl-never. Those there are: countersign history",
  );
});

test("nothing is taken off while somebody else has the log, and all of it once they let go", async () => {
  const workspace = aWorkspace();
  await append(workspace, [JANUARY, FEBRUARY]);
  const reading = Promise.withResolvers<void>();
  const done = Promise.withResolvers<void>();
  const reader = database.transaction(async (queries) => {
    await queries.query("select count(*) from audit_links");
    reading.resolve();
    await done.promise;
  });
  await reading.promise;
  const retained = retaining("2021-02");
  await expect.poll(() => clock.sleeping(), { timeout: 10_000 }).toBe(1);
  // Whoever appends is not kept from it by the one who waits to try again.
  await append(workspace, [FEBRUARY]);
  expect(await monthsBefore(database, "2021-02")).toEqual(["2021-01"]);
  done.resolve();
  await reader;
  clock.advance(1_000);
  expect((await retained).said).toContain("2021-01: 1 row");
  expect(await verifyDatabase(database)).toMatchObject({ ok: true });
});

test("a file of that name that says something else is never written over", async () => {
  const workspace = aWorkspace();
  await append(workspace, [JANUARY, FEBRUARY]);
  await writeFile(path.join(folder, "audit-2021-01.ndjson"), "something else");
  const { code, said } = await retaining("2021-02");
  expect(code).toBe(1);
  expect(said).toMatch(/2021-01 stays: .* says something else/);
  await rm(path.join(folder, "audit-2021-01.ndjson"));
  expect((await retaining("2021-02")).code).toBe(0);
  expect(await readdir(folder)).toEqual(["audit-2021-01.ndjson"]);
});

test("what was changed in the database before is not taken off", async () => {
  const workspace = aWorkspace();
  await append(workspace, [JANUARY, JANUARY, FEBRUARY]);
  await database.query("alter table audit_links disable trigger user");
  await database.query("update audit_links set actor = 'person:U9' where seq = 2");
  await database.query("alter table audit_links enable trigger user");
  const { code, said } = await retaining("2021-02");
  expect(code).toBe(1);
  expect(said).toMatch(
    /2021-01 stays: its export .* does not verify, at line 2: The row was changed/,
  );
  expect(await auditAnchors(database)).toEqual([]);
});

test("as many whole months stay as are to be kept, and this one", () => {
  const now = Date.UTC(2026, 10, 26);
  expect(firstKept("13mo", now)).toBe("2025-10");
  expect(firstKept("1mo", Date.UTC(2026, 0, 1))).toBe("2025-12");
  for (const wrong of [undefined, "0mo", "400d", "13"])
    expect(() => firstKept(wrong, now)).toThrow(
      /--keep: found .*expected a number of whole months/,
    );
});
