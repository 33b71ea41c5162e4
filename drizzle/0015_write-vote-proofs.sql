-- The same as before, but that a vote keeps where an edit carried it from, and what proved who voted.
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
    request_id, at, carried_from, step_up)
  select plan_id, plan_version, user_id, plan_hash, choice, reason, groups::json, policy_version,
    request_id, at, carried_from, step_up
  from jsonb_to_recordset(change -> 'votes') as v(plan_id text, plan_version integer, user_id text,
    plan_hash text, choice text, reason text, groups text, policy_version text, request_id text,
    at bigint, carried_from integer, step_up text)
  on conflict (plan_id, plan_version, user_id) do update set plan_hash = excluded.plan_hash,
    choice = excluded.choice, reason = excluded.reason, groups = excluded.groups,
    policy_version = excluded.policy_version, request_id = excluded.request_id, at = excluded.at,
    carried_from = excluded.carried_from, step_up = excluded.step_up;

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
  perform countersign_append_entries(change -> 'entries');
end $$;
--> statement-breakpoint
-- A replaced function has lost its settings: docs of them in 0006.
do $$
begin
  alter function countersign_write_plan set plan_cache_mode = force_generic_plan;
  alter function countersign_write_plan set enable_seqscan = off;
  alter function countersign_write_plan set enable_hashjoin = off;
  alter function countersign_write_plan set enable_mergejoin = off;
  alter function countersign_write_plan set jit = off;
end $$;
