// Two years of one busy workspace, made by SQL: 50,000 plans and the million events of their lives. The tables' own
// triggers find the words and people; the chain's hashes are not real, because nothing here looks at them.

import type { Database } from "../src/adapters/postgres/database.ts";

export const TEAM = "T0BENCH";
const PLANS = 50_000;
const FROM = Date.UTC(2024, 10, 1);
/** Between one plan and the next. */
const STEP_MS = 1_262_000;

export type Seeded = {
  readonly plans: number;
  readonly events: number;
  readonly from: number;
  readonly until: number;
};

export async function seedHistory(database: Database): Promise<Seeded> {
  for (const statement of STATEMENTS) await database.query(statement);
  const [head] = await database.query<{ events: number }>(
    "select seq::integer as events from audit_heads",
  );
  return { plans: PLANS, events: head?.events ?? 0, from: FROM, until: FROM + PLANS * STEP_MS };
}

/** The same number from 0 up to below `below` for the same plan and name, spread evenly. */
function drawn(name: string, below: number): string {
  return `(abs(hashtextextended('${name}' || n, 0)) % ${below})`;
}

/** One of 300, a few of whom do much. */
function somebody(name: string): string {
  return `'U' || floor(300 * power(${drawn(name, 100_000)} / 100000.0, 2.5))::integer`;
}

/** What was there in the first fifth of the time and never again. */
const LONG_AGO = `n < ${PLANS / 5}`;

