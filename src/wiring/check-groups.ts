// Asks, once at the start, whether Slack can say who is in the configured user groups, so that an operator hears of a
// free plan, a wrong id or a missing scope before a plan is refused for it.

import type { Logger } from "pino";
import { remedyOf } from "#engine/gather-facts.ts";
import { DirectoryUnavailable } from "#engine/identity.ts";
import type { EnginePorts } from "#engine/use-case-ports.ts";

/** Warns of each group that waiting will not mend; what may pass is not worth a word. */
export async function checkGroups(
  { directory, policy }: Pick<EnginePorts, "directory" | "policy">,
  teamId: string,
  log: Pick<Logger, "warn">,
): Promise<void> {
  for (const { name, slackGroupIds } of Object.values(policy.groups)) {
    for (const id of slackGroupIds) {
      try {
        await directory.groupMembers(teamId, id, "cached");
      } catch (error) {
        if (!(error instanceof DirectoryUnavailable)) throw error;
      }
    }
    const remedy = remedyOf({ directory, policy }, [name]);
    if (remedy !== null)
      log.warn({ group: name }, `${remedy} Until then, plans that need it are refused.`);
  }
}
