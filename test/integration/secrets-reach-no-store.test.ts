// What people write, put through the use cases with a secret in it, and then looked for in every table of a real
// Postgres, row by row as text, in every encoding.

import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createAuditLog } from "#adapters/postgres/audit-log.ts";
import { createCheckpointStore } from "#adapters/postgres/checkpoint-store.ts";
import type { Database } from "#adapters/postgres/database.ts";
import { createInbox } from "#adapters/postgres/inbox.ts";
import { createOutbox } from "#adapters/postgres/outbox.ts";
import { createPlanStore } from "#adapters/postgres/plan-store.ts";
import { createRunStore } from "#adapters/postgres/run-store.ts";
import { createSecretRedactor } from "#adapters/redaction/secret-redactor.ts";
import { castVote } from "#engine/cast-vote.ts";
import { filePlan } from "#engine/file-plan.ts";
import { redactedStores } from "#engine/redacted-stores.ts";
import type { EnginePorts } from "#engine/use-case-ports.ts";
import { createWorld, planSource } from "#test/builders/engine-world.ts";
import { createTestDatabase } from "#test/servers/postgres.ts";
import type { TestDatabase } from "#test/servers/postgres.ts";
import { openServerDatabase } from "#adapters/postgres/postgres-js-database.ts";
import { OperationError } from "#engine/failure.ts";
import { eraseOperation } from "#engine/operation.ts";
import { redactedOperation } from "#engine/redactor.ts";
import { z } from "zod";
import {
  cutInto,
  ENCODINGS,
  partsOf,
  plantedSecret,
  survivorIn,
} from "#test/builders/planted-secrets.ts";

const SEED = 20_261_126;
const PLANTED = 500;
/** Found, so that the search is known to find. */
const HARMLESS = "harmless-marker-77";

const secrets = fc.sample(plantedSecret, { seed: SEED, numRuns: PLANTED });
const cuts = fc.sample(fc.array(fc.nat({ max: 5_000 }), { maxLength: 6 }), {
  seed: SEED,
  numRuns: PLANTED,
});
const encoded = secrets.map((secret, index) => {
  const encoding = ENCODINGS[index % ENCODINGS.length];
  return encoding === undefined ? secret : encoding.of(secret);
});

let clone: TestDatabase;
let database: Database;
const world = createWorld();
let ports: EnginePorts;
let stores: ReturnType<typeof redactedStores>;
const redactor = createSecretRedactor(secrets);

beforeAll(async () => {
  clone = await createTestDatabase();
  database = await openServerDatabase(clone.url);
  stores = redactedStores(
    {
      plans: createPlanStore(database),
      runs: createRunStore(database),
      checkpoints: createCheckpointStore(database),
      audit: createAuditLog(database),
      inbox: createInbox(database),
      outbox: createOutbox(database),
    },
    redactor,
  );
  ports = { ...world.ports, ...stores, redactor };
});

afterAll(async () => {
  await database.close();
  await clone.drop();
});

/** Says its secret everywhere an operation can say something. */
const leaky = redactedOperation(
  eraseOperation({
    name: "test.leak",
    summary: "Leak.",
    input: z.strictObject({ text: z.string(), cuts: z.array(z.number()), fails: z.boolean() }),
    result: z.json(),
    example: { text: "x", cuts: [], fails: false },
    worstRisk: "modify",
    risk: () => "modify",
    effect: () => "idempotent",
    defaultTimeoutMs: 1_000,
    describe: () => "Leak.",
    describeUndo: () => null,
    locks: () => [],
    run: async ({ text, cuts: places, fails }, context) => {
      for (const chunk of cutInto(`says ${text}\nand ${text}`, places)) context.output(chunk);
      if (fails)
        throw new OperationError({ category: "permanent", code: text, message: `no ${text}` });
      return { plain: text, [text]: [text], nested: { deep: `a ${text} b` } };
    },
  }),
  redactor,
);

async function leakInto(runId: string, index: number): Promise<void> {
  const said: string[] = [];
  const input = { text: encoded[index] ?? "", cuts: cuts[index] ?? [], fails: index % 2 === 0 };
  const given = await leaky
    .run(leaky.input.parse(input), {
      signal: new AbortController().signal,
      idempotencyKey: "key",
      output: (text) => said.push(text),
      profile: null,
      timeoutMs: 1_000,
    })
    .catch((error: unknown) => (error instanceof OperationError ? error.failure : String(error)));
  const chunk = { runId, call: "forward/one", attempt: 1, at: 1 };
  await stores.runs.appendOutput(
    [...said, JSON.stringify(given)].map((text) => ({ ...chunk, text })),
  );
}

async function everyRow(): Promise<string> {
  const tables = await database.query<{ name: string }>(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
     where table_schema not in ('pg_catalog', 'information_schema')`,
  );
  const rows: string[] = [];
  for (const { name } of tables) {
    const found = await database.query<{ row: string }>(`select one::text as row from ${name} one`);
    rows.push(...found.map(({ row }) => row));
  }
  return rows.join("\n");
}

test(
  "none of 500 planted secrets is found in any table, whichever way it came",
  { timeout: 120_000 },
  async () => {
    const quiet = await filePlan(
      ports,
      world.asks("U0REQ"),
      planSource("toy.read", { name: HARMLESS }),
    );
    if (!quiet.ok || quiet.value.runId === null) throw new Error("the reading plan was refused");
    const { runId } = quiet.value;
    for (const [index, text] of encoded.entries()) {
      const source = planSource("toy.change", { name: `web-1 ${text}` });
      const filed = await filePlan(ports, world.asks("U0REQ"), source);
      expect(filed).toMatchObject({ ok: false, refusal: { code: "secret-found" } });
      const id = `Ev-planted-${index}`;
      const request = { id, kind: "event", teamId: "T0ACME", userId: "U0REQ" } as const;
      await stores.inbox.record({ ...request, payload: { event: { text } }, receivedAt: 1 });
      await stores.outbox.note(
        [
          {
            kind: "reply",
            replyId: id,
            channelId: "C0OPS",
            threadTs: null,
            userId: null,
            message: { text: `you said ${text}`, blocks: [] },
          },
        ],
        1,
      );
      await leakInto(runId, index);
      if (index % 10 === 0) await rejectBecause(text);
    }
    const rows = await everyRow();
    expect(rows).toContain(HARMLESS);
    expect(rows).toContain("(secret removed)");
    const seen = partsOf(rows);
    const survivors = secrets.flatMap((secret) =>
      ENCODINGS.flatMap(({ name, of }) => {
        const part = survivorIn(seen, of(secret));
        return part === null ? [] : [{ secret, name, part }];
      }),
    );
    expect(survivors).toEqual([]);
  },
);

async function rejectBecause(text: string): Promise<void> {
  const filed = await filePlan(ports, world.asks("U0REQ"), planSource("toy.change"));
  if (!filed.ok) throw new Error(JSON.stringify(filed.refusal));
  const { planId } = filed.value;
  const vote = { planId, planVersion: 1, choice: "reject", viewHash: null } as const;
  const voted = await castVote(ports, world.asks("U0ANN"), { ...vote, reason: `it has ${text}` });
  if (!voted.ok) throw new Error(JSON.stringify(voted.refusal));
}
