-- The log is kept by month, so that what is older than anybody has to keep can be taken off in one piece. A link is
-- of the month in which it was written, which never falls along a chain: each month holds an unbroken piece of each
-- chain, and a number is of one month only (docs/decisions/0026-months-of-the-log.md).
ALTER TABLE "audit_heads" ADD COLUMN "month" date DEFAULT '1970-01-01' NOT NULL;
--> statement-breakpoint
create function countersign_month(at bigint) returns date
language sql immutable parallel safe
as $$ select date_trunc('month', to_timestamp(at / 1000.0) at time zone 'UTC')::date $$;
--> statement-breakpoint
DROP VIEW audit_events;
--> statement-breakpoint
ALTER TABLE "audit_links" RENAME TO "audit_links_before";
--> statement-breakpoint
CREATE TABLE "audit_links" (
	"team_id" text NOT NULL,
	"month" date NOT NULL,
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
	CONSTRAINT "audit_links_team_id_seq_month_pk" PRIMARY KEY("team_id","seq","month")
) PARTITION BY RANGE ("month");
--> statement-breakpoint
create trigger audit_links_append_only before update or delete on audit_links
  for each row execute function countersign_append_only();
--> statement-breakpoint
-- Of the whole; each month has one of its own, because this one is not asked when a single month is truncated.
create trigger audit_links_no_truncate before truncate on audit_links
  for each statement execute function countersign_append_only();
--> statement-breakpoint
-- Takes what is written while its month is not there, so that nothing is ever refused or lost for it.
create table audit_links_default partition of audit_links default with (toast_tuple_target = 8160);
--> statement-breakpoint
create trigger audit_links_no_truncate before truncate on audit_links_default
  for each statement execute function countersign_append_only();
--> statement-breakpoint
-- Makes a month's partition, with what the default holds of it, and answers whether it is there. Waits for nobody:
-- whoever appends holds the head of a chain, and others may wait for that while they read the default.
create function countersign_open_month(wanted date) returns boolean
language plpgsql security definer set search_path = public, pg_temp
as $$
declare
  opened text := 'audit_links_' || to_char(wanted, 'YYYY_MM');
