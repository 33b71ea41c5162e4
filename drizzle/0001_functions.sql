-- What the hot paths run: each function is one statement for the caller, so one round trip and one commit.
-- Every function takes its locks in the same order, so that no two of them can wait for each other:
-- conversations by id, runs by id, plans by id, outbox rows by key, and the chain heads last.
-- Documents travel as JSON text inside JSON strings: jsonb refuses U+0000, json columns keep every byte.

-- One field of an audit row's preimage: `-` when absent, else its length in UTF-8 bytes, a colon, itself.
-- The cast to text is what lets the planner inline it: `integer || text` is only stable, and made each hash
-- ten times slower.
create function countersign_audit_field(value text) returns text
language sql immutable parallel safe
as $$ select case when value is null then '-' else octet_length(value)::text || ':' || value end $$;
--> statement-breakpoint
-- The hash of an audit row, as docs/audit-format.md gives it. Aggregates over a window to chain many rows.
create function countersign_chain_step(
  state text, head text, team_id text, seq bigint, at bigint, kind text, actor text,
  conversation_id text, plan_id text, run_id text, data text
) returns text
language plpgsql immutable parallel safe
as $$
begin
  return encode(sha256(convert_to(
    '20:countersign-audit-v1'
    || countersign_audit_field(coalesce(state, head))
    || countersign_audit_field(team_id)
    || countersign_audit_field(seq::text)
    || countersign_audit_field(at::text)
    || countersign_audit_field(kind)
    || countersign_audit_field(actor)
    || countersign_audit_field(conversation_id)
    || countersign_audit_field(plan_id)
    || countersign_audit_field(run_id)
    || countersign_audit_field(data), 'UTF8')), 'hex');
end $$;
--> statement-breakpoint
create aggregate countersign_chain(
  head text, team_id text, seq bigint, at bigint, kind text, actor text,
  conversation_id text, plan_id text, run_id text, data text
) (sfunc = countersign_chain_step, stype = text);
--> statement-breakpoint
create function countersign_append_only() returns trigger
language plpgsql
as $$
begin
  raise exception '% is append-only: % refused', tg_table_name, tg_op
    using errcode = 'insufficient_privilege';
end $$;
--> statement-breakpoint
create trigger audit_events_append_only before update or delete on audit_events
  for each row execute function countersign_append_only();
--> statement-breakpoint
create trigger audit_events_no_truncate before truncate on audit_events
  for each statement execute function countersign_append_only();
--> statement-breakpoint
create trigger audit_heads_no_delete before delete on audit_heads
  for each row execute function countersign_append_only();
--> statement-breakpoint
create trigger audit_heads_no_truncate before truncate on audit_heads
  for each statement execute function countersign_append_only();
--> statement-breakpoint
create function countersign_head_forward() returns trigger
language plpgsql
as $$
begin
  if new.team_id <> old.team_id or new.seq <= old.seq then
    raise exception 'the head of an audit chain only moves forward'
      using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
--> statement-breakpoint
create trigger audit_heads_forward before update on audit_heads
  for each row execute function countersign_head_forward();
--> statement-breakpoint
create trigger plan_versions_append_only before update or delete on plan_versions
  for each row execute function countersign_append_only();
--> statement-breakpoint
create trigger plan_versions_no_truncate before truncate on plan_versions
  for each statement execute function countersign_append_only();
--> statement-breakpoint
create function countersign_meet(conversations jsonb) returns void
language sql
as $$
  insert into conversations (id, team_id, channel_id, thread_ts, words, permalink)
  select id, team_id, channel_id, thread_ts, words, permalink
  from jsonb_to_recordset(conversations)
    as c(id text, team_id text, channel_id text, thread_ts text, words text, permalink text)
  order by id
  on conflict (id) do nothing
$$;
--> statement-breakpoint
-- Appends entries in order, each team's to its own chain. An entry that names only its run takes team,
-- conversation and plan from it. Locks the chain heads, so it is the last thing a transaction does.
create function countersign_append(entries jsonb) returns void
language plpgsql
as $$
declare
  chain text;
  head_seq bigint;
  head_hash text;
