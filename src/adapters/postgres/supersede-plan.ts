// One plan gives way to another in one transaction: its run is canceled, its place taken, or nothing happens. Rings
// nobody.

import { z } from "zod";
import type { FileAnswer, LockedRun, PlanStore, Superseding } from "#engine/plan-store.ts";
import type { Refusal } from "#engine/refusal.ts";
import { refuse } from "#engine/result.ts";
import type { Result } from "#engine/result.ts";
import { RUN_STATUSES } from "#engine/run.ts";
import { changeDocument } from "./change-document.ts";
import type { Database, Queries } from "./database.ts";
import { filePlan, unlessRival } from "./file-plan.ts";
import { lockedPlan } from "./read-plans.ts";
import { controlParameters } from "./run-controls.ts";
import { readAs } from "./stored-json.ts";

type Supersede = Parameters<PlanStore["supersede"]>;

/** Answers what gave way, too: whoever waits for it is rung after the commit. */
export function supersedePlan(
  database: Database,
  given: {
    readonly planId: string;
    readonly giveWay: Supersede[1];
    readonly successor: Supersede[2];
    readonly pendingCap: number;
  },
): Promise<
  | FileAnswer
  | { readonly kind: "refused"; readonly refusal: Refusal }
  | { readonly kind: "superseded"; readonly gaveWay: Superseding }
> {
  const { planId, giveWay, successor, pendingCap } = given;
  return database
    .transaction(async (queries) => {
      const [earlier] = await queries.query<{ id: string }>(
        "select id from plans where team_id = $1 and request_id = $2",
        [successor.record.conversation.teamId, successor.record.requestId],
      );
      if (earlier !== undefined) return { kind: "already-filed", planId: earlier.id } as const;
      // The turn to file comes before the rows and the chain's head, as in a filing by itself.
      await queries.query("select countersign_line_to_file($1::text::jsonb)", [
        changeDocument(null, { ...successor.change, record: successor.record }),
      ]);
      const gaveWay = await letGiveWay(queries, planId, giveWay);
      if (!gaveWay.ok) return { kind: "refused", refusal: gaveWay.refusal } as const;
      const filed = await filePlan(queries, successor, pendingCap);
      // What gave way gets its place back.
      if (filed.kind !== "filed") throw new NotFiled(filed);
      return { kind: "superseded", gaveWay: gaveWay.value } as const;
    })
    .catch((error: unknown) =>
      error instanceof NotFiled ? error.answer : unlessRival(database, successor.record)(error),
    );
}

/** Takes a transaction back whose plan could not be filed. */
class NotFiled extends Error {
  override readonly name = "NotFiled";
  readonly answer: FileAnswer;
  constructor(answer: FileAnswer) {
    super(`not filed: ${answer.kind}`);
    this.answer = answer;
  }
}

async function letGiveWay(
  queries: Queries,
  planId: string,
  giveWay: Supersede[1],
): Promise<Result<Superseding, Refusal>> {
  // The run first, as a run's own writes lock: the other way round the two could wait for each other.
  const [run] = await queries.query<{ id: string; status: string }>(
    "select id, status from runs where plan_id = $1 for update",
    [planId],
  );
  const record = await lockedPlan(queries, planId);
  if (record === null) return refuse({ code: "plan-not-found", planId });
  const given = giveWay(record, run === undefined ? null : readLockedRun(run));
  if (!given.ok) return given;
  await queries.query("select countersign_write_plan($1::text::jsonb)", [
    changeDocument(record, given.value),
  ]);
  const { cancelRun } = given.value;
  if (cancelRun !== null)
    await queries.query(
      "select countersign_control($1, $2, $3, $4::text::jsonb, $5::text::jsonb)",
      controlParameters(cancelRun.runId, cancelRun.request, cancelRun.entry),
    );
  return given;
}

function readLockedRun({
  id,
  status,
}: {
  readonly id: string;
  readonly status: string;
}): LockedRun {
  return { runId: id, status: readAs(z.enum(RUN_STATUSES), status, `the status of run ${id}`) };
}
