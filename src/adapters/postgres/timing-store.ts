// Durations of operations in Postgres: one row for each operation, with its newest samples.

import { KEPT_SAMPLES } from "#engine/timings.ts";
import type { TimingStore } from "#engine/timings.ts";
import type { Database } from "./database.ts";
import { storableText } from "./stored-json.ts";

/** Of the column: 24 days. */
const LONGEST_MS = 2 ** 31 - 1;

export function createTimingStore(database: Database): TimingStore {
  return {
    async add(samples) {
      // In one order everywhere, so that two processes can't wait for each other's rows.
      const rows = [...samples]
        .map(([operation, durations]) => ({
          operation: storableText(operation),
          durations_ms: durations
            .slice(-KEPT_SAMPLES)
            .map((ms) => Math.min(LONGEST_MS, Math.max(0, Math.round(ms)))),
        }))
        .toSorted((a, b) => (a.operation < b.operation ? -1 : 1));
      await database.query(
        `insert into operation_timings as kept (operation, durations_ms)
         select operation, durations_ms
         from jsonb_to_recordset($1::text::jsonb) as given(operation text, durations_ms integer[])
         on conflict (operation) do update set durations_ms =
           (kept.durations_ms || excluded.durations_ms)
             [greatest(1, cardinality(kept.durations_ms) + cardinality(excluded.durations_ms) - $2::integer + 1):]`,
        [JSON.stringify(rows), KEPT_SAMPLES],
      );
    },

    async samples(operations) {
      const rows = await database.query<{ operation: string; durations: string }>(
        `select operation, to_json(durations_ms)::text as durations from operation_timings
         where operation in (select jsonb_array_elements_text($1::text::jsonb))`,
        [JSON.stringify(operations.map(storableText))],
      );
      return new Map(
        rows.map(({ operation, durations }) => [operation, JSON.parse(durations) as number[]]),
      );
    },
  };
}
