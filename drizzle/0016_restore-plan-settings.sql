-- The settings that "The log is kept in links" gave to what runs for every write. countersign_flush and
-- countersign_claim lost theirs when their signatures changed: a function that is created anew has none.
do $$
declare
  hot text;
begin
  foreach hot in array array['countersign_flush', 'countersign_claim']
  loop
    execute format('alter function %I set plan_cache_mode = force_generic_plan', hot);
    execute format('alter function %I set enable_seqscan = off', hot);
    execute format('alter function %I set enable_hashjoin = off', hot);
    execute format('alter function %I set enable_mergejoin = off', hot);
    execute format('alter function %I set jit = off', hot);
  end loop;
end $$;
