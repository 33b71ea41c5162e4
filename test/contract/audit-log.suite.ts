// The rules of the audit log: append-only, one gapless chain per workspace, verified from its export alone.

import { describe, expect, test } from "vitest";
import { exportAudit } from "#adapters/audit-file/export-audit.ts";
import { verifyAudit } from "#adapters/audit-file/verify-audit.ts";
import type { EventFilter, HistoryFilter } from "#engine/audit-event.ts";
import { readAuditEvent } from "#engine/read-audit-event.ts";
import { EVERY_AUDIT_EVENT } from "#test/builders/every-decision-event.ts";
import { aPlan, aStep, NOON } from "#test/builders/plan-records.ts";
import type { Database } from "#adapters/postgres/database.ts";
import type { Stores } from "./store-world.ts";
import { approve, aWorkspace, claimRun, collect, flushOf, started, voteOn } from "./store-world.ts";

const NOTHING = { events: [], notices: [] } as const;

export function auditLogSuite(open: () => Stores, owner: () => Database): void {
  const exported = (stores: Stores, teamId: string) =>
    collect(exportAudit(stores.audit.rows({ teamId, limit: Number.MAX_SAFE_INTEGER })));

  describe("rows", () => {
    test("cannot be updated, deleted or truncated, not even by the owner of the tables", async () => {
      const stores = open();
      const workspace = aWorkspace();
      await stores.audit.append([workspace.entry()]);
      for (const statement of [
        `update audit_links set actor = 'person:U9' where team_id = '${workspace.teamId}'`,
        `delete from audit_links where team_id = '${workspace.teamId}'`,
        "truncate audit_links",
        "truncate audit_links cascade",
        `delete from audit_heads where team_id = '${workspace.teamId}'`,
        `update audit_heads set seq = 0 where team_id = '${workspace.teamId}'`,
        "update plan_versions set hash = 'x'",
      ]) {
        const refused = owner().query(statement);
        if (statement.includes("plan_versions")) await refused.catch(expectRefusal);
        else await expect(refused).rejects.toThrow(/append-only|only moves forward/);
      }
      expect(await exported(stores, workspace.teamId)).toHaveLength(1);
    });

    test("say who, where, which plan and which run", async () => {
      const stores = open();
      const workspace = aWorkspace();
      const conversation = { ...workspace.awaiting().conversation, id: workspace.id("cv") };
      const event = {
        kind: "refused",
        attempted: "approve",
        code: "not-an-approver",
        explanation: "Ask U1.",
        entry: "button",
      } as const;
      await stores.audit.append([
        workspace.entry({ conversation, planId: "pl-1", runId: "run-1", event }),
        workspace.entry({ actor: { kind: "system", part: "sweeper" } }),
      ]);
      const rows = await collect(stores.audit.rows({ teamId: workspace.teamId, limit: 10 }));
      expect(rows[0]).toMatchObject({
        teamId: workspace.teamId,
        seq: 1,
        at: NOON,
        kind: "refused",
        actor: "person:U0RITA",
        conversationId: conversation.id,
        planId: "pl-1",
        runId: "run-1",
        data: '{"attempted":"approve","code":"not-an-approver","entry":"button","explanation":"Ask U1."}',
        previousHash: "0".repeat(64),
      });
      expect(rows[1]).toMatchObject({
        seq: 2,
        actor: "system:sweeper",
        conversationId: null,
        previousHash: rows[0]?.hash,
      });
    });

    test("written by many at once are one gapless chain that an export proves", async () => {
      const stores = open();
      const workspace = aWorkspace();
      await Promise.all(
        Array.from({ length: 40 }, (_, index) =>
          stores.audit.append([
            workspace.entry({
              event: {
                kind: "plan.withdrawn",
                version: index,
                reason: `${index} \u{1F4A5} \u0000`,
              },
            }),
            workspace.entry({ planId: `pl-${index}`, runId: `run-ü${index}` }),
          ]),
        ),
      );
      const lines = await exported(stores, workspace.teamId);
      expect(await verifyAudit(lines)).toMatchObject({ ok: true, rows: 80 });
    });

    test("of decisions and of runs are in the same chain", async () => {
      const stores = open();
      const workspace = aWorkspace();
      const run = await claimRun(stores, workspace);
      await stores.audit.append([workspace.entry()]);
      await stores.runs.flush(flushOf(run, [{ kind: "run.started" }, started("drain")]));
      const lines = await exported(stores, workspace.teamId);
      expect(await verifyAudit(lines)).toMatchObject({ ok: true, rows: 4 });
      expect(lines[3]).toContain(run.planId);
    });

    test("hold every kind of event, and each is read back as it was written", async () => {
      const stores = open();
      const workspace = aWorkspace();
      await stores.audit.append(EVERY_AUDIT_EVENT.map((event) => workspace.entry({ event })));
      const rows = await collect(stores.audit.rows({ teamId: workspace.teamId, limit: 1_000 }));
      expect(rows.map(readAuditEvent)).toEqual(EVERY_AUDIT_EVENT);
    });

    test("of several workspaces in one write go to their own chains", async () => {
      const stores = open();
      const [one, other] = [aWorkspace(), aWorkspace()];
      await stores.audit.append([one.entry(), other.entry(), one.entry()]);
      expect(await verifyAudit(await exported(stores, one.teamId))).toMatchObject({
        ok: true,
        rows: 2,
      });
      expect(await verifyAudit(await exported(stores, other.teamId))).toMatchObject({
        ok: true,
        rows: 1,
      });
    });

    test("are streamed in pages without losing or repeating one", async () => {
      const stores = open();
      const workspace = aWorkspace();
      await stores.audit.append(Array.from({ length: 2_100 }, () => workspace.entry()));
      const all = await collect(stores.audit.rows({ teamId: workspace.teamId, limit: 5_000 }));
      expect(all.map(({ seq }) => seq)).toEqual(
        Array.from({ length: 2_100 }, (_, index) => index + 1),
      );
      expect(
        await collect(stores.audit.rows({ teamId: workspace.teamId, limit: 1_005 })),
      ).toHaveLength(1_005);
    });

    test("changed behind the trigger's back are found by the verifier", async () => {
      const stores = open();
      const workspace = aWorkspace();
      await stores.audit.append(Array.from({ length: 5 }, () => workspace.entry()));
      await owner().query("alter table audit_links disable trigger audit_links_append_only");
      await owner().query(
        "update audit_links set actor = 'person:U9' where team_id = $1 and seq = 3",
        [workspace.teamId],
      );
      await owner().query("alter table audit_links enable trigger audit_links_append_only");
      expect(await verifyAudit(await exported(stores, workspace.teamId))).toMatchObject({
        ok: false,
        line: 3,
        seq: 3,
      });
    });
  });

  describe("the history", () => {
    test("narrows by every filter, newest first, and links to the conversation", async () => {
      const stores = open();
      const workspace = aWorkspace();
      const { teamId } = workspace;
      const restart = workspace.awaiting({ filedAt: NOON });
      const describeOnly = workspace.awaiting({
        filedAt: NOON + 1_000,
        requester: { teamId, userId: "U0SAM", name: "sam" },
        plan: aPlan({
          title: "100% Look_Around",
          environment: "staging",
          steps: [aStep({ id: "look", uses: "ec2.describe_instances" })],
        }),
      });
      await stores.plans.file(restart, NOTHING, 9);
      await stores.plans.file(describeOnly, NOTHING, 9);
      await stores.plans.change(restart.id, (record) => {
        const approved = {
          ...approve(record, workspace.id("run")),
          votes: [voteOn(record, "U0ANN")],
        };
        return {
          change: { ...NOTHING, record: approved, queueRun: { runId: approved.runId } },
          answer: null,
        };
      });
      const find = async (filter: Omit<HistoryFilter, "teamId" | "limit">) =>
        (await stores.audit.history({ teamId, limit: 10, ...filter })).map(({ planId }) => planId);
      const both = [describeOnly.id, restart.id];
      expect(await find({})).toEqual(both);
      expect(await find({ person: "U0SAM" })).toEqual([describeOnly.id]);
      expect(await find({ person: "U0ANN" })).toEqual([restart.id]);
      expect(await find({ environment: "staging" })).toEqual([describeOnly.id]);
      expect(await find({ operation: "ec2.stop_instances" })).toEqual([restart.id]);
      expect(await find({ outcome: "awaiting-approval" })).toEqual([describeOnly.id]);
      expect(await find({ outcome: "queued" })).toEqual([restart.id]);
      expect(await find({ since: NOON + 1 })).toEqual([describeOnly.id]);
      expect(await find({ until: NOON + 1 })).toEqual([restart.id]);
      expect(await find({ before: describeOnly.id })).toEqual([restart.id]);
      expect(await find({ before: restart.id })).toEqual([]);
      expect(await find({ before: "pl-nowhere" })).toEqual([]);
      expect(await find({ planId: restart.id })).toEqual([restart.id]);
      const [item] = await stores.audit.history({ teamId, limit: 1, planId: restart.id });
      expect(item).toMatchObject({
        title: "Restart the API fleet",
        environment: "production",
        risk: "destructive",
        requesterId: "U0RITA",
        outcome: "queued",
        permalink: restart.conversation.permalink,
      });
      expect(item?.runId).not.toBeNull();
    });

    test("finds plans by whole words of what was asked, planned and said", async () => {
      const stores = open();
      const workspace = aWorkspace();
      const { teamId } = workspace;
      const plan = aPlan({
        title: "100% Look_Around \u0000 'quoted'",
        steps: [
          aStep({
            id: "cut-over",
            uses: "ec2.park_instances",
            summary: "Park i-0abc of db7.corp",
          }),
        ],
      });
      const record = workspace.awaiting({ plan });
      await stores.plans.file(record, NOTHING, 9);
      await stores.plans.change(record.id, (current) => {
        const { votes: _votes, ...same } = current;
        const vote = {
          ...voteOn(record, "U0ANN"),
          choice: "reject",
          reason: "Too late tonight",
        } as const;
        const voted = { ...same, votes: [vote] } as typeof current;
        return { change: { ...NOTHING, record: voted }, answer: null };
      });
      await stores.plans.file(workspace.awaiting(), NOTHING, 9);
      const finds = async (text: string) => {
        const found = await stores.audit.history({ teamId, limit: 10, text });
        return found.some(({ planId }) => planId === record.id) ? found.length : 0;
      };
      for (const text of [
        "LOOK_around",
        "look",
        "ec2.park_instances",
        "park instances i-0abc",
        "cut-over",
        '"look around"',
        "db7.corp",
        "corp",
        "nothing or tonight",
        "look -reboot",
        "QUOTED",
      ])
        expect([text, await finds(text)]).toEqual([text, 1]);
      for (const text of [
        "loo",
        "look -tonight",
        '"around look"',
        "%",
        "\\",
        "' or true --",
        "",
        "!&|():*",
      ])
        expect([text, await finds(text)]).toEqual([text, 0]);
    });

    test("goes on after the last plan of a page, also among plans of the same moment", async () => {
      const stores = open();
      const workspace = aWorkspace();
      for (let index = 0; index < 5; index += 1)
        await stores.plans.file(workspace.awaiting({ filedAt: NOON }), NOTHING, 9);
      const { teamId } = workspace;
      const whole = await stores.audit.history({ teamId, limit: 10 });
      const [first, second] = await pagesOf(2);
      expect(whole).toHaveLength(5);
      expect([first, second].flat()).toEqual(whole.slice(0, 4));

      async function pagesOf(limit: number) {
        const one = await stores.audit.history({ teamId, limit });
        const before = one.at(-1)?.planId ?? "";
        return [one, await stores.audit.history({ teamId, limit, before })];
      }
    });

    test("shows nothing of another workspace", async () => {
      const stores = open();
      const workspace = aWorkspace();
      await stores.plans.file(workspace.awaiting(), NOTHING, 9);
      expect(await stores.audit.history({ teamId: aWorkspace().teamId, limit: 10 })).toEqual([]);
    });

    test("of rows narrows by plan, run, person, time and what the plan is", async () => {
      const stores = open();
      const workspace = aWorkspace();
      const { teamId } = workspace;
      const run = await claimRun(stores, workspace);
      await stores.audit.append([
        workspace.entry({ planId: run.planId, at: NOON + 50 }),
        workspace.entry({ at: NOON + 99 }),
      ]);
      const kinds = async (filter: Omit<EventFilter, "teamId" | "limit">) =>
        (await collect(stores.audit.rows({ teamId, limit: 10, ...filter }))).map(
          ({ kind }) => kind,
        );
      expect(await kinds({ planId: run.planId })).toEqual(["run.queued", "plan.withdrawn"]);
      expect(await kinds({ runId: run.runId })).toEqual(["run.queued"]);
      expect(await kinds({ person: "U0RITA" })).toEqual(["plan.withdrawn", "plan.withdrawn"]);
      expect(await kinds({ since: NOON + 60 })).toEqual(["plan.withdrawn"]);
      expect(await kinds({ environment: "production" })).toEqual(["run.queued", "plan.withdrawn"]);
      expect(await kinds({ environment: "staging" })).toEqual([]);
      expect(await kinds({ kind: "run.queued" })).toEqual(["run.queued"]);
      expect(await kinds({ kind: "plan.*" })).toEqual(["plan.withdrawn", "plan.withdrawn"]);
      expect(await kinds({ kind: "plan" })).toEqual([]);
      expect(await kinds({ kind: "%.*" })).toEqual([]);
    });
  });
}

/** A table without rows has nothing to refuse: the row trigger fires per row. */
function expectRefusal(error: unknown): void {
  expect(String(error)).toMatch(/append-only/);
}
