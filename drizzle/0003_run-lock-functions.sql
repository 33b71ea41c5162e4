-- Resource locks: a place in line for each key, taken when a run is queued and given up when it ends or its
-- approval is gone. Whoever is first in all its lines may start; the others wait without being claimable.
--
-- Only one transaction of a workspace at a time joins or leaves lines. Otherwise a run could join behind one that
-- is not yet to be seen, and two that leave at once could each believe that the other still stands before a third.
-- It is taken after the rows of the caller's own runs and plans, before those of runs that wait, so that nobody
-- who has it waits for somebody who wants it.
create function countersign_line_up(team text) returns void
language sql
as $$ select pg_advisory_xact_lock(hashtextextended('locks/' || team, 0)) $$;
--> statement-breakpoint
create function countersign_waits(run text) returns boolean
language sql stable
as $$
  select exists (
    select 1 from run_locks mine
    join run_locks other
      on other.team_id = mine.team_id and other.key = mine.key and other.position < mine.position
    where mine.run_id = run)
$$;
--> statement-breakpoint
-- Joins the lines of these keys with a run that was just queued. When somebody stands before it, it is not
-- claimable until the last of them has gone, and its thread is told.
create function countersign_join_lines(run text, keys jsonb, queued_at bigint) returns void
language plpgsql
as $$
begin
  insert into run_locks (team_id, key, position, run_id)
  select distinct r.team_id, k.key, r.queue_position, r.id
  from runs r, jsonb_array_elements_text(keys) as k(key)
  where r.id = run;
  update runs set claimable_at = null where id = run and countersign_waits(id);
  if found then
    perform countersign_note(jsonb_build_array(jsonb_build_object(
      'key', 'run-progress:' || run,
      'notice', jsonb_build_object('kind', 'run-progress', 'runId', run)::text,
      'at', queued_at)));
  end if;
end $$;
--> statement-breakpoint
-- Leaves all lines of a run. Those who stood in them are shown anew, and whoever has nobody before it any more
-- becomes claimable. One in a worker's hands is left to the trigger below.
create function countersign_leave_lines(team text, run text) returns void
language plpgsql
as $$
declare
  left_keys text[];
  others text[];
begin
  perform countersign_line_up(team);
  with gone as (delete from run_locks where run_id = run returning key)
  select array_agg(key) into left_keys from gone;
  if left_keys is null then return; end if;
  select array_agg(distinct l.run_id) into others
  from run_locks l where l.team_id = team and l.key = any(left_keys);
  if others is null then return; end if;
  update runs set claimable_at = 0
  where id = any(others) and status = 'queued' and owner is null and claimable_at is null
    and not countersign_waits(id);
  perform countersign_note((
    select jsonb_agg(jsonb_build_object(
      'key', 'run-progress:' || r.id,
      'notice', jsonb_build_object('kind', 'run-progress', 'runId', r.id)::text,
      'at', r.queued_at))
    from runs r where r.id = any(others) and r.status = 'queued'
    having count(*) > 0));
end $$;
--> statement-breakpoint
create function countersign_run_left() returns trigger
language plpgsql
as $$
begin
  perform countersign_leave_lines(new.team_id, new.id);
  return null;
end $$;
--> statement-breakpoint
create trigger runs_leave_lines after update on runs for each row
  when (new.locked and countersign_run_ended(new.status) and not countersign_run_ended(old.status))
  execute function countersign_run_left();
--> statement-breakpoint
-- A worker that was woken for a waiting run (somebody canceled it, say) gives it back to wait on. Who stood before
-- it may have gone meanwhile, and did not wake what was in somebody's hands.
create function countersign_run_waits_on() returns trigger
language plpgsql
as $$
begin
  perform countersign_line_up(new.team_id);
  update runs set claimable_at = 0
  where id = new.id and claimable_at is null and not countersign_waits(id);
  return null;
end $$;
--> statement-breakpoint
create trigger runs_wait_on after update on runs for each row
  when (new.locked and new.status = 'queued' and new.owner is null and new.claimable_at is null
    and old.owner is not null)
  execute function countersign_run_waits_on();
