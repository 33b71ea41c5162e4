// A workspace with two hundred people who may all approve, and what became of a plan that they all pressed at.

import { defaultSeed } from "#playground/seed.ts";
import type { Seed } from "#playground/seed.ts";
import { auditOf } from "./audit-rows.ts";
import { until } from "#test/until.ts";
import type { Workspace } from "./workspace.ts";

export const CROWD: readonly string[] = Array.from({ length: 200 }, (_, nth) => `p${nth}`);

export function crowdSeed(): Seed {
  const people = CROWD.map((name, nth) => ({
    id: `U0CROWD${nth}`,
    name,
    realName: `Person ${nth}`,
  }));
  return {
    ...defaultSeed,
    users: [...defaultSeed.users, ...people],
    // Without a list, every full member of the workspace is in a channel.
    channels: defaultSeed.channels.map((channel) => {
      const { members: _members, ...open } = channel;
      return channel.id === "C0PRODUCTION" ? open : channel;
    }),
    userGroups: defaultSeed.userGroups.map((group) =>
      group.handle === "sre" ? { ...group, users: people.map(({ id }) => id) } : group,
    ),
  };
}

/** Resolves when every request that was taken in has been worked on. */
export async function workedOff({ sql }: Workspace): Promise<void> {
  await until("every request to be worked on", async () => {
    const [row] = await sql<{ left: number }[]>`
      SELECT count(*)::int AS left FROM inbox WHERE outcome IS NULL`;
    return row?.left === 0;
  });
}

const DECIDED = new Set(["plan.approved", "plan.rejected", "plan.withdrawn", "plan.expired"]);

/** What a plan came to, from what Postgres holds. */
export async function fateOf(workspace: Workspace, planId: string) {
  const { sql } = workspace;
  const [plan] = await sql<{ status: string; version: number }[]>`
    SELECT status, version FROM plans WHERE id = ${planId}`;
  const runs = await sql<{ plan_version: number; plan_hash: string }[]>`
    SELECT plan_version, plan_hash FROM runs WHERE plan_id = ${planId}`;
  const rows = await auditOf(workspace, planId);
  const of = (kind: string) => rows.filter((row) => row.kind === kind);
  return {
    status: plan?.status ?? "gone",
    version: plan?.version ?? 0,
    runs,
    /** Every move from waiting to something else, in order. */
    decisions: rows.map(({ kind }) => kind).filter((kind) => DECIDED.has(kind)),
    votes: of("vote.cast").map(({ actor, data }) => ({
      by: actor,
      choice: String(data["choice"]),
      version: Number(data["version"]),
    })),
    approvedHash: of("plan.approved").map(({ data }) => String(data["hash"]))[0] ?? null,
    edits: of("plan.edited").length,
    refusals: of("refused").map(({ data }) => String(data["code"])),
  };
}