begin
  if jsonb_array_length(entries) = 0 then return; end if;
  for chain in
    select distinct coalesce(e.team, r.team_id)
    from jsonb_to_recordset(entries) as e(team text, run text)
    left join runs r on r.id = e.run
    order by 1
  loop
    select h.seq, h.hash into head_seq, head_hash from audit_heads h where h.team_id = chain for update;
    if not found then
      insert into audit_heads (team_id, seq, hash) values (chain, 0, repeat('0', 64))
      on conflict (team_id) do nothing;
      select h.seq, h.hash into head_seq, head_hash from audit_heads h where h.team_id = chain for update;
    end if;

    -- All windows are over the position, so that one sort does for all of them.
    with entry as (
      select e.at, e.kind, e.actor,
        coalesce(e.conversation, case when e.team is null then r.conversation_id end) as conversation_id,
        coalesce(e.plan, r.plan_id) as plan_id, e.run as run_id, e.data, e.position,
        head_seq + row_number() over (order by e.position) as seq
      from rows from (jsonb_to_recordset(entries)
        as (team text, at bigint, kind text, actor text, conversation text, plan text, run text, data text))
        with ordinality as e(team, at, kind, actor, conversation, plan, run, data, position)
      left join runs r on r.id = e.run
      where coalesce(e.team, r.team_id) = chain
    ), chained as (
      select entry.*, countersign_chain(
        head_hash, chain, seq, at, kind, actor, conversation_id, plan_id, run_id, data
      ) over (order by position rows unbounded preceding) as hash
      from entry
    ), written as (
      insert into audit_events
        (team_id, seq, at, kind, actor, conversation_id, plan_id, run_id, data, previous_hash, hash)
      select chain, seq, at, kind, actor, conversation_id, plan_id, run_id, data,
        coalesce(lag(hash) over (order by position), head_hash), hash
      from chained
      returning seq, hash
    )
    update audit_heads h set seq = last.seq, hash = last.hash
    from (select w.seq, w.hash from written w order by w.seq desc limit 1) last
    where h.team_id = chain;
  end loop;
end $$;
--> statement-breakpoint
-- Puts notices into the outbox, the newest of each key. A waiting one keeps its place and its due time, so
-- that noting it again can't get round a rate limit; an abandoned one waits again.
create function countersign_note(notices jsonb) returns void
language sql
as $$
  insert into outbox (key, notice, due_at)
  select key, notice::json, at
  from (
    select distinct on (key) key, notice, at
    from rows from (jsonb_to_recordset(notices) as (key text, notice text, at bigint))
      with ordinality as n(key, notice, at, position)
    order by key, position desc
  ) newest
  order by key
  on conflict (key) do update set
    version = outbox.version + 1,
    notice = excluded.notice,
    due_at = case when outbox.abandoned then excluded.due_at else outbox.due_at end,
    tries = case when outbox.abandoned then 0 else outbox.tries end,
    abandoned = false
$$;
--> statement-breakpoint
create function countersign_run_ended(status text) returns boolean
language sql immutable parallel safe
as $$ select status in ('completed', 'failed', 'canceled', 'rolled-back') $$;
--> statement-breakpoint
-- Writes many runs' flushes, at most one of each run, in one commit. Answers each run's outcome, and whether
-- a control request came too late for its owner, so that somebody else must be rung.
create function countersign_flush(flushes jsonb, events jsonb, notices jsonb)
returns table (run_id text, answer text, ring boolean)
language plpgsql
as $$
declare
  answers jsonb;
  spends boolean;
  whole boolean;
  refused text[];