--> statement-breakpoint
-- An approval that was withdrawn, ran out or was edited away gives up its run's place; the run itself ends when a
-- worker looks at it.
create function countersign_plan_left() returns trigger
language plpgsql
as $$
begin
  perform countersign_leave_lines(old.team_id, old.run_id);
  update runs set claimable_at = 0
  where id = old.run_id and locked and status = 'queued' and owner is null and claimable_at is null;
  return null;
end $$;
--> statement-breakpoint
create trigger plans_leave_lines after update on plans for each row
  when (old.status = 'approved' and new.status not in ('approved', 'spent'))
  execute function countersign_plan_left();
--> statement-breakpoint
-- Takes keys that became known while a run is driven. A run never waits for them: it might hold what the other
-- waits for. So either all are taken, or the answer names who has one.
create function countersign_take_locks(run text, run_epoch integer, keys jsonb)
returns table (answer text, key text, holder text)
language plpgsql
as $$
declare
  mine runs%rowtype;
begin
  select * into mine from runs r where r.id = run for update;
  if mine.id is null or mine.owner is null or mine.epoch <> run_epoch then
    return query select 'fenced', null::text, null::text;
    return;
  end if;
  perform countersign_line_up(mine.team_id);
  -- Whoever stands behind and waits can be overtaken; whoever does not wait may have started.
  return query
    select 'held-by', l.key, l.run_id
    from run_locks l
    where l.team_id = mine.team_id and l.run_id <> run
      and l.key in (select jsonb_array_elements_text(keys))
      and (l.position < mine.queue_position or not countersign_waits(l.run_id))
    order by l.key, l.position limit 1;
  if found then return; end if;
  insert into run_locks (team_id, key, position, run_id)
  select distinct mine.team_id, k.key, mine.queue_position, run
  from jsonb_array_elements_text(keys) as k(key)
  on conflict do nothing;
  update runs set locked = true where id = run and not locked;
  return query select 'taken', null::text, null::text;
end $$;
--> statement-breakpoint
-- What a run waits for: the first of its keys that others stand before, who has it, and how many they are.
create function countersign_lock_wait(run text)
returns table (key text, holder text, ahead integer)
language sql stable
as $$
  select mine.key,
    (array_agg(other.run_id order by other.position))[1],
    count(*)::integer
  from run_locks mine
  join run_locks other
    on other.team_id = mine.team_id and other.key = mine.key and other.position < mine.position
  where mine.run_id = run
  group by mine.key
  order by mine.key
  limit 1
