CREATE INDEX "plans_waiting_hash" ON "plans" USING btree ("team_id","hash") WHERE "plans"."status" = 'awaiting-approval';--> statement-breakpoint
-- Makes those who file at once take turns: first those of one requester, then those of one plan. Whoever has the
-- second waits for nobody's first. What else such a transaction locks it locks afterwards, the chain's head above all.
create function countersign_line_to_file(change jsonb) returns void
language plpgsql
as $$
declare
  team text := change #>> '{plan,team_id}';
begin
  perform pg_advisory_xact_lock(hashtextextended(team || '/' || (change #>> '{plan,requester_id}'), 0));
  perform pg_advisory_xact_lock(hashtextextended(team || '/' || (change #>> '{plan,hash}'), 1));
end $$;
--> statement-breakpoint
-- Files a plan unless the request did before, the same plan waits already, or the requester has too many waiting.
create or replace function countersign_file_plan(change jsonb, pending_cap integer)
returns table (kind text, plan_id text, pending integer)
language plpgsql
as $$
declare
  team text := change #>> '{plan,team_id}';
  requester text := change #>> '{plan,requester_id}';
  filed bigint := (change #>> '{plan,filed_at}')::bigint;
  earlier text;
  waiting integer;
begin
  perform countersign_line_to_file(change);
  select p.id into earlier from plans p
  where p.team_id = team and p.request_id = change #>> '{plan,request_id}';
  if earlier is not null then
    return query select 'already-filed', earlier, 0;
    return;
  end if;
  if change #>> '{plan,status}' = 'awaiting-approval' then
    if (change #>> '{plan,state}')::json #> '{origin}' is null then
      select p.id into earlier from plans p
      where p.team_id = team and p.hash = change #>> '{plan,hash}' and p.status = 'awaiting-approval'
        and p.approve_by > filed and p.state #> '{origin}' is null
      order by p.filed_at, p.id
      limit 1;
      if earlier is not null then
        return query select 'same-plan-waits', earlier, 0;
        return;
      end if;
    end if;
    select count(*) into waiting from plans p
    where p.team_id = team and p.requester_id = requester and p.status = 'awaiting-approval'
      and p.approve_by > filed;
    if waiting >= pending_cap then
      return query select 'too-many-pending', null::text, waiting;
      return;
    end if;
  end if;
  perform countersign_write_plan(change);
  return query select 'filed', change #>> '{plan,id}', 0;
end $$;
--> statement-breakpoint
-- Replacing a function takes its settings away; these are those of the others, for the same reason.
do $$
begin
  alter function countersign_file_plan set plan_cache_mode = force_generic_plan;
  alter function countersign_file_plan set enable_seqscan = off;
  alter function countersign_file_plan set enable_hashjoin = off;
  alter function countersign_file_plan set enable_mergejoin = off;
  alter function countersign_file_plan set jit = off;
end $$;