begin
  perform 1 from runs
  where id in (select f.run from jsonb_to_recordset(flushes) as f(run text))
  order by id for update;

  select jsonb_object_agg(a.run, a.answer), bool_or(a.spend), bool_and(a.answer = 'written')
  into answers, spends, whole
  from (
    select f.run, f.spend, case
      when r.id is null or r.epoch <> f.epoch or r.owner is null or r.claimable_at <= f.at then 'fenced'
      when f.starts and r.control_seq > f.seen then 'control'
      else 'written' end as answer
    from jsonb_to_recordset(flushes)
      as f(run text, epoch integer, at bigint, seen integer, starts boolean, spend boolean)
    left join runs r on r.id = f.run
  ) a;

  if spends then
    whole := false;
    with spending as (
      select r.id as run, f.at, p.id as plan
      from jsonb_to_recordset(flushes) as f(run text, at bigint, spend boolean)
      join runs r on r.id = f.run
      join plans p on p.id = r.plan_id
      where f.spend and answers ->> f.run = 'written'
        and p.status = 'approved' and p.version = r.plan_version and p.hash = r.plan_hash
        and p.run_id = r.id and p.start_by > f.at
      order by p.id
      for update of p
    ), spent as (
      update plans set status = 'spent', spent_at = spending.at, revision = revision + 1,
        attention_at = null
      from spending where plans.id = spending.plan and plans.status = 'approved'
      returning spending.run
    )
    select answers || coalesce(jsonb_object_agg(f.run, 'not-approved'), '{}')
    into answers
    from jsonb_to_recordset(flushes) as f(run text, spend boolean)
    where f.spend and answers ->> f.run = 'written' and f.run not in (select run from spent);
  end if;

  return query
    with written as (
      update runs r set
        status = f.status,
        control_seen = greatest(r.control_seen, f.seen),
        owner = case when f.release or countersign_run_ended(f.status) then null else r.owner end,
        claimable_at = case
          when countersign_run_ended(f.status) then null
          when not f.release then r.claimable_at
          when r.control_seq > f.seen then f.at
          else f.wake end
      from jsonb_to_recordset(flushes)
        as f(run text, at bigint, status text, wake bigint, seen integer, release boolean)
      where r.id = f.run and answers ->> f.run = 'written'
      returning r.id, r.owner is null and r.control_seq > r.control_seen and r.claimable_at is not null as late
    )
    select a.key, a.value, coalesce(w.late, false)
    from jsonb_each_text(answers) a left join written w on w.id = a.key;

  if not whole then
    select array_agg(a.key) into refused from jsonb_each_text(answers) a where a.value <> 'written';
  end if;
  if refused is not null then
    select coalesce(jsonb_agg(e.value order by e.position), '[]') into events
    from jsonb_array_elements(events) with ordinality as e(value, position)
    where e.value ->> 'run' <> all(refused);
    select coalesce(jsonb_agg(n.value order by n.position), '[]') into notices
    from jsonb_array_elements(notices) with ordinality as n(value, position)
    where n.value ->> 'run' <> all(refused);
  end if;
  if jsonb_array_length(notices) > 0 then perform countersign_note(notices); end if;
  perform countersign_append(events);
end $$;
--> statement-breakpoint
-- Claims what may run, in the order it was queued. `held` are runs this caller is driving right now: its own
-- leases outside that list are left over from before a restart. The events are read by a statement of their
-- own: the claim's snapshot could be older than the last write of the run's former owner.
create function countersign_claim(me text, most integer, now_at bigint, lease_ms bigint, held jsonb)
returns table (
  run_id text, plan_id text, plan_version integer, plan_hash text, plan json, team_id text,
  requester_id text, conversation json, queued_at bigint, epoch integer, lease_until bigint,
  control_seen integer, events json, controls json
)
language plpgsql
as $$
declare
  ids text[];
begin
  with picked as (
    select r.id from runs r
    where r.claimable_at is not null
      and (r.claimable_at <= now_at or (r.owner = me and not held ? r.id))
    order by r.queue_position
    limit most
    for update skip locked
  ), claimed as (
    update runs r set owner = me, epoch = r.epoch + 1, claimable_at = now_at + lease_ms
    from picked where r.id = picked.id
    returning r.id
  )
  select array_agg(claimed.id) into ids from claimed;
  if ids is null then return; end if;

  return query
    select r.id, r.plan_id, r.plan_version, r.plan_hash, v.plan, r.team_id, r.requester_id,
      to_json(c), r.queued_at, r.epoch, r.claimable_at, r.control_seen, countersign_run_events(r.id),
      (select json_agg(json_build_object('number', k.number, 'request', k.request) order by k.number)
        from run_controls k where k.run_id = r.id and k.number > r.control_seen)
    from runs r
    join plan_versions v on v.plan_id = r.plan_id and v.version = r.plan_version
    join conversations c on c.id = r.conversation_id
    where r.id = any(ids)
    order by r.queue_position;
