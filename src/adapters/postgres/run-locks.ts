// Places in line for what runs touch, as the store's functions keep them (drizzle/0003): asked for, and taken
// while a run is driven. Joining and leaving the lines happens with the writes that queue and end a run.

import { createHash } from "node:crypto";
import { z } from "zod";
import type { LockAnswer, LockHolder, LockWait } from "#engine/run-locks.ts";
import { RUN_STATUSES } from "#engine/run.ts";
import type { Database } from "./database.ts";
import { readAs, storableText } from "./stored-json.ts";

export type RunLocks = {
  readonly wait: (runId: string) => Promise<LockWait | null>;
  readonly take: (runId: string, epoch: number, keys: readonly string[]) => Promise<LockAnswer>;
};

/** An entry of a B-tree index holds a third of a page, 2,704 bytes. */
const LONGEST_KEY = 400;

/** Keys as the table holds them: a long one (the path of an address) is cut and told apart by its digest. */
export function storedKeys(keys: readonly string[]): readonly string[] {
  return keys.map((key) => {
    const text = storableText(key);
    if (text.length <= LONGEST_KEY) return text;
    const digest = createHash("sha256").update(text).digest("hex");
    return `${text.slice(0, LONGEST_KEY).toWellFormed()}…${digest}`;
  });
}

export function createRunLocks(database: Database): RunLocks {
  const holder = async (runId: string): Promise<LockHolder> => {
    const [row] = await database.query<HolderRow>(
      `select r.plan_id, p.title, r.status, c.permalink
       from runs r
       join plans p on p.id = r.plan_id
       join conversations c on c.id = p.conversation_id
       where r.id = $1`,
      [runId],
    );
    if (row === undefined) throw new Error(`run ${runId} has a lock and is not there`);
    return {
      runId,
      planId: row.plan_id,
      title: row.title,
      status: readAs(z.enum(RUN_STATUSES), row.status, `the status of run ${runId}`),
      permalink: row.permalink,
    };
  };
  return {
    async wait(runId) {
      const [row] = await database.query<WaitRow>(
        "select key, holder, ahead from countersign_lock_wait($1)",
        [runId],
      );
      if (row === undefined) return null;
      return { key: row.key, holder: await holder(row.holder), ahead: row.ahead };
    },

    async take(runId, epoch, keys) {
      const [row] = await database.query<TakeRow>(
        "select answer, key, holder from countersign_take_locks($1, $2, $3::text::jsonb)",
        [runId, epoch, JSON.stringify(storedKeys(keys))],
      );
      switch (row?.answer) {
        case "taken":
        case "fenced":
          return { kind: row.answer };
        case "held-by":
          return { kind: "held-by", key: row.key, holder: await holder(row.holder) };
        case undefined:
          throw new Error(`taking locks for run ${runId} answered nothing`);
      }
    },
  };
}

type HolderRow = {
  readonly plan_id: string;
  readonly title: string;
  readonly status: string;
  readonly permalink: string | null;
};
type WaitRow = { readonly key: string; readonly holder: string; readonly ahead: number };
type TakeRow =
  | { readonly answer: "taken" | "fenced" }
  | { readonly answer: "held-by"; readonly key: string; readonly holder: string };