$$;
--> statement-breakpoint
-- Writes what a decision changed: the plan at its expected revision (null: a new plan), a new version, votes,
-- a queued run, notices and events. Repeats the check of the revision, so that a connection that was lost
-- and made anew under a transaction can't write over somebody else's change.
create or replace function countersign_write_plan(change jsonb) returns void
language plpgsql
as $$
begin
  perform countersign_meet(change -> 'conversations');

  if change -> 'plan' <> 'null' then
    if change -> 'expected_revision' = 'null' then
      insert into plans (id, team_id, conversation_id, request_id, requester_id, requester_name, status,
        revision, version, hash, title, environment, risk, operations, policy_version, editors, rule,
        filed_at, approve_by, start_by, spent_at, run_id, state, attention_at, search_text)
      select id, team_id, conversation_id, request_id, requester_id, requester_name, status,
        revision, version, hash, title, environment, risk,
        array(select jsonb_array_elements_text(operations)), policy_version, editors::json, rule::json,
        filed_at, approve_by, start_by, spent_at, run_id, state::json, attention_at, search_text
      from jsonb_to_record(change -> 'plan') as p(id text, team_id text, conversation_id text,
        request_id text, requester_id text, requester_name text, status text, revision integer,
        version integer, hash text, title text, environment text, risk text, operations jsonb,
        policy_version text, editors text, rule text, filed_at bigint, approve_by bigint,
        start_by bigint, spent_at bigint, run_id text, state text, attention_at bigint,
        search_text text);
    else
      update plans set status = p.status, revision = p.revision, version = p.version, hash = p.hash,
        title = p.title, environment = p.environment, risk = p.risk,
        operations = array(select jsonb_array_elements_text(p.operations)),
        policy_version = p.policy_version, editors = p.editors::json, rule = p.rule::json,
        filed_at = p.filed_at, approve_by = p.approve_by, start_by = p.start_by,
        spent_at = p.spent_at, run_id = p.run_id, state = p.state::json,
        attention_at = p.attention_at, search_text = p.search_text
      from jsonb_to_record(change -> 'plan') as p(id text, status text, revision integer,
        version integer, hash text, title text, environment text, risk text, operations jsonb,
        policy_version text, editors text, rule text, filed_at bigint, approve_by bigint,
        start_by bigint, spent_at bigint, run_id text, state text, attention_at bigint,
        search_text text)
      where plans.id = p.id and plans.revision = (change ->> 'expected_revision')::integer;
      if not found then
        raise exception 'plan % is not at revision %', change #>> '{plan,id}', change ->> 'expected_revision'
          using errcode = 'serialization_failure';
      end if;
    end if;
  end if;

  insert into plan_versions (plan_id, version, hash, plan, source, author_id, at)
  select plan_id, version, hash, plan::json, source, author_id, at
  from jsonb_to_recordset(change -> 'versions') as v(plan_id text, version integer, hash text,
    plan text, source text, author_id text, at bigint);

  insert into votes (plan_id, plan_version, user_id, plan_hash, choice, reason, groups, policy_version,
    request_id, at)
  select plan_id, plan_version, user_id, plan_hash, choice, reason, groups::json, policy_version,
    request_id, at
  from jsonb_to_recordset(change -> 'votes') as v(plan_id text, plan_version integer, user_id text,
    plan_hash text, choice text, reason text, groups text, policy_version text, request_id text,
    at bigint)
  on conflict (plan_id, plan_version, user_id) do update set plan_hash = excluded.plan_hash,
    choice = excluded.choice, reason = excluded.reason, groups = excluded.groups,
    policy_version = excluded.policy_version, request_id = excluded.request_id, at = excluded.at;

  -- Its place in line is drawn once nobody else can still be joining with an earlier one.
  perform countersign_line_up(team_id)
  from jsonb_to_recordset(change -> 'runs') as r(team_id text, locks jsonb)
  where jsonb_array_length(r.locks) > 0;

  insert into runs (id, team_id, plan_id, plan_version, plan_hash, requester_id, conversation_id,
    queued_at, status, claimable_at, locked)
  select id, team_id, plan_id, plan_version, plan_hash, requester_id, conversation_id, queued_at,
    'queued', queued_at, coalesce(jsonb_array_length(locks) > 0, false)
  from jsonb_to_recordset(change -> 'runs') as r(id text, team_id text, plan_id text,
    plan_version integer, plan_hash text, requester_id text, conversation_id text, queued_at bigint,
    locks jsonb);

  perform countersign_join_lines(id, locks, queued_at)
  from jsonb_to_recordset(change -> 'runs') as r(id text, locks jsonb, queued_at bigint)
  where jsonb_array_length(r.locks) > 0;

  perform countersign_note(change -> 'notices');
  perform countersign_append(change -> 'entries');
end $$;
--> statement-breakpoint
-- As for the other hot functions: a plan made once and kept, every lookup by key.
do $$
declare
  hot text;
begin
  foreach hot in array array['countersign_write_plan', 'countersign_join_lines',
    'countersign_leave_lines', 'countersign_run_waits_on', 'countersign_take_locks']
  loop
    execute format('alter function %I set plan_cache_mode = force_generic_plan', hot);
    execute format('alter function %I set enable_seqscan = off', hot);
    execute format('alter function %I set enable_hashjoin = off', hot);
    execute format('alter function %I set enable_mergejoin = off', hot);
  end loop;
end $$;
