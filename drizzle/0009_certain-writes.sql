ALTER TABLE "runs" ADD COLUMN "flushed" integer DEFAULT 0 NOT NULL;
--> statement-breakpoint
drop function countersign_flush(text[], integer[], bigint[], text[], bigint[], integer[], boolean[], boolean[], boolean[],
  integer[], text[], text[], text[], text[], text[], text[], text[], integer[], text[], text[]);
--> statement-breakpoint
drop function countersign_claim(text, integer, bigint, bigint, text[]);
--> statement-breakpoint
-- Writes many runs' flushes, at most one of each run, in one commit. `ids` are in order, so that locks are taken
-- in order; links and notices name the place of their run in it. Answers each run's outcome, and whether a control
-- request came too late for its owner, so that somebody else must be rung. A flush whose number was written since
-- the claim is answered so and not written again, so that it may be sent again when its answer was lost.
create function countersign_flush(
  ids text[], epochs integer[], numbers integer[], ats bigint[], statuses text[], wakes bigint[], seens integer[],
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
        when r.epoch = f.epoch and r.flushed >= f.number then 'repeated'
        when r.epoch <> f.epoch or r.owner is null or r.claimable_at <= f.at then 'fenced'
        when f.starts and r.control_seq > f.seen then 'control'
        else 'written' end as answer,
      r.control_seq > greatest(r.control_seen, f.seen) as late
    from unnest(ids, epochs, numbers, ats, seens, starts) with ordinality
      as f(run, epoch, number, at, seen, starts, place)
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
    flushed = f.number,
    control_seen = greatest(r.control_seen, f.seen),
    owner = case when f.release or countersign_run_ended(f.status) then null else r.owner end,
    claimable_at = case
      when countersign_run_ended(f.status) then null
      when not f.release then r.claimable_at
      when r.control_seq > f.seen then f.at
      else f.wake end
  from unnest(ids, numbers, ats, statuses, wakes, seens, releases, answers)
    as f(run, number, at, status, wake, seen, release, answer)
  where r.id = f.run and f.answer = 'written';

  if exists (select from unnest(answers) as p(answer) where p.answer <> 'written') then
    -- Of those that are refused or were written before nothing is kept.
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
    select a.place::integer, case a.answer when 'repeated' then 'written' else a.answer end,
      a.answer in ('written', 'repeated') and a.release and a.late and not countersign_run_ended(a.status)
    from unnest(answers, late, releases, statuses) with ordinality as a(answer, late, release, status, place);
end $$;
--> statement-breakpoint
-- Leases are told in the callers' time. One whose clock is ahead would take over what others still drive, one whose
-- clock is behind would lose what it drives. What a call may be late on its way counts as behind.
create function countersign_check_clock(now_at bigint, lease_ms bigint) returns void
language plpgsql
as $$
declare
  ahead_ms bigint := now_at - (extract(epoch from clock_timestamp()) * 1000)::bigint;
begin
  if ahead_ms > lease_ms / 6 or -ahead_ms > lease_ms / 3 then
    raise exception 'the clock of this process is % ms % the clock of the database: it claims and keeps no runs until they agree',
      abs(ahead_ms), case when ahead_ms > 0 then 'ahead of' else 'behind' end;
  end if;
end $$;
--> statement-breakpoint
-- Claims what may run, in the order it was queued. `held` are runs this caller is driving right now: its own
-- leases outside that list are left over from before a restart. The events are read by a statement of their
-- own: the claim's snapshot could be older than the last write of the run's former owner.
create function countersign_claim(me text, most integer, now_at bigint, lease_ms bigint, held text[], trusted boolean)
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
  if not trusted then perform countersign_check_clock(now_at, lease_ms); end if;
  with picked as (
    select r.id from runs r
    where r.claimable
      and (r.claimable_at <= now_at or (r.owner = me and r.id <> all(held)))
    order by r.queue_position
    limit most
    for update skip locked
  ), claimed as (
    update runs r set owner = me, epoch = r.epoch + 1, flushed = 0, claimable_at = now_at + lease_ms
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
create function countersign_renew(me text, ids text[], lease_ms bigint, now_at bigint, trusted boolean)
returns setof text
language plpgsql
as $$
begin
  if not trusted then perform countersign_check_clock(now_at, lease_ms); end if;
  return query
    update runs r set claimable_at = now_at + lease_ms
    where r.id = any(ids) and r.owner = me and r.claimable_at > now_at
    returning r.id;
end $$;
