// The history finds what a plain look at every plan finds, in the same order, whether it met it among the newest
// plans or had to find all that match.

import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Database } from "#adapters/postgres/database.ts";
import { searchHistory } from "#adapters/postgres/plan-history.ts";
import { openServerDatabase } from "#adapters/postgres/postgres-js-database.ts";
import type { HistoryFilter } from "#engine/audit-event.ts";
import { closePlan } from "#engine/plan-life.ts";
import { NOON } from "#test/builders/plan-records.ts";
import {
  approve,
  aWorkspace,
  flushOf,
  LEASE_MS,
  lockingPlan,
  openStores,
  voteOn,
} from "#test/contract/store-world.ts";
import type { Stores } from "#test/contract/store-world.ts";
import { scaled } from "#test/proof-scale.ts";
import type { TestDatabase } from "#test/servers/postgres.ts";
import { createTestDatabase } from "#test/servers/postgres.ts";

const NOTHING = { events: [], notices: [] } as const;
const PEOPLE = ["U0ANN", "U0BOB", "U0CAT"] as const;
const PLACES = ["production", "staging", "sandbox"] as const;
const OPERATIONS = ["ec2.stop_instances", "http.request", "shell.run"] as const;
const WORDS = ["copper", "tin", "zinc"] as const;
const OUTCOMES = [
  "awaiting-approval",
  "expired",
  "queued",
  "running",
  "completed",
  "failed",
  "held",
] as const;
const PLANS = 36;

/** A plan as whoever looks at each of them sees it. */
type Seen = {
  readonly id: string;
  readonly filedAt: number;
  readonly people: readonly string[];
  readonly environment: string;
  readonly operation: string;
  readonly words: readonly string[];
  readonly outcome: string;
};

const workspace = aWorkspace();
const { teamId } = workspace;
let clone: TestDatabase;
let database: Database;
let seen: readonly Seen[];

beforeAll(async () => {
  clone = await createTestDatabase();
  database = await openServerDatabase(clone.url);
  const stores = openStores(database);
  const filed = Array.from({ length: PLANS }, (_, index) => aSeen(index));
  for (const plan of filed) await file(stores, plan);
  await runThem(stores, filed);
  seen = filed.toSorted((one, other) =>
    one.filedAt === other.filedAt ? (one.id < other.id ? 1 : -1) : other.filedAt - one.filedAt,
  );
});

afterAll(async () => {
  await database.close();
  await clone.drop();
});

test("finds the same, in the same order, however many of the newest plans it looks at", async () => {
  await fc.assert(
    fc.asyncProperty(filters, async ({ at, ...filter }) => {
      const before = at === undefined ? {} : { before: seen[at]?.id ?? "" };
      const wanted: HistoryFilter = { ...filter, ...before, teamId };
      const expected = seen.filter(
        (plan, place) => (at === undefined || place > at) && fits(plan, wanted),
      );
      for (const lookedAt of [1, 5, PLANS]) {
        const found = await searchHistory(database, wanted, lookedAt);
        expect([lookedAt, found.map(({ planId, outcome }) => [planId, outcome])]).toEqual([
          lookedAt,
          expected.slice(0, wanted.limit).map(({ id, outcome }) => [id, outcome]),
        ]);
      }
    }),
    { numRuns: scaled(50), examples: [[{ limit: 8, outcome: "queued" }]] },
  );
});

const filters = fc.record(
  {
    limit: fc.integer({ min: 1, max: 8 }),
    person: fc.constantFrom(...PEOPLE),
    environment: fc.constantFrom(...PLACES),
    operation: fc.constantFrom(...OPERATIONS),
    outcome: fc.constantFrom(...OUTCOMES),
    text: fc.constantFrom(...WORDS),
    since: fc.integer({ min: NOON, max: NOON + PLANS }),
    until: fc.integer({ min: NOON, max: NOON + PLANS }),
    /** The page goes on after the plan at this place. */
    at: fc.nat({ max: PLANS - 1 }),
  },
  { requiredKeys: ["limit"] },
);

function fits(plan: Seen, filter: HistoryFilter): boolean {
  const { person, environment, operation, outcome, text, since, until } = filter;
  return (
    (person === undefined || plan.people.includes(person)) &&
    (environment === undefined || plan.environment === environment) &&
    (operation === undefined || plan.operation === operation) &&
    (outcome === undefined || plan.outcome === outcome) &&
    (text === undefined || plan.words.includes(text)) &&
    (since === undefined || plan.filedAt >= since) &&
    (until === undefined || plan.filedAt < until)
  );
}

/** Each with something of everything, in proportions that differ; two are always of the same moment. */
function aSeen(index: number): Seen {
  const one = <T>(all: readonly T[], stride: number): T =>
    all[Math.floor(index / stride) % all.length] ?? never();
  return {
    id: workspace.id("pl"),
    filedAt: NOON + Math.floor(index / 2),
    people: [...new Set([one(PEOPLE, 1), one(PEOPLE, 5)])],
    environment: one(PLACES, 2),
    operation: one(OPERATIONS, 7),
    words: WORDS.filter((_word, place) => index % (place + 2) === 0),
    outcome: one(OUTCOMES, 1),
  };
}

/** The second person has voted on it. Those that stay queued want the same lock, so that only the first can be claimed. */
async function file({ plans }: Stores, wanted: Seen): Promise<void> {
  const { id, filedAt, people, environment, operation, words, outcome } = wanted;
  const plan = lockingPlan(outcome === "queued" ? ["one"] : []);
  const [step] = plan.steps;
  if (step === undefined) return never();
  const [requester = "", voter] = people;
  const awaiting = workspace.awaiting({
    id,
    filedAt,
    requester: { teamId, userId: requester, name: "somebody" },
    plan: {
      ...plan,
      title: `Do ${words.join(" ")}`,
      environment,
      steps: [{ ...step, uses: operation, summary: "It" }],
    },
  });
  await plans.file(awaiting, NOTHING, PLANS);
  await plans.change(id, (record) => {
    const voted = { ...record, votes: voter === undefined ? [] : [voteOn(record, voter)] };
    if (outcome === "awaiting-approval")
      return { change: { ...NOTHING, record: voted }, answer: null };
    if (outcome === "expired") {
      const closed = closePlan(voted);
      if (!closed.ok) throw new Error(`cannot close ${id}`);
      return { change: { ...NOTHING, record: closed.value }, answer: null };
    }
    const approved = { ...approve(voted, workspace.id("run")), votes: voted.votes };
    return {
      change: { ...NOTHING, record: approved, queueRun: { runId: approved.runId } },
      answer: null,
    };
  });
}

async function runThem({ runs }: Stores, wanted: readonly Seen[]): Promise<void> {
  for (const run of await runs.claim("worker-1", PLANS, LEASE_MS, NOON)) {
    const plan = wanted.find(({ id }) => id === run.planId);
    const status = (["running", "completed", "failed", "held"] as const).find(
      (one) => one === plan?.outcome,
    );
    if (status !== undefined)
      await runs.flush(flushOf(run, [{ kind: "run.started" }], { status, spendPlan: true }));
  }
}

function never(): never {
  throw new Error("nothing to choose from");
}
