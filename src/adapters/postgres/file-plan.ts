// Files a plan, unless the one that is filed already, the same one waiting, the requester's cap, or another plan that
// takes the same run back is in the way. Rings nobody.

import type { FileAnswer, PlanChange } from "#engine/plan-store.ts";
import type { PlanRecord } from "#engine/plan.ts";
import { changeDocument } from "./change-document.ts";
import type { Queries } from "./database.ts";
import { plansWhere, rollsBack } from "./read-plans.ts";

export async function filePlan(
  queries: Queries,
  { record, change }: { readonly record: PlanRecord; readonly change: PlanChange },
  pendingCap: number,
): Promise<FileAnswer> {
  const [row] = await queries.query<FileRow>(
    "select kind, plan_id, pending from countersign_file_plan($1::text::jsonb, $2)",
    [changeDocument(null, { ...change, record }), pendingCap],
  );
  switch (row?.kind) {
    case "filed":
      return { kind: "filed" };
    case "already-filed":
    case "same-plan-waits":
      return { kind: row.kind, planId: row.plan_id };
    case "too-many-pending":
      return { kind: "too-many-pending", pending: row.pending };
    default:
      throw new Error(`filing plan ${record.id} answered ${row?.kind ?? "nothing"}`);
  }
}

/** For `catch` around a filing: the plan in the way of one that takes the same run back. @throws any other error again */
export function unlessRival(
  queries: Queries,
  record: PlanRecord,
): (error: unknown) => Promise<FileAnswer> {
  return async (error) => {
    const rival = await rivalOf(queries, record, error);
    if (rival === null) throw error;
    return { kind: "rollback-pending", planId: rival };
  };
}

/** Null when something else failed. */
async function rivalOf(
  queries: Queries,
  { origin }: PlanRecord,
  error: unknown,
): Promise<string | null> {
  if (origin?.kind !== "rollback" || !String(error).includes("plans_one_rollback")) return null;
  const [rival] = await plansWhere(
    queries,
    `where ${rollsBack} and p.status in ('awaiting-approval', 'approved') limit 1`,
    [origin.runId],
  );
  return rival?.id ?? null;
}

type FileRow = { readonly kind: string; readonly plan_id: string; readonly pending: number };
