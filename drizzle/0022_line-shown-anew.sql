-- Whoever waits behind a run is shown anew when that run starts: "next is" becomes "held by". Without it the words
-- stayed those of the moment between one run's end and the next one's start.
create function countersign_show_line(team text, run text) returns void
language plpgsql
as $$
begin
  perform countersign_line_up(team);
  perform countersign_note((
    select jsonb_agg(jsonb_build_object(
      'key', 'run-progress:' || r.id,
      'notice', jsonb_build_object('kind', 'run-progress', 'runId', r.id)::text,
      'at', r.queued_at))
    from runs r
    where r.status = 'queued' and r.id in (
      select behind.run_id from run_locks mine
      join run_locks behind
        on behind.team_id = mine.team_id and behind.key = mine.key and behind.position > mine.position
      where mine.run_id = run)
    having count(*) > 0));
end $$;
--> statement-breakpoint
create function countersign_run_started() returns trigger
language plpgsql
as $$
begin
  perform countersign_show_line(new.team_id, new.id);
  return null;
end $$;
--> statement-breakpoint
create trigger runs_show_line after update on runs for each row
  when (new.locked and old.status = 'queued' and new.status <> 'queued'
    and not countersign_run_ended(new.status))
  execute function countersign_run_started();