const STATEMENTS: readonly string[] = [
  // All that is drawn of a plan, so that its rows and events agree.
  `create table seeded as
   select n, 'pl-' || n as id, ${FROM} + n * ${STEP_MS}::bigint as filed_at, requester, environment, status, steps,
     case when status = 'spent' then 'run-' || n end as run_id,
     case when n > ${PLANS - 40} then 'running'
       when ending < 88 then 'completed' when ending >= 98 then 'rolled-back'
       when ${LONG_AGO} then 'canceled' else 'failed' end as run_status,
     array[case when n % 10000 = 0 then 'op.rare' when ${LONG_AGO} and n % 4 = 0 then 'op.retired'
       when environment = 'staging' and n % 3 = 0 then 'op.of-staging' else 'op.n' || ${drawn("op", 40)} end,
       'op.n' || ${drawn("op2", 40)}] as operations,
     array_remove(array[voter, case when n % 2 = 0 then 'UBUSY' end], null) as voters,
     concat_ws(' ', (array['restart','scale','drain'])[1 + n % 3],
       (array['the web fleet','cache','db of'])[1 + ${drawn("what", 3)}], 'host' || ${drawn("host", 1_000)} || '.corp',
       case when ${LONG_AGO} and n % 2 = 0 then 'before the move' end, 'please, see OPS-' || n) as words,
     case when status = 'rejected' then 'Not while host' || ${drawn("host", 1_000)} || ' is down' end as reason
   from (select n, ${somebody("who")} as requester, ${somebody("voter")} as voter,
       case when ${drawn("env", 100)} < 70 then 'production' when ${drawn("env", 100)} = 99 then 'sandbox'
         else 'staging' end as environment,
       case when n > ${PLANS - 40} then 'spent' else (array['spent','spent','spent','spent','spent','spent','spent',
         'spent','rejected',case when ${drawn("end", 3)} = 0 then 'expired' else 'withdrawn' end]
         )[1 + ${drawn("status", 10)}] end as status,
       ${drawn("run", 100)} as ending, 1 + ${drawn("steps", 17)}::integer as steps
     from generate_series(0, ${PLANS - 1}) n) plan`,
  `insert into conversations (id, team_id, channel_id, thread_ts, words, permalink)
   select 'cv-' || n, '${TEAM}', 'C' || n % 20, n || '.000100', words, 'https://bench.slack.com/archives/C1/p' || n
   from seeded order by n`,
  `insert into plans (id, team_id, conversation_id, request_id, requester_id, requester_name, status, revision,
     version, hash, title, environment, risk, operations, policy_version, editors, rule, filed_at, run_id, state,
     search_text)
   select id, '${TEAM}', 'cv-' || n, 'Ev' || n, requester, 'person', status, 3,
     1, md5(n::text), words, environment, 'modify', operations, 'p1',
     '[]', '{"require":[{"count":1,"fromGroups":["sre"],"fromUsers":[]}]}', filed_at, run_id, '{}',
     concat_ws(E'\\n', words, 'person', array_to_string(operations, ' '),
       (select string_agg('step-' || step || E'\\nLook whether host' || ${drawn("other", 1_000)} ||
         '.corp answers on port ' || 8000 + step || ', and wait until it does', E'\\n')
        from generate_series(1, steps) step))
   from seeded order by n`,
  `insert into plan_versions (plan_id, version, hash, plan, source, author_id, at)
   select id, 1, hash, '{"steps":[]}', '', requester_id, filed_at from plans`,
  `insert into votes (plan_id, plan_version, user_id, plan_hash, choice, reason, groups, policy_version, request_id, at)
   select id, 1, voter, md5(n::text), case when status = 'rejected' then 'reject' else 'approve' end, reason,
     '["sre"]', 'p1', 'Ev' || n || voter, filed_at + 60000
   from seeded cross join unnest(voters) voter where status in ('spent', 'rejected') order by n`,
  `insert into runs (id, team_id, plan_id, plan_version, plan_hash, requester_id, conversation_id, queued_at, status,
     claimable_at)
   select run_id, '${TEAM}', id, 1, md5(n::text), requester, 'cv-' || n, filed_at + 90000, run_status,
     case when run_status = 'running' then filed_at end
   from seeded where status = 'spent' order by n`,
  `select countersign_open_month(month::date)
   from generate_series('2024-11-01'::timestamp, '2026-11-01'::timestamp, '1 month') month`,
  // A link of the log: what one write says. Steps begin and end in one.
  `create table seeded_links as
   select n, place, actor, of_run, kinds from seeded cross join lateral (
     select 0 as place, 'person:' || requester as actor, false as of_run, array['plan.filed'] as kinds
     union all select 1, 'person:' || voter, false, array['vote.cast'] from unnest(voters) voter
       where status in ('spent', 'rejected')
     union all select 2, 'system:engine', false, array['plan.' || case status when 'spent' then 'approved' else status end]
     union all select 3, 'system:engine', true, array['run.queued'] where run_id is not null
     union all select 4, 'system:worker', true, array['run.started'] where run_id is not null
     union all select 4 + step, 'system:worker', true, array['attempt.started', 'attempt.succeeded']
       from generate_series(1, steps) step where run_id is not null
     union all select 100, 'system:worker', true, array['run.' || run_status]
       where run_id is not null and run_status <> 'running'
   ) link`,
  `insert into audit_links (team_id, month, seq, at, actor, conversation_id, plan_id, run_id, kinds, data, digests,
     previous_hash, hash)
   select '${TEAM}', countersign_month(filed_at + place * 1000),
     sum(cardinality(kinds)) over (order by n, place, actor), filed_at + place * 1000, actor, 'cv-' || n, id,
     case when of_run then run_id end, kinds,
     array_to_string(array_fill('{"attempt":1,"call":{"phase":"forward","stepId":"step-' || place || '"},"said":"' ||
       words || '","uses":"' || operations[1] || '"}', array[cardinality(kinds)]), E'\\n'),
     decode(repeat(md5(n::text) || md5(n::text), cardinality(kinds)), 'hex'),
     decode(repeat('0', 64), 'hex'), decode(repeat('0', 64), 'hex')
   from seeded_links join seeded using (n) order by n, place, actor`,
  "insert into audit_heads (team_id, seq, hash) select team_id, max(seq), decode(repeat('0', 64), 'hex') from audit_links group by team_id",
  "drop table seeded, seeded_links",
  "analyze",
];
