// `countersign audit receipt`: a plan's receipt from the database, as Markdown or JSON.

import { planReceipt } from "#engine/plan-receipt.ts";
import type { Database } from "#adapters/postgres/database.ts";
import { openDatabase } from "#adapters/postgres/open-database.ts";
import { reveal } from "#bot/messages/plain.ts";
import { exactJson } from "#terminal/exact-json.ts";
import { receiptMarkdown } from "#terminal/receipt-markdown.ts";
import type { ConfigOverrides } from "../config.ts";
import type { CommandOutput } from "./command-output.ts";
import { withOpened } from "./open-for-operator.ts";
import { rowsOfPlan } from "./plan-rows.ts";

export type ReceiptWish = { readonly planId: string; readonly json: boolean };

export function auditReceipt(
  wish: ReceiptWish,
  overrides: ConfigOverrides,
  output: CommandOutput,
): Promise<number> {
  return withOpened(openDatabase, overrides, output, (database) =>
    receiptFrom(database, wish, output),
  );
}

/** @returns 1 when the log does not hold the plan's filing. */
export async function receiptFrom(
  database: Database,
  { planId, json }: ReceiptWish,
  output: CommandOutput,
): Promise<number> {
  const found = await rowsOfPlan(database, planId, output);
  if (found === null) return 1;
  const receipt = planReceipt(found.rows);
  if (receipt === null) {
    output.complain(
      `The filing of plan ${reveal(planId)} is not in this log, so there is no receipt of it.${found.missing === null ? "" : `\n${found.missing}`}`,
    );
    return 1;
  }
  return output.print(json ? exactJson(receipt) : receiptMarkdown(receipt).trimEnd());
}
