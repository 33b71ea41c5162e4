// Reminders in Postgres, a row for each person and version of a plan. A workspace's are counted by one at a time, so
// that two processes cannot both give a person their last one.

import type { ReminderStore } from "#engine/reminder-store.ts";
import type { Database } from "./database.ts";

const HOUR_MS = 3_600_000;
/** Longer than any plan is looked at twice for the same reminder after a crash. */
const KEPT_MS = 7 * 24 * HOUR_MS;

export function createReminderStore(database: Database): ReminderStore {
  return {
    allow: ({ teamId, planId, version, userIds, at, perHour }) =>
      database.transaction(async (queries) => {
        // Nothing else takes this lock, so nobody who waits here can hold what another needs.
        await queries.query(
          "select pg_advisory_xact_lock(hashtextextended('reminders ' || $1::text, 0))",
          [teamId],
        );
        await queries.query("delete from reminders where team_id = $1 and at < $2", [
          teamId,
          at - KEPT_MS,
        ]);
        const people = JSON.stringify(userIds);
        await queries.query(
          `insert into reminders (plan_id, version, user_id, team_id, at)
           select $1, $2::integer, asked.user_id, $3, $4::bigint
           from (select distinct jsonb_array_elements_text($5::text::jsonb) as user_id) asked
           where (select count(*) from reminders r
             where r.team_id = $3 and r.user_id = asked.user_id and r.at > $4::bigint - $6::bigint)
             < $7::bigint
           on conflict (plan_id, version, user_id) do nothing`,
          [planId, version, teamId, at, people, HOUR_MS, perHour],
        );
        const rows = await queries.query<{ readonly user_id: string }>(
          `select user_id from reminders
           where plan_id = $1 and version = $2
             and user_id in (select jsonb_array_elements_text($3::text::jsonb))
           order by user_id collate "C"`,
          [planId, version, people],
        );
        return rows.map(({ user_id }) => user_id);
      }),
  };
}
