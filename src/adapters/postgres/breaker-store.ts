// Circuit breakers in Postgres, one row for each target that was called. Compared and changed in one statement.

import { z } from "zod";
import type { BreakerStore, StoredBreaker } from "#engine/breaker-store.ts";
import type { Database } from "./database.ts";
import { readAs, storableJson, storableText } from "./stored-json.ts";

export function createBreakerStore(database: Database): BreakerStore {
  return {
    async list() {
      const rows = await database.query<BreakerRow>("select target, version, state from breakers");
      return rows.map(readBreaker);
    },

    async get(target) {
      const [row] = await database.query<BreakerRow>(
        "select target, version, state from breakers where target = $1",
        [storableText(target)],
      );
      return row === undefined ? null : readBreaker(row);
    },

    async put(target, version, breaker) {
      const state = storableJson(breaker);
      const rows =
        version === 0
          ? await database.query<object>(
              `insert into breakers (target, version, state) values ($1, 1, $2::text::json)
               on conflict (target) do nothing returning target`,
              [storableText(target), state],
            )
          : await database.query<object>(
              `update breakers set version = version + 1, state = $3::text::json
               where target = $1 and version = $2 returning target`,
              [storableText(target), version, state],
            );
      return rows.length === 1;
    },
  };
}

type BreakerRow = { readonly target: string; readonly version: number; readonly state: unknown };

const tripped = {
  openedAt: z.number(),
  trips: z.int(),
  trouble: z.object({ calls: z.int(), failures: z.int(), withinMs: z.number() }),
};
const breakerSchema = z.discriminatedUnion("status", [
  z.object({
    status: z.literal("closed"),
    slices: z.array(z.object({ at: z.number(), calls: z.int(), failures: z.int() })),
  }),
  z.object({ status: z.literal("open"), ...tripped, until: z.number() }),
  z.object({
    status: z.literal("half-open"),
    ...tripped,
    probe: z.int(),
    probeBy: z.number(),
  }),
]);

function readBreaker({ target, version, state }: BreakerRow): StoredBreaker {
  return { target, version, breaker: readAs(breakerSchema, state, `the breaker of ${target}`) };
}
