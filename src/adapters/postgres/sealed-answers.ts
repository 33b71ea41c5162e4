// Secret answers in Postgres, as the sealed text they come in. Knows no key.

import type { SealedStore } from "#engine/secret-box.ts";
import type { Database } from "./database.ts";

type SealedRow = {
  readonly id: string;
  readonly run_id: string;
  readonly step_id: string;
  readonly field: string;
  readonly key_id: string;
  readonly sealed: string;
};

export function createSealedStore(database: Database): SealedStore {
  return {
    async put({ id, runId, stepId, field, keyId, sealed }) {
      await database.query(
        `insert into sealed_answers (id, run_id, step_id, field, key_id, sealed)
         values ($1, $2, $3, $4, $5, $6)`,
        [id, runId, stepId, field, keyId, sealed],
      );
    },

    async get(id) {
      const [row] = await database.query<SealedRow>(
        "select id, run_id, step_id, field, key_id, sealed from sealed_answers where id = $1",
        [id],
      );
      if (row === undefined) return null;
      const { run_id: runId, step_id: stepId, field, key_id: keyId, sealed } = row;
      return { id, runId, stepId, field, keyId, sealed };
    },

    async remove(ids) {
      await database.query(
        "delete from sealed_answers where id in (select jsonb_array_elements_text($1::text::jsonb))",
        [JSON.stringify(ids)],
      );
    },

    async removeEnded() {
      const rows = await database.query(
        `delete from sealed_answers s using runs r
         where r.id = s.run_id and countersign_run_ended(r.status) returning s.id`,
      );
      return rows.length;
    },
  };
}