begin
  if to_regclass('public.' || opened) is not null then return true; end if;
  begin
    lock table only audit_links in share update exclusive mode nowait;
    lock table audit_links_default in access exclusive mode nowait;
  exception when lock_not_available then
    return false;
  end;
  if to_regclass('public.' || opened) is not null then return true; end if;
  -- Attached and not made as a partition: that would lock out everybody who appends.
  execute format('create table %I (like audit_links including all) with (toast_tuple_target = 8160)', opened);
  execute format('create trigger audit_links_no_truncate before truncate on %I
    for each statement execute function countersign_append_only()', opened);
  if exists (select from audit_links_default d where d.month = wanted) then
    execute format('insert into %I select * from audit_links_default where month = $1', opened) using wanted;
    alter table audit_links_default disable trigger user;
    delete from audit_links_default d where d.month = wanted;
    alter table audit_links_default enable trigger user;
  end if;
  execute format('alter table audit_links attach partition %I for values from (%L) to (%L)', opened, wanted,
    wanted + interval '1 month');
  return true;
end $$;
--> statement-breakpoint
-- The months that are needed by now: this one, the next, and whatever went to the default meanwhile.
create function countersign_open_months() returns boolean
language plpgsql security definer set search_path = public, pg_temp
as $$
declare
  this_month date := countersign_month((extract(epoch from clock_timestamp()) * 1000)::bigint);
  wanted date[] := array[this_month, (this_month + interval '1 month')::date]
    || array(select distinct d.month from audit_links_default d);
  opened boolean := true;
  next_month date;
begin
  foreach next_month in array wanted loop
    opened := countersign_open_month(next_month) and opened;
  end loop;
  return opened;
end $$;
--> statement-breakpoint
do $$
declare
  old record;
begin
  create temporary table written_in on commit drop as
    select team_id, seq, max(countersign_month(at)) over (partition by team_id order by seq) as month
    from audit_links_before;
  for old in select distinct month from written_in loop
    perform countersign_open_month(old.month);
  end loop;
  insert into audit_links (team_id, month, seq, at, actor, conversation_id, plan_id, run_id, kinds, data, digests,
    previous_hash, hash)
  select l.team_id, w.month, l.seq, l.at, l.actor, l.conversation_id, l.plan_id, l.run_id, l.kinds, l.data, l.digests,
    l.previous_hash, l.hash
  from audit_links_before l join written_in w on w.team_id = l.team_id and w.seq = l.seq
  order by l.team_id, l.seq;
  if (select count(*) from audit_links) <> (select count(*) from audit_links_before) then
    raise exception 'the months hold % links, expected %', (select count(*) from audit_links),
      (select count(*) from audit_links_before);
  end if;
  alter table audit_heads disable trigger user;
  update audit_heads h set month = coalesce((select max(l.month) from audit_links l where l.team_id = h.team_id), h.month);
  alter table audit_heads enable trigger user;
  drop table written_in;
end $$;
--> statement-breakpoint
DROP TABLE "audit_links_before";
--> statement-breakpoint
CREATE INDEX "audit_links_run" ON "audit_links" USING btree ("run_id","seq") WHERE "audit_links"."run_id" is not null;
--> statement-breakpoint
CREATE INDEX "audit_links_plan" ON "audit_links" USING btree ("plan_id","seq") WHERE "audit_links"."plan_id" is not null;
--> statement-breakpoint
select countersign_open_months();
--> statement-breakpoint
-- The same as before: every event as a row of its own, for people, exports and filters.
create view audit_events as
select l.team_id, l.seq - cardinality(l.kinds) + e.place as seq, l.at, e.kind, l.actor, l.conversation_id,
  l.plan_id, l.run_id, e.data, encode(substr(l.digests, e.place::integer * 32 - 31, 32), 'hex') as digest,
  l.seq - cardinality(l.kinds) + 1 as first, l.seq as last,
  encode(l.previous_hash, 'hex') as previous_hash, encode(l.hash, 'hex') as hash
from audit_links l
cross join lateral unnest(l.kinds, string_to_array(l.data, E'\n')) with ordinality as e(kind, data, place);
--> statement-breakpoint
-- The same as before, and says of what month a link is: the one its writer's clock shows, but never one before that
-- of the link before it, and never one that has not come by the clock of the database.
create or replace function countersign_append(
  teams text[], ats bigint[], actors text[], conversations text[], plans text[], runs text[],
  kinds text[], data text[], digests text[]
) returns void
language plpgsql security definer set search_path = public, pg_temp
as $$
declare
  chain text;
  head_seq bigint;
  head_hash bytea;
  head_month date;
  newest_month date;
  month_ends bigint;
  seqs bigint[];
  months date[];
  previous bytea[];
  hashes bytea[];
begin
  if cardinality(teams) = 0 then return; end if;
  for chain in select distinct team from unnest(teams) as t(team) order by 1 loop
    select h.seq, h.hash, h.month into head_seq, head_hash, newest_month
    from audit_heads h where h.team_id = chain for update;
    if not found then
      insert into audit_heads (team_id, seq, hash) values (chain, 0, decode(repeat('0', 64), 'hex'))
      on conflict (team_id) do nothing;
      select h.seq, h.hash, h.month into head_seq, head_hash, newest_month
      from audit_heads h where h.team_id = chain for update;
    end if;
    head_month := newest_month;
    month_ends := extract(epoch from head_month + interval '1 month') * 1000;
    for link in 1 .. cardinality(teams) loop
      if teams[link] = chain then
        if ats[link] >= month_ends then
          head_month := greatest(head_month, countersign_month(least(ats[link],
            (extract(epoch from clock_timestamp()) * 1000)::bigint)));
          month_ends := extract(epoch from head_month + interval '1 month') * 1000;
          if head_month > newest_month then
            newest_month := head_month;
            perform countersign_open_month(head_month),
              countersign_open_month((head_month + interval '1 month')::date);
          end if;
        end if;
        previous[link] := head_hash;
        head_hash := sha256(head_hash || decode(right(digests[link], 64), 'hex'));
        hashes[link] := head_hash;
        head_seq := head_seq + octet_length(digests[link]) / 64;
        seqs[link] := head_seq;
        months[link] := head_month;
      end if;
    end loop;
    update audit_heads h set seq = head_seq, hash = head_hash, month = head_month where h.team_id = chain;
  end loop;
  insert into audit_links (team_id, month, seq, at, actor, conversation_id, plan_id, run_id, kinds, data, digests,
    previous_hash, hash)
  select l.team, l.month, l.seq, l.at, l.actor, l.conversation, l.plan, l.run, string_to_array(l.kinds, ','), l.data,
    decode(l.digests, 'hex'), l.previous, l.hash
  from unnest(teams, months, seqs, ats, actors, conversations, plans, runs, kinds, data, digests, previous, hashes)
    as l(team, month, seq, at, actor, conversation, plan, run, kinds, data, digests, previous, hash);
end $$;
--> statement-breakpoint
-- Within a chain the month only moves forward, as its head does.
create or replace function countersign_head_forward() returns trigger
language plpgsql
as $$
begin
  if new.team_id <> old.team_id or new.seq <= old.seq or new.month < old.month then
    raise exception 'the head of an audit chain only moves forward'
      using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
--> statement-breakpoint
drop function countersign_run_links(text);
--> statement-breakpoint
-- A run's own links, without the decisions and refusals that only concern it. Its statement is planned once for each
-- connection: as a function in SQL it was planned at each call, which costs more the more months there are.
create function countersign_run_links(run text) returns json
language plpgsql stable set plan_cache_mode = force_generic_plan set enable_seqscan = off
as $$
begin
  return (
    select coalesce(json_agg(json_build_object('at', l.at, 'actor', l.actor, 'team', l.team_id,
      'kinds', array_to_string(l.kinds, ','), 'data', l.data) order by l.seq), '[]')
    from audit_links l
    where l.run_id = run
      and (l.kinds[1] like 'run.%' or l.kinds[1] like 'step.%' or l.kinds[1] like 'attempt.%')
  );
end $$;
--> statement-breakpoint
revoke execute on function countersign_append(text[], bigint[], text[], text[], text[], text[], text[], text[], text[]),
  countersign_open_month(date), countersign_open_months() from public;
