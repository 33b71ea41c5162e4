-- The log is kept in links: what one write says of one run, or one decision, is one row and one place in the
-- chain, whatever the number of its events. Hashes of events are made by the process that writes them; what is
-- left to do while the chain's head is locked is one hash over 64 bytes for each link (docs/audit-format.md).
CREATE TABLE "audit_links" (
	"team_id" text NOT NULL,
	"seq" bigint NOT NULL,
	"at" bigint NOT NULL,
	"actor" text NOT NULL,
	"conversation_id" text,
	"plan_id" text,
	"run_id" text,
	"kinds" text[] NOT NULL,
	"data" text NOT NULL,
	"digests" "bytea" NOT NULL,
	"previous_hash" "bytea" NOT NULL,
	"hash" "bytea" NOT NULL,
	CONSTRAINT "audit_links_team_id_seq_pk" PRIMARY KEY("team_id","seq")
);
--> statement-breakpoint
-- What was logged before is kept: each event becomes a link of its own, and the chain is made anew.
do $$
declare
  old record;
  chain text;
  head bytea;
  digest bytea;
begin
  alter table audit_heads disable trigger user;
  alter table audit_heads alter column hash type bytea using decode(hash, 'hex');
  for old in select * from audit_events order by team_id, seq loop
    if chain is distinct from old.team_id then
      chain := old.team_id;
      head := decode(repeat('0', 64), 'hex');
    end if;
    digest := sha256(convert_to(concat('["countersign-audit-v2",null,', to_json(old.team_id), ',', old.at, ',',
      to_json(old.kind), ',', to_json(old.actor), ',', coalesce(to_json(old.conversation_id), 'null'), ',',
      coalesce(to_json(old.plan_id), 'null'), ',', coalesce(to_json(old.run_id), 'null'), ',',
      to_json(old.data), ']'), 'UTF8'));
    insert into audit_links values (old.team_id, old.seq, old.at, old.actor, old.conversation_id, old.plan_id,
      old.run_id, array[old.kind], old.data, digest, head, sha256(head || digest));
    head := sha256(head || digest);
    update audit_heads set hash = head where team_id = old.team_id and seq = old.seq;
  end loop;
  alter table audit_heads enable trigger user;
end $$;
--> statement-breakpoint
DROP TABLE "audit_events" CASCADE;
--> statement-breakpoint
CREATE INDEX "audit_links_run" ON "audit_links" USING btree ("run_id","seq") WHERE "audit_links"."run_id" is not null;
--> statement-breakpoint
CREATE INDEX "audit_links_plan" ON "audit_links" USING btree ("plan_id","seq") WHERE "audit_links"."plan_id" is not null;
--> statement-breakpoint
-- Compressing what a run of ten steps says takes longer than writing it as it is.
alter table audit_links set (toast_tuple_target = 8160);
--> statement-breakpoint
create trigger audit_links_append_only before update or delete on audit_links
  for each row execute function countersign_append_only();
--> statement-breakpoint
create trigger audit_links_no_truncate before truncate on audit_links
  for each statement execute function countersign_append_only();
--> statement-breakpoint
-- Every event as a row of its own, for people, exports and filters.
create view audit_events as
select l.team_id, l.seq - cardinality(l.kinds) + e.place as seq, l.at, e.kind, l.actor, l.conversation_id,
  l.plan_id, l.run_id, e.data, encode(substr(l.digests, e.place::integer * 32 - 31, 32), 'hex') as digest,
  l.seq - cardinality(l.kinds) + 1 as first, l.seq as last,
  encode(l.previous_hash, 'hex') as previous_hash, encode(l.hash, 'hex') as hash
