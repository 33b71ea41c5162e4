// The months of the audit log: made ahead of time, so that no link has to wait in the default partition.

import type { Database } from "./database.ts";

/**
 * Makes the partitions of this month and the next, and those of months that the default holds links of. What can't be
 * made because somebody reads just then stays in the default until the next call: nothing is lost.
 */
export async function openAuditMonths(database: Database): Promise<void> {
  await database.query("select countersign_open_months()");
}
