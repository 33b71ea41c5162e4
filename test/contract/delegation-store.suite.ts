// The rules every store of delegations keeps, in memory and in Postgres.

import { expect, test } from "vitest";
import type { AuditEntry } from "#engine/audit-event.ts";
import type { Delegation, DelegationStore } from "#engine/delegation.ts";
import { NOON } from "#test/builders/plan-records.ts";
import { aWorkspace } from "./store-world.ts";
import type { Workspace } from "./store-world.ts";

const HOUR = 3_600_000;

export type DelegationStoreUnderTest = {
  readonly delegations: DelegationStore;
  /** Kinds of the events written in the workspace, in order. */
  readonly kindsIn: (teamId: string) => Promise<readonly string[]>;
};

export function delegationStoreSuite(open: () => DelegationStoreUnderTest): void {
  test("a delegation is read back as it was kept, with its event in the log", async () => {
    const { delegations, kindsIn } = open();
    const workspace = aWorkspace();
    const given = aDelegation(workspace);
    expect(await delegations.add(given, () => madeEntry(given, null))).toEqual({
      kind: "added",
      replaced: null,
    });
    expect(await delegations.active(workspace.teamId, NOON)).toEqual([given]);
    expect(await kindsIn(workspace.teamId)).toEqual(["delegation.made"]);
  });

  test("it holds from the moment it was made until just before its end, in its workspace", async () => {
    const { delegations } = open();
    const workspace = aWorkspace();
    const given = aDelegation(workspace);
    await delegations.add(given, () => madeEntry(given, null));
    const held = async (at: number) => (await delegations.active(workspace.teamId, at)).length;
    expect(await Promise.all([NOON - 1, NOON, NOON + HOUR - 1, NOON + HOUR].map(held))).toEqual([
      0, 1, 1, 0,
    ]);
    expect(await delegations.active(aWorkspace().teamId, NOON)).toEqual([]);
  });

  test("a newer delegation of the same person takes the place of the one before", async () => {
    const { delegations } = open();
    const workspace = aWorkspace();
    const first = aDelegation(workspace);
    const other = aDelegation(workspace, { fromUserId: "U0CAT" });
    const second = aDelegation(workspace, { toUserId: "U0DAN", createdAt: NOON + 1 });
    for (const one of [first, other]) await delegations.add(one, () => madeEntry(one, null));
    const told: (Delegation | null)[] = [];
    const answer = await delegations.add(second, (replaced) => {
      told.push(replaced);
      return madeEntry(second, replaced);
    });
    const replaced = { ...first, revokedAt: NOON + 1 };
    expect(answer).toEqual({ kind: "added", replaced });
    expect(told).toEqual([replaced]);
    expect(await delegations.active(workspace.teamId, NOON + 1)).toEqual([other, second]);
  });

  test("one whose time is over is not replaced, and what happened to it stays", async () => {
    const { delegations } = open();
    const workspace = aWorkspace();
    const first = aDelegation(workspace);
    const second = aDelegation(workspace, { createdAt: NOON + HOUR, until: NOON + 2 * HOUR });
    await delegations.add(first, () => madeEntry(first, null));
    expect(await delegations.add(second, (replaced) => madeEntry(second, replaced))).toEqual({
      kind: "added",
      replaced: null,
    });
    expect(await delegations.active(workspace.teamId, NOON)).toEqual([first]);
  });

  test("the same request makes one delegation and one event", async () => {
    const { delegations, kindsIn } = open();
    const workspace = aWorkspace();
    const given = aDelegation(workspace);
    const again = { ...given, id: workspace.id("dg"), createdAt: NOON + 1 };
    await delegations.add(given, () => madeEntry(given, null));
    expect(await delegations.add(again, (replaced) => madeEntry(again, replaced))).toEqual({
      kind: "already-added",
      delegation: given,
    });
    expect(await kindsIn(workspace.teamId)).toEqual(["delegation.made"]);
  });

  test("however many one person makes at once, one holds", async () => {
    const { delegations, kindsIn } = open();
    const workspace = aWorkspace();
    const wishes = Array.from({ length: 8 }, () => aDelegation(workspace));
    await Promise.all(
      wishes.map((wish) => delegations.add(wish, (replaced) => madeEntry(wish, replaced))),
    );
    expect(await delegations.active(workspace.teamId, NOON)).toHaveLength(1);
    expect(await kindsIn(workspace.teamId)).toHaveLength(8);
  });

  test("one that is taken back holds no longer, and can be taken back once", async () => {
    const { delegations, kindsIn } = open();
    const workspace = aWorkspace();
    const given = aDelegation(workspace);
    await delegations.add(given, () => madeEntry(given, null));
    const from = { teamId: workspace.teamId, userId: given.fromUserId, at: NOON + 1 };
    const revoked = { ...given, revokedAt: NOON + 1 };
    expect(await delegations.revoke(from, revokedEntry)).toEqual(revoked);
    expect(await delegations.active(workspace.teamId, NOON)).toEqual([revoked]);
    expect(await delegations.active(workspace.teamId, NOON + 1)).toEqual([]);
    expect(await delegations.revoke(from, revokedEntry)).toBeNull();
    expect(await kindsIn(workspace.teamId)).toEqual(["delegation.made", "delegation.revoked"]);
  });

  test("nobody's delegation is taken back by its delegate or after its end", async () => {
    const { delegations, kindsIn } = open();
    const workspace = aWorkspace();
    const given = aDelegation(workspace);
    await delegations.add(given, () => madeEntry(given, null));
    const { teamId } = workspace;
    const by = (userId: string, at: number) =>
      delegations.revoke({ teamId, userId, at }, revokedEntry);
    expect(await by(given.toUserId, NOON + 1)).toBeNull();
    expect(await by(given.fromUserId, NOON + HOUR)).toBeNull();
    expect(await kindsIn(teamId)).toEqual(["delegation.made"]);
  });
}

function aDelegation(workspace: Workspace, changes: Partial<Delegation> = {}): Delegation {
  return {
    id: workspace.id("dg"),
    teamId: workspace.teamId,
    fromUserId: "U0ANN",
    toUserId: "U0BOB",
    until: NOON + HOUR,
    createdAt: NOON,
    revokedAt: null,
    requestId: workspace.id("Ev"),
    ...changes,
  };
}

function madeEntry(delegation: Delegation, replaced: Delegation | null): AuditEntry {
  const { id: delegationId, toUserId, until, requestId } = delegation;
  return {
    ...entryBase(delegation),
    at: delegation.createdAt,
    event: {
      kind: "delegation.made",
      delegationId,
      toUserId,
      until,
      replaces: replaced?.id ?? null,
      requestId,
    },
  };
}

function revokedEntry(delegation: Delegation): AuditEntry {
  return {
    ...entryBase(delegation),
    at: delegation.revokedAt ?? 0,
    event: {
      kind: "delegation.revoked",
      delegationId: delegation.id,
      toUserId: delegation.toUserId,
      requestId: "Ev-off",
    },
  };
}

function entryBase({ teamId, fromUserId: userId }: Delegation) {
  const actor = { kind: "person", teamId, userId } as const;
  return { teamId, actor, conversation: null, planId: null, runId: null };
}
