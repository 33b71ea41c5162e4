// `countersign audit view`: draws again what each voter saw of a plan, and says whether it is what the log recorded.

import { openDatabase } from "#adapters/postgres/open-database.ts";
import { createPlanStore } from "#adapters/postgres/plan-store.ts";
import type { Database } from "#adapters/postgres/database.ts";
import { sha256 } from "#adapters/system/sha256.ts";
import { identifier } from "#bot/messages/plain.ts";
import { blockText } from "#terminal/block-text.ts";
import { exactJson } from "#terminal/exact-json.ts";
import { recordedViews, reproduceViews } from "#terminal/recorded-views.ts";
import type { ReproducedView } from "#terminal/recorded-views.ts";
import type { PlanVersion } from "#engine/plan-store.ts";
import type { ConfigOverrides } from "../config.ts";
import type { CommandOutput } from "./command-output.ts";
import { withOpened } from "./open-for-operator.ts";
import { rowsOfPlan } from "./plan-rows.ts";

export type ViewWish = {
  readonly planId: string;
  /** A user id; null: everybody's. */
  readonly person: string | null;
  /** Also print what was drawn. */
  readonly drawn: boolean;
  readonly json: boolean;
};

/** @returns 0 when all are as recorded; 1 when one differs, can't be drawn, or was taken off the log. */
export function auditView(
  wish: ViewWish,
  overrides: ConfigOverrides,
  output: CommandOutput,
): Promise<number> {
  return withOpened(openDatabase, overrides, output, (database) =>
    viewsFrom(database, wish, output),
  );
}

export async function viewsFrom(
  database: Database,
  { planId, person, drawn, json }: ViewWish,
  output: CommandOutput,
): Promise<number> {
  const found = await rowsOfPlan(database, planId, output);
  if (found === null) return 1;
  const { rows, missing } = found;
  if (missing !== null) output.complain(missing);
  const stored = await storedVersions(
    database,
    planId,
    recordedViews(rows).map(({ version }) => version),
  );
  const views = reproduceViews(rows, stored, sha256).filter(
    ({ userId }) => person === null || userId === person,
  );
  if (json) output.print(exactJson(views.map(asJson)));
  else if (views.length === 0)
    output.print(
      missing === null
        ? "Nobody has voted on this plan or opened a page of it."
        : "Nobody has voted on this plan or opened a page of it since.",
    );
  else
    for (const view of views) {
      output.print(line(view));
      if (drawn && view.blocks.length > 0)
        output.print(`${blockText(view.blocks, output.screen)}\n`);
    }
  const asRecorded = ({ result }: ReproducedView): boolean =>
    result.kind === "match" || result.kind === "nothing-shown";
  return missing === null && views.every(asRecorded) ? 0 : 1;
}

async function storedVersions(
  database: Database,
  planId: string,
  wanted: readonly number[],
): Promise<ReadonlyMap<number, PlanVersion>> {
  const plans = createPlanStore(database);
  const versions = new Map<number, PlanVersion>();
  for (const number of new Set(wanted)) {
    const version = await plans.version(planId, number);
    if (version !== null) versions.set(number, version);
  }
  return versions;
}

function asJson({ blocks: _blocks, ...view }: ReproducedView) {
  return view;
}

function line(view: ReproducedView): string {
  const { seq, at, userId, act, version, result } = view;
  const who = `#${seq} ${at} ${identifier(userId, 30).text} ${identifier(act, 100).text}, version ${version}`;
  switch (result.kind) {
    case "match":
      return `${who}: match ${view.viewHash ?? ""}`;
    case "nothing-shown":
      return `${who}: nothing was shown, it came by words`;
    case "differs":
      return `${who}: DIFFERS from ${view.viewHash ?? ""}. ${result.why}`;
    case "not-drawn":
      return `${who}: can't be drawn again. ${result.why}`;
  }
}
