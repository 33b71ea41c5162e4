// The months that were taken off the log and may hold events of a plan, and the file that each was written to.

import { z } from "zod";
import type { Queries } from "./database.ts";

export type MonthTakenOff = {
  /** `2025-10`. */
  readonly month: string;
  /** Where it was written, as the log says; null: what said so was taken off itself, with a later month. */
  readonly file: { readonly path: string; readonly sha256: string } | null;
};

const detached = z.object({ month: z.string(), file: z.string(), sha256: z.string() });

/** From the one in which the plan was filed on, oldest first. Empty: none, or there is no such plan. */
export async function monthsTakenOff(
  queries: Queries,
  planId: string,
): Promise<readonly MonthTakenOff[]> {
  const months = await queries.query<{ month: string; said: string | null }>(
    `select to_char(a.month, 'YYYY-MM') as month, (
       select e.data from audit_links l
       join audit_events e on e.team_id = l.team_id and e.last = l.seq and e.kind = 'audit.detached'
       where l.team_id = a.team_id and 'audit.detached' = any(l.kinds)
         and e.data::jsonb ->> 'month' = to_char(a.month, 'YYYY-MM')
       order by l.seq desc limit 1) as said
     from plans p join audit_anchors a on a.team_id = p.team_id
     where p.id = $1
       and a.month >= date_trunc('month', to_timestamp(p.filed_at / 1000) at time zone 'UTC')
     order by a.month`,
    [planId],
  );
  return months.map(({ month, said }) => {
    if (said === null) return { month, file: null };
    const { file: path, sha256 } = detached.parse(JSON.parse(said));
    return { month, file: { path, sha256 } };
  });
}