from audit_links l
cross join lateral unnest(l.kinds, string_to_array(l.data, E'\n')) with ordinality as e(kind, data, place);
--> statement-breakpoint
DROP INDEX "runs_claimable";
--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "claimable" boolean GENERATED ALWAYS AS (claimable_at is not null) STORED NOT NULL;
--> statement-breakpoint
CREATE INDEX "runs_claimable" ON "runs" USING btree ("queue_position") WHERE "runs"."claimable";
--> statement-breakpoint
drop function countersign_append(jsonb);
--> statement-breakpoint
drop aggregate countersign_chain(text, text, bigint, bigint, text, text, text, text, text, text);
--> statement-breakpoint
drop function countersign_chain_step(text, text, text, bigint, bigint, text, text, text, text, text, text);
--> statement-breakpoint
drop function countersign_audit_field(text);
--> statement-breakpoint
drop function countersign_flush(jsonb, jsonb, jsonb);
--> statement-breakpoint
drop function countersign_note(jsonb);
--> statement-breakpoint
drop function countersign_run_events(text);
--> statement-breakpoint
drop function countersign_claim(text, integer, bigint, bigint, jsonb);
--> statement-breakpoint
-- Appends links in order, each to its workspace's chain. `kinds` has the kinds of a link's events with commas
-- between them, `data` their JSON with line breaks, `digests` their hashes in hexadecimal. Locks the chain heads,
-- so it is the last thing a transaction does.
create function countersign_append(
  teams text[], ats bigint[], actors text[], conversations text[], plans text[], runs text[],
  kinds text[], data text[], digests text[]
) returns void
language plpgsql
as $$
declare
  chain text;
  head_seq bigint;
  head_hash bytea;
  seqs bigint[];
  previous bytea[];
  hashes bytea[];
begin
  if cardinality(teams) = 0 then return; end if;
  for chain in select distinct team from unnest(teams) as t(team) order by 1 loop
    select h.seq, h.hash into head_seq, head_hash from audit_heads h where h.team_id = chain for update;
    if not found then
      insert into audit_heads (team_id, seq, hash) values (chain, 0, decode(repeat('0', 64), 'hex'))
      on conflict (team_id) do nothing;
      select h.seq, h.hash into head_seq, head_hash from audit_heads h where h.team_id = chain for update;
    end if;
    for link in 1 .. cardinality(teams) loop
      if teams[link] = chain then
        previous[link] := head_hash;
        head_hash := sha256(head_hash || decode(right(digests[link], 64), 'hex'));
        hashes[link] := head_hash;
        head_seq := head_seq + octet_length(digests[link]) / 64;
        seqs[link] := head_seq;
      end if;
    end loop;
    update audit_heads h set seq = head_seq, hash = head_hash where h.team_id = chain;
  end loop;
  insert into audit_links (team_id, seq, at, actor, conversation_id, plan_id, run_id, kinds, data, digests,
    previous_hash, hash)
  select l.team, l.seq, l.at, l.actor, l.conversation, l.plan, l.run, string_to_array(l.kinds, ','), l.data,
    decode(l.digests, 'hex'), l.previous, l.hash
  from unnest(teams, seqs, ats, actors, conversations, plans, runs, kinds, data, digests, previous, hashes)
    as l(team, seq, at, actor, conversation, plan, run, kinds, data, digests, previous, hash);
end $$;
--> statement-breakpoint
-- The same for decisions, which come as documents and are one link each.
create function countersign_append_entries(entries jsonb) returns void
language plpgsql
as $$
declare
  links record;
begin
  select array_agg(team order by place) as teams, array_agg(at order by place) as ats,
    array_agg(actor order by place) as actors, array_agg(conversation order by place) as conversations,
    array_agg(plan order by place) as plans, array_agg(run order by place) as runs,
    array_agg(kind order by place) as kinds, array_agg(data order by place) as data,
    array_agg(digest order by place) as digests
  into links
  from rows from (jsonb_to_recordset(entries) as (team text, at bigint, actor text, conversation text,
    plan text, run text, kind text, data text, digest text))
    with ordinality as e(team, at, actor, conversation, plan, run, kind, data, digest, place);
  if links.teams is null then return; end if;
  perform countersign_append(links.teams, links.ats, links.actors, links.conversations, links.plans,
    links.runs, links.kinds, links.data, links.digests);
end $$;
--> statement-breakpoint
-- Puts notices into the outbox, the newest of each key. A waiting one keeps its place and its due time, so
-- that noting it again can't get round a rate limit; an abandoned one waits again.
create function countersign_note(keys text[], notices text[], ats bigint[]) returns void
language plpgsql
as $$
begin
  insert into outbox as o (key, notice, due_at)
  select newest.key, newest.notice::json, newest.at
  from (
    select distinct on (n.key) n.key, n.notice, n.at
    from unnest(keys, notices, ats) with ordinality as n(key, notice, at, place)
    order by n.key, n.place desc
  ) newest
  order by newest.key
  on conflict (key) do update set
    version = o.version + 1,
    notice = excluded.notice,
    due_at = case when o.abandoned then excluded.due_at else o.due_at end,
    tries = case when o.abandoned then 0 else o.tries end,
    abandoned = false;
