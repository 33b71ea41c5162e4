CREATE TABLE "plan_history" (
	"plan_id" text PRIMARY KEY NOT NULL,
	"team_id" text NOT NULL,
	"filed_at" bigint NOT NULL,
	"environment" text NOT NULL,
	"operations" text[] NOT NULL,
	"words" "tsvector" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "plan_people" (
	"team_id" text NOT NULL,
	"user_id" text NOT NULL,
	"filed_at" bigint NOT NULL,
	"plan_id" text NOT NULL,
	CONSTRAINT "plan_people_team_id_user_id_filed_at_plan_id_pk" PRIMARY KEY("team_id","user_id","filed_at","plan_id")
);
--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "notable" text GENERATED ALWAYS AS (case when status in ('queued', 'running', 'completed') then null else status end) STORED;--> statement-breakpoint
CREATE INDEX "plan_history_filed" ON "plan_history" USING btree ("team_id","filed_at","plan_id");--> statement-breakpoint
CREATE INDEX "plan_history_environment" ON "plan_history" USING btree ("team_id","environment","filed_at","plan_id");--> statement-breakpoint
CREATE INDEX "plan_history_operations" ON "plan_history" USING gin ("operations");--> statement-breakpoint
CREATE INDEX "plan_history_words" ON "plan_history" USING gin ("words");--> statement-breakpoint
CREATE INDEX "plans_undone" ON "plans" USING btree ("team_id","status","filed_at") WHERE "plans"."status" not in ('approved', 'spent');--> statement-breakpoint
CREATE INDEX "runs_notable" ON "runs" USING btree ("team_id","notable") WHERE "runs"."notable" is not null;
--> statement-breakpoint
-- Lexemes of a text as it stands (`ec2.stop_instances`, `web-1.internal`) and of its parts (`stop`, `instances`).
-- No stemming and no stop words: what is searched for are names. Cut where a tsvector could become too large.
create function countersign_words(value text) returns tsvector
language sql immutable parallel safe
as $$
  select to_tsvector('simple', left(value, 50000))
    || to_tsvector('simple', regexp_replace(left(value, 50000), '[^[:alnum:]]+', ' ', 'g'))
$$;
--> statement-breakpoint
-- Adds words to those a plan is found by. A tsvector ends at a megabyte, and no vote may be refused for that: a plan
-- about which a book was written is not found by the rest of it. The text of a tsvector is never shorter than itself.
create function countersign_more_words(old tsvector, new tsvector) returns tsvector
language sql immutable parallel safe
as $$
  select case when octet_length(old::text) + octet_length(new::text) < 900000 then old || new else old end
$$;
--> statement-breakpoint
-- What somebody said about a plan.
create function countersign_said(plan text, said text) returns void
language sql
as $$
  update plan_history h set words = countersign_more_words(h.words, countersign_words(said)) where h.plan_id = plan
$$;
--> statement-breakpoint
-- A new version is found by its words, and by those of the versions before it; they are kept here and not in the plan's
-- row, which is written anew with every vote.
create function countersign_history_of_plan() returns trigger
language plpgsql
as $$
begin
  if new.search_text <> '' then
    insert into plan_history (plan_id, team_id, filed_at, environment, operations, words)
    values (new.id, new.team_id, new.filed_at, new.environment, new.operations, countersign_words(new.search_text))
    on conflict (plan_id) do update set environment = excluded.environment, operations = excluded.operations,
      words = countersign_more_words(excluded.words, plan_history.words);
    new.search_text := '';
    insert into plan_people (team_id, user_id, filed_at, plan_id)
    select new.team_id, person, new.filed_at, new.id
    from (select new.requester_id union select json_array_elements_text(new.editors)) as people(person)
    on conflict do nothing;
  end if;
  if tg_op = 'UPDATE' and new.status <> old.status and new.state ->> 'reason' <> '' then
    perform countersign_said(new.id, new.state ->> 'reason');
  end if;
  return new;
end $$;
--> statement-breakpoint
-- Starting a run names none of these columns, so it never comes here.
create trigger plans_history before insert or update of search_text on plans
  for each row execute function countersign_history_of_plan();
--> statement-breakpoint
create function countersign_history_of_vote() returns trigger
language plpgsql
as $$
begin
  insert into plan_people (team_id, user_id, filed_at, plan_id)
  select p.team_id, new.user_id, p.filed_at, p.id from plans p where p.id = new.plan_id
  on conflict do nothing;
  if new.reason <> '' then perform countersign_said(new.plan_id, new.reason); end if;
  return null;
end $$;
--> statement-breakpoint
create trigger votes_history after insert or update on votes
  for each row execute function countersign_history_of_vote();
--> statement-breakpoint
-- Plans of before, from all their versions, the newest first, and from what was said about them.
insert into plan_history (plan_id, team_id, filed_at, environment, operations, words)
select p.id, p.team_id, p.filed_at, p.environment, p.operations,
  countersign_words(concat_ws(E'\n', c.words, p.requester_name, asked.words))
    || countersign_words(concat_ws(E'\n', p.state ->> 'reason', said.words))
from plans p
join conversations c on c.id = p.conversation_id
cross join lateral (
  select string_agg(concat_ws(E'\n', of_version.plan ->> 'title', of_version.plan ->> 'playbook', (
      select string_agg(concat_ws(' ', step ->> 'uses', step ->> 'id', step ->> 'summary'), E'\n' order by place)
      from json_array_elements(of_version.plan -> 'steps') with ordinality as s(step, place)
    )), E'\n' order by of_version.version desc) as words
  from (
    -- A JSON text may name U+0000, of which Postgres can make no text.
    select v.version, replace(v.plan::text, '\u0000', '\ufffd')::json as plan
    from plan_versions v where v.plan_id = p.id
  ) of_version
) asked
cross join lateral (
  select string_agg(v.reason, E'\n' order by v.at desc) as words from votes v where v.plan_id = p.id
) said;
--> statement-breakpoint
insert into plan_people (team_id, user_id, filed_at, plan_id)
select team_id, requester_id, filed_at, id from plans
union select p.team_id, e.person, p.filed_at, p.id
  from plans p cross join lateral json_array_elements_text(p.editors) as e(person)
union select p.team_id, v.user_id, p.filed_at, p.id from votes v join plans p on p.id = v.plan_id;
