// What steps print, kept in the order it came. Grouped like flushes, but apart from them: output may be lost
// in a crash, an event may not wait behind it.

import type { OutputChunk } from "#engine/run-store.ts";
import type { Database } from "./database.ts";
import { createGroupCommit, isPostgresRefusal } from "./group-commit.ts";
import { storableText } from "./stored-json.ts";

/** A tail looks at no more chunks than this: it is for people, who read a screen. */
const TAIL_CHUNKS = 2_000;

export type RunOutput = {
  readonly append: (chunks: readonly OutputChunk[]) => Promise<void>;
  readonly all: (runId: string, call?: string) => Promise<readonly OutputChunk[]>;
  readonly tail: (
    runId: string,
    lines: number,
  ) => Promise<readonly { readonly call: string; readonly text: string }[]>;
};

type ChunkRow = {
  readonly run_id: string;
  readonly call: string;
  readonly attempt: number;
  readonly at: number;
  readonly text: string;
};

export function createRunOutput(database: Database): RunOutput {
  const append = createGroupCommit<readonly OutputChunk[], true>({
    keyOf: (chunks) => chunks[0]?.runId ?? "",
    inFlight: 1,
    batchSize: 500,
    isRefusal: isPostgresRefusal,
    async write(batch) {
      const rows = batch.flat().map((chunk) => ({
        run_id: chunk.runId,
        call: chunk.call,
        attempt: chunk.attempt,
        at: chunk.at,
        text: storableText(chunk.text),
      }));
      await database.query(
        `insert into run_output (run_id, call, attempt, at, text)
         select run_id, call, attempt, at, text
         from rows from (jsonb_to_recordset($1::text::jsonb)
           as (run_id text, call text, attempt integer, at bigint, text text))
           with ordinality as o(run_id, call, attempt, at, text, position)
         order by position`,
        [JSON.stringify(rows)],
      );
      return batch.map(() => true as const);
    },
  });
  return {
    async append(chunks) {
      if (chunks.length > 0) await append(chunks);
    },
    async all(runId, call) {
      const rows = await database.query<ChunkRow>(
        `select run_id, call, attempt, at, text from run_output
         where run_id = $1 and ($2::text is null or call = $2) order by id`,
        [runId, call ?? null],
      );
      return rows.map(readChunk);
    },
    async tail(runId, lines) {
      const rows = await database.query<ChunkRow>(
        `select run_id, call, attempt, at, text from run_output
         where run_id = $1 order by id desc limit $2`,
        [runId, TAIL_CHUNKS],
      );
      return lastLines(rows.map(readChunk).toReversed(), lines);
    },
  };
}

function readChunk(row: ChunkRow): OutputChunk {
  return { runId: row.run_id, call: row.call, attempt: row.attempt, at: row.at, text: row.text };
}

/**
 * The last lines in the order they ended. Chunks of one call make lines together, whatever came between them;
 * a line that has not ended yet comes last.
 */
function lastLines(chunks: readonly OutputChunk[], lines: number) {
  const ended: { readonly call: string; readonly text: string }[] = [];
  const open = new Map<string, string>();
  for (const { call, text } of chunks) {
    const parts = `${open.get(call) ?? ""}${text}`.split("\n");
    open.set(call, parts.pop() ?? "");
    for (const line of parts) ended.push({ call, text: line });
  }
  for (const [call, text] of open) if (text !== "") ended.push({ call, text });
  return lines <= 0 ? [] : ended.slice(-lines);
}