end $$;
--> statement-breakpoint
create function countersign_note(notices jsonb) returns void
language plpgsql
as $$
begin
  perform countersign_note(array_agg(n.key), array_agg(n.notice), array_agg(n.at))
  from jsonb_to_recordset(notices) as n(key text, notice text, at bigint)
  having count(*) > 0;
end $$;
--> statement-breakpoint
-- Writes many runs' flushes, at most one of each run, in one commit. `ids` are in order, so that locks are taken
-- in order; links and notices name the place of their run in it. Answers each run's outcome, and whether a control
-- request came too late for its owner, so that somebody else must be rung.
create function countersign_flush(
  ids text[], epochs integer[], ats bigint[], statuses text[], wakes bigint[], seens integer[],
  releases boolean[], spends boolean[], starts boolean[],
  link_places integer[], teams text[], actors text[], conversations text[], plan_ids text[],
  kinds text[], data text[], digests text[],
  notice_places integer[], keys text[], notices text[]
) returns table (place integer, answer text, ring boolean)
language plpgsql
as $$
declare
  answers text[];
  spent integer[];
  late boolean[];
  written integer[];
begin
  select array_agg(locked.answer), array_agg(locked.late) into answers, late
  from (
    select case
        when r.epoch <> f.epoch or r.owner is null or r.claimable_at <= f.at then 'fenced'
        when f.starts and r.control_seq > f.seen then 'control'
        else 'written' end as answer,
      r.control_seq > greatest(r.control_seen, f.seen) as late
    from unnest(ids, epochs, ats, seens, starts) with ordinality as f(run, epoch, at, seen, starts, place)
    join runs r on r.id = f.run
    order by f.place
    for update of r
  ) locked;
  if cardinality(answers) is distinct from cardinality(ids) then
    raise exception 'a flush names % runs, of which % exist', cardinality(ids), cardinality(answers);
  end if;

  if true = any(spends) then
    with spending as (
      select f.place, p.id, f.at
      from unnest(ids, ats, spends, answers) with ordinality as f(run, at, spend, answer, place)
      join runs r on r.id = f.run
      join plans p on p.id = r.plan_id
      where f.spend and f.answer = 'written'
        and p.status = 'approved' and p.version = r.plan_version and p.hash = r.plan_hash
        and p.run_id = r.id and p.start_by > f.at
      order by p.id
      for update of p
    ), done as (
      update plans set status = 'spent', spent_at = spending.at, revision = revision + 1,
        attention_at = null
      from spending where plans.id = spending.id and plans.status = 'approved'
      returning spending.place
    )
    select array_agg(done.place) into spent from done;
    for run in 1 .. cardinality(ids) loop
      if spends[run] and answers[run] = 'written' and (spent is null or run <> all(spent)) then
        answers[run] := 'not-approved';
      end if;
    end loop;
  end if;

  update runs r set
    status = f.status,
    control_seen = greatest(r.control_seen, f.seen),
    owner = case when f.release or countersign_run_ended(f.status) then null else r.owner end,
    claimable_at = case
      when countersign_run_ended(f.status) then null
      when not f.release then r.claimable_at
      when r.control_seq > f.seen then f.at
      else f.wake end
  from unnest(ids, ats, statuses, wakes, seens, releases, answers)
    as f(run, at, status, wake, seen, release, answer)
  where r.id = f.run and f.answer = 'written';

  if 'fenced' = any(answers) or 'control' = any(answers) or 'not-approved' = any(answers) then
    -- Of those that are refused nothing is kept.
    select array_agg(p.place) into written from unnest(answers) with ordinality as p(answer, place)
    where p.answer = 'written';
    select array_agg(l.place), array_agg(l.team), array_agg(l.actor), array_agg(l.conversation),
      array_agg(l.plan), array_agg(l.kinds), array_agg(l.data), array_agg(l.digests)
    into link_places, teams, actors, conversations, plan_ids, kinds, data, digests
    from unnest(link_places, teams, actors, conversations, plan_ids, kinds, data, digests)
      as l(place, team, actor, conversation, plan, kinds, data, digests)
    where l.place = any(written);
    select array_agg(n.place), array_agg(n.key), array_agg(n.notice) into notice_places, keys, notices
    from unnest(notice_places, keys, notices) as n(place, key, notice)
    where n.place = any(written);
  end if;

  if cardinality(keys) > 0 then
    perform countersign_note(keys, notices, array(select ats[n] from unnest(notice_places) n));
  end if;
  if cardinality(teams) > 0 then
    perform countersign_append(teams, array(select ats[l] from unnest(link_places) l), actors, conversations,
      plan_ids, array(select ids[l] from unnest(link_places) l), kinds, data, digests);
  end if;
  return query
    select a.place::integer, a.answer,
      a.answer = 'written' and a.release and a.late and not countersign_run_ended(a.status)
    from unnest(answers, late, releases, statuses) with ordinality as a(answer, late, release, status, place);