end $$;
--> statement-breakpoint
-- A run's own events, without the decisions and refusals that only concern it.
create function countersign_run_events(run text) returns json
language sql stable
as $$
  select coalesce(json_agg(json_build_object(
    'at', e.at, 'kind', e.kind, 'actor', e.actor, 'team', e.team_id, 'data', e.data) order by e.seq), '[]')
  from audit_events e
  where e.run_id = run and (e.kind like 'run.%' or e.kind like 'step.%' or e.kind like 'attempt.%')
$$;
--> statement-breakpoint
-- Records a control request; null when there is no such run or it has ended. A blocked run becomes claimable.
create function countersign_control(run text, request text, requested_at bigint, conversations jsonb, entries jsonb)
returns integer
language plpgsql
as $$
declare
  new_number integer;
begin
  perform countersign_meet(conversations);
  update runs set
    control_seq = control_seq + 1,
    claimable_at = case when owner is null
      then least(coalesce(claimable_at, requested_at), requested_at) else claimable_at end
  where id = run and not countersign_run_ended(status)
  returning control_seq into new_number;
  if new_number is null then return null; end if;
  insert into run_controls (run_id, number, request, at)
  values (run, new_number, request::json, requested_at);
  perform countersign_append(entries);
  perform pg_notify('countersign_control', run);
  return new_number;
end $$;
--> statement-breakpoint
-- Writes what a decision changed: the plan at its expected revision (null: a new plan), a new version, votes,
-- a queued run, notices and events. Repeats the check of the revision, so that a connection that was lost
-- and made anew under a transaction can't write over somebody else's change.
create function countersign_write_plan(change jsonb) returns void
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

  insert into runs (id, team_id, plan_id, plan_version, plan_hash, requester_id, conversation_id,
    queued_at, status, claimable_at)
  select id, team_id, plan_id, plan_version, plan_hash, requester_id, conversation_id, queued_at,
    'queued', queued_at
  from jsonb_to_recordset(change -> 'runs') as r(id text, team_id text, plan_id text,
    plan_version integer, plan_hash text, requester_id text, conversation_id text, queued_at bigint);

  perform countersign_note(change -> 'notices');
  perform countersign_append(change -> 'entries');
end $$;
--> statement-breakpoint
-- Files a new plan unless its request was filed before or the requester has too many waiting already.
-- The advisory lock makes two requests of one person wait for each other, so that both can't take the last place.
create function countersign_file_plan(change jsonb, pending_cap integer)
returns table (kind text, plan_id text, pending integer)
language plpgsql
as $$
declare
  team text := change #>> '{plan,team_id}';
  requester text := change #>> '{plan,requester_id}';
  earlier text;
  waiting integer;
begin
  perform pg_advisory_xact_lock(hashtextextended(team || '/' || requester, 0));
  select p.id into earlier from plans p
  where p.team_id = team and p.request_id = change #>> '{plan,request_id}';
  if earlier is not null then
    return query select 'already-filed', earlier, 0;
    return;
  end if;
  if change #>> '{plan,status}' = 'awaiting-approval' then
    select count(*) into waiting from plans p
    where p.team_id = team and p.requester_id = requester and p.status = 'awaiting-approval'
      and p.approve_by > (change #>> '{plan,filed_at}')::bigint;
    if waiting >= pending_cap then
      return query select 'too-many-pending', null::text, waiting;
      return;
    end if;
  end if;
  perform countersign_write_plan(change);
  return query select 'filed', change #>> '{plan,id}', 0;
end $$;
--> statement-breakpoint
-- Every lookup in here is by key. A plan made once and kept, which never turns to reading whole tables, saves
-- half the time of a flush; and a plan made while the tables were empty stays right when they are full, also
-- in the embedded database, which never analyzes them.
do $$
declare
  hot text;
begin
  foreach hot in array array['countersign_append', 'countersign_flush', 'countersign_claim',
    'countersign_control', 'countersign_write_plan', 'countersign_file_plan']
  loop
    execute format('alter function %I set plan_cache_mode = force_generic_plan', hot);
    execute format('alter function %I set enable_seqscan = off', hot);
    execute format('alter function %I set enable_hashjoin = off', hot);
    execute format('alter function %I set enable_mergejoin = off', hot);
  end loop;
end $$;
--> statement-breakpoint
-- Rows that are written again and again keep room beside them, so that an update needs no new index entries.
alter table runs set (fillfactor = 70);
--> statement-breakpoint
alter table outbox set (fillfactor = 70);
