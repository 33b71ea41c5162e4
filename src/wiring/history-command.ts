// `countersign history`: the search of `/ops history` with Slack down, over every workspace in the database.

import type { HistoryFilter, HistoryItem } from "#engine/audit-event.ts";
import { auditTeams, createAuditLog } from "#adapters/postgres/audit-log.ts";
import type { Database } from "#adapters/postgres/database.ts";
import { openDatabase } from "#adapters/postgres/open-database.ts";
import { counted } from "#bot/messages/plain.ts";
import { historyJson, historyTable } from "#terminal/history-table.ts";
import type { ConfigOverrides } from "../config.ts";
import type { CommandOutput } from "./command-output.ts";
import { withOpened } from "./open-for-operator.ts";

export function planHistory(
  { filter, json }: { readonly filter: Omit<HistoryFilter, "teamId">; readonly json: boolean },
  overrides: ConfigOverrides,
  output: CommandOutput,
): Promise<number> {
  return withOpened(openDatabase, overrides, output, async (database) => {
    const { limit } = filter;
    const found = await ofAllTeams(database, { ...filter, limit: limit + 1 });
    const items = found.slice(0, limit);
    if (json) return output.print(historyJson(items));
    if (items.length === 0) return output.print("Nothing in the history.");
    output.print(historyTable(items, output.screen));
    return found.length > limit
      ? output.print(
          `There are more than ${counted(limit, "plan")}: go on with --before ${items.at(-1)?.planId ?? ""}, or narrow with filters.`,
        )
      : 0;
  });
}

/** The newest of all workspaces together. */
async function ofAllTeams(
  database: Database,
  filter: Omit<HistoryFilter, "teamId">,
): Promise<readonly HistoryItem[]> {
  const audit = createAuditLog(database);
  const found: HistoryItem[] = [];
  for (const teamId of await auditTeams(database)) {
    found.push(...(await audit.history({ ...filter, teamId })));
  }
  return found.toSorted(newestFirst).slice(0, filter.limit);
}

function newestFirst(one: HistoryItem, other: HistoryItem): number {
  if (one.filedAt !== other.filedAt) return other.filedAt - one.filedAt;
  return one.planId < other.planId ? 1 : -1;
}