end $$;
--> statement-breakpoint
-- A run's own links, without the decisions and refusals that only concern it.
create function countersign_run_links(run text) returns json
language sql stable
as $$
  select coalesce(json_agg(json_build_object('at', l.at, 'actor', l.actor, 'team', l.team_id,
    'kinds', array_to_string(l.kinds, ','), 'data', l.data) order by l.seq), '[]')
  from audit_links l
  where l.run_id = run
    and (l.kinds[1] like 'run.%' or l.kinds[1] like 'step.%' or l.kinds[1] like 'attempt.%')
$$;
--> statement-breakpoint
-- Claims what may run, in the order it was queued. `held` are runs this caller is driving right now: its own
-- leases outside that list are left over from before a restart. The events are read by a statement of their
-- own: the claim's snapshot could be older than the last write of the run's former owner.
create function countersign_claim(me text, most integer, now_at bigint, lease_ms bigint, held text[])
returns table (
  run_id text, plan_id text, plan_version integer, plan_hash text, plan text, team_id text,
  requester_id text, conversation json, queued_at bigint, epoch integer, lease_until bigint,
  control_seen integer, links json, controls json
)
language plpgsql
as $$
declare
  ids text[];
begin
  with picked as (
    select r.id from runs r
    where r.claimable
      and (r.claimable_at <= now_at or (r.owner = me and r.id <> all(held)))
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
    select r.id, r.plan_id, r.plan_version, r.plan_hash, v.plan::text, r.team_id, r.requester_id,
      to_json(c), r.queued_at, r.epoch, r.claimable_at, r.control_seen, countersign_run_links(r.id),
      case when r.control_seq > r.control_seen then
        (select json_agg(json_build_object('number', k.number, 'request', k.request) order by k.number)
          from run_controls k where k.run_id = r.id and k.number > r.control_seen) end
    from runs r
    join plan_versions v on v.plan_id = r.plan_id and v.version = r.plan_version
    join conversations c on c.id = r.conversation_id
    where r.id = any(ids)
    order by r.queue_position;
end $$;
--> statement-breakpoint
create or replace function countersign_control(run text, request text, requested_at bigint, conversations jsonb, entries jsonb)
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
  perform countersign_append_entries(entries);
  perform pg_notify('countersign_control', run);
  return new_number;
end $$;
--> statement-breakpoint
-- The same as before, but that it appends entries which are hashed already.
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
  perform countersign_append_entries(change -> 'entries');
end $$;
--> statement-breakpoint
-- Every lookup in here is by key: see the end of the migration before. What is called by these runs with their
-- settings. No statement is long enough to be worth compiling.
do $$
declare
  hot text;
begin
  foreach hot in array array['countersign_append_entries', 'countersign_flush', 'countersign_claim',
    'countersign_control', 'countersign_write_plan', 'countersign_file_plan']
  loop
    execute format('alter function %I set plan_cache_mode = force_generic_plan', hot);
    execute format('alter function %I set enable_seqscan = off', hot);
    execute format('alter function %I set enable_hashjoin = off', hot);
    execute format('alter function %I set enable_mergejoin = off', hot);
    execute format('alter function %I set jit = off', hot);
  end loop;
end $$;
