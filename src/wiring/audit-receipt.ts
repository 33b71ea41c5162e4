// `countersign audit receipt`: a plan's receipt from the database, as Markdown or JSON.

import { planReceipt } from "#engine/plan-receipt.ts";
import { openDatabase } from "#adapters/postgres/open-database.ts";
import { exactJson } from "#terminal/exact-json.ts";
import { receiptMarkdown } from "#terminal/receipt-markdown.ts";
import type { ConfigOverrides } from "../config.ts";
import type { CommandOutput } from "./command-output.ts";
import { withOpened } from "./open-for-operator.ts";
import { rowsOfPlan } from "./plan-rows.ts";

export function auditReceipt(
  { planId, json }: { readonly planId: string; readonly json: boolean },
  overrides: ConfigOverrides,
  output: CommandOutput,
): Promise<number> {
  return withOpened(openDatabase, overrides, output, async (database) => {
    const rows = await rowsOfPlan(database, planId, output);
    if (rows === null) return 1;
    const receipt = planReceipt(rows);
    if (receipt === null) {
      output.complain(
        `The filing of plan ${planId} is not in this log any more, so there is no receipt of it. Older months are in the exports made of them.`,
      );
      return 1;
    }
    return output.print(json ? exactJson(receipt) : receiptMarkdown(receipt).trimEnd());
  });
}
