// Runs in Postgres: claimed by one statement, written by flushes that share a statement and a commit.

import { isFinal } from "#engine/run.ts";
import type { ClaimedRun, FlushAnswer, RunFlush, RunStore } from "#engine/run-store.ts";
import type { Ring } from "./after-commit.ts";
import { ringNobody } from "./after-commit.ts";
import type { Database, Parameter } from "./database.ts";
import { FLUSH, flushParameters } from "./flush-statement.ts";
import { createGroupCommit, isPostgresRefusal } from "./group-commit.ts";
import { HeldRuns } from "./held-runs.ts";
import type { RunPlace } from "./held-runs.ts";
import type { RunLinkRow } from "./run-event-row.ts";
import { readControls, readRunEvents } from "./run-event-row.ts";
import { createRunOutput } from "./run-output.ts";
import type { RunHeaderRow, RunViewRow } from "./run-row.ts";
import { controlParameters } from "./run-controls.ts";
import { createRunLocks } from "./run-locks.ts";
import { readRunHeader, readRunView, selectRuns } from "./run-row.ts";

const CONTROL_CHANNEL = "countersign_control";

export type RunStoreOptions = {
  /** Leases are given by clocks that are not compared with the database's, for tests that make their own time. */
  readonly trustsClocks?: boolean;
  /** Told of a claimed run that can't be read: it is left alone until its lease runs out, and the others are driven. */
  readonly report?: (error: unknown) => void;
};

function throwIt(error: unknown): never {
  throw error;
}

/** `ring` is told of runs that became claimable and of notices, after the commit. */
export function createRunStore(
  database: Database,
  ring: Ring = ringNobody,
  { trustsClocks = false, report = throwIt }: RunStoreOptions = {},
): RunStore {
  const held = new HeldRuns();
  const output = createRunOutput(database);
  const locks = createRunLocks(database);
  const controls = async (runId: string, after: number) => {
    const rows = await database.query<ControlRow>(
      "select number, request from run_controls where run_id = $1 and number > $2 order by number",
      [runId, after],
    );
    return readControls(runId, rows);
  };
  const flushTogether = createGroupCommit<RunFlush, FlushRow>({
    keyOf: (flush) => flush.runId,
    // The second is built and sent while the first waits for its commit; more would queue at the chain's head.
    inFlight: 2,
    batchSize: 200,
    isRefusal: isPostgresRefusal,
    write: (flushes) => writeFlushes(database, ring, held, flushes),
  });
  const views = async (clause: string, parameters: readonly Parameter[]) =>
    (await database.query<RunViewRow>(`${selectRuns} ${clause}`, parameters)).map(readRunView);

  return {
    async claim(owner, limit, leaseMs, now) {
      const rows = await database.query<ClaimRow>(
        "select * from countersign_claim($1, $2, $3, $4, string_to_array($5::text, E'\\n'), $6)",
        [owner, limit, now, leaseMs, held.of(owner).join("\n"), trustsClocks],
      );
      return rows.flatMap((row) => {
        try {
          const run = readClaim(row);
          held.add(run, owner);
          return [run];
        } catch (error) {
          held.leave(row.run_id, owner);
          report(error);
          return [];
        }
      });
    },

    async flush(flush) {
      // A flush that throws may have been committed. Its driver reads the run and goes on: the run stays held.
      const answer = await flushAnswer(await flushTogether(flush));
      // Whoever waited for what this run had is claimable now.
      if (answer.kind === "written" && isFinal(flush.status) && held.isLocked(flush.runId))
        ring("runs", flush.runId);
      if (answer.kind === "fenced" || (answer.kind === "written" && flush.release)) {
        held.drop(flush.runId, flush.epoch);
      }
      return answer;

      async function flushAnswer(row: FlushRow): Promise<FlushAnswer> {
        if (row.answer !== "control") return { kind: row.answer };
        return { kind: "control", controls: await controls(flush.runId, flush.controlSeen) };
      }
    },

    async renew(owner, runIds, leaseMs, now) {
      const rows = await database.query<{ id: string }>(
        "select id from countersign_renew($1, string_to_array($2::text, E'\\n'), $3, $4, $5) as renewed(id)",
        [owner, runIds.join("\n"), leaseMs, now, trustsClocks],
      );
      const kept = rows.map(({ id }) => id);
      held.keepOnly(owner, runIds, kept);
      return kept;
    },

    async release(owner, runIds) {
      await database.query(
        `update runs set owner = null, claimable_at = 0
         where id in (select jsonb_array_elements_text($2::text::jsonb)) and owner = $1`,
        [owner, JSON.stringify(runIds)],
      );
      held.keepOnly(owner, runIds, []);
    },

    async requestControl(runId, request, audit) {
      const [row] = await database.query<{ number: number | null }>(
        "select countersign_control($1, $2, $3, $4::text::jsonb, $5::text::jsonb) as number",
        controlParameters(runId, request, audit),
      );
      const number = row?.number ?? null;
      if (number !== null) ring("runs", runId);
      return number;
    },

    controls,

    onControl: (listener) =>
      database.listen(CONTROL_CHANNEL, listener, () => {
        // What was said while nobody listened is lost: every run held here may have been meant.
        for (const runId of held.all()) listener(runId);
      }),

    lockWait: locks.wait,
    async takeLocks(runId, epoch, keys) {
      const answer = await locks.take(runId, epoch, keys);
      if (answer.kind === "taken") held.lock(runId, epoch);
      return answer;
    },

    appendOutput: output.append,
    output: output.all,
    outputTail: output.tail,

    view: async (runId) => (await views("where r.id = $1", [runId]))[0] ?? null,
    byPlan: async (planId) => (await views("where r.plan_id = $1", [planId]))[0] ?? null,
    activeOf: (teamId, userId, limit) =>
      views(
        `where r.team_id = $1 and ($2::text is null or r.requester_id = $2)
           and not countersign_run_ended(r.status) order by r.queue_position limit $3`,
        [teamId, userId, limit],
      ),

    async ringable(now, olderThanMs, limit) {
      const rows = await database.query<{ id: string }>(
        `select id from runs where claimable and claimable_at <= $1
         order by queue_position limit $2`,
        [now - olderThanMs, limit],
      );
      return rows.map(({ id }) => id);
    },

    async nextWake() {
      const [row] = await database.query<{ at: number | null }>(
        "select min(claimable_at) as at from runs where claimable and owner is null",
      );
      return row?.at ?? null;
    },
  };
}

type ControlRow = { readonly number: number; readonly request: unknown };
type FlushRow = {
  /** 1-based, among the runs of the statement. */
  readonly place: number;
  readonly answer: FlushAnswer["kind"];
  readonly ring: boolean;
};
type ClaimRow = RunHeaderRow & {
  readonly epoch: number;
  readonly lease_until: number;
  readonly control_seen: number;
  readonly links: readonly RunLinkRow[];
  readonly controls: readonly ControlRow[] | null;
};

function readClaim(row: ClaimRow): ClaimedRun {
  return {
    ...readRunHeader(row),
    epoch: row.epoch,
    leaseUntil: row.lease_until,
    controlSeen: row.control_seen,
    events: readRunEvents(row.run_id, row.links),
    controls: readControls(row.run_id, row.controls),
  };
}

/** One statement and one commit for all of them, each of another run. */
async function writeFlushes(
  database: Database,
  ring: Ring,
  held: HeldRuns,
  flushes: readonly RunFlush[],
): Promise<readonly FlushRow[]> {
  const places = await placesOf(database, held, flushes);
  const placed = flushes.flatMap((flush) => {
    const place = places.get(flush.runId);
    return place === undefined ? [] : [{ flush, place }];
  });
  // The order in which the function locks them.
  placed.sort((a, b) => (a.flush.runId < b.flush.runId ? -1 : 1));
  const rows = await database.query<FlushRow>(FLUSH, flushParameters(placed));
  const byRun = new Map(rows.map((row) => [placed[row.place - 1]?.flush.runId, row]));
  const answers = flushes.map(({ runId }) => byRun.get(runId) ?? NOT_THERE);
  for (const [index, answer] of answers.entries()) {
    if (answer.ring) ring("runs", flushes[index]?.runId ?? "");
  }
  if (flushes.some(({ notices }) => notices.length > 0)) ring("outbox", "due");
  return answers;
}

const NOT_THERE: FlushRow = { place: 0, answer: "fenced", ring: false };

/** Known of runs that were claimed here. What a lease that was lost long ago still writes is refused all the same. */
async function placesOf(
  database: Database,
  held: HeldRuns,
  flushes: readonly RunFlush[],
): Promise<ReadonlyMap<string, RunPlace>> {
  const places = new Map<string, RunPlace>();
  for (const { runId } of flushes) {
    const place = held.placeOf(runId) ?? (await readPlace(database, runId));
    if (place !== null) places.set(runId, place);
  }
  return places;
}

async function readPlace(database: Database, runId: string): Promise<RunPlace | null> {
  const [row] = await database.query<{ team: string; conversation: string; plan: string }>(
    "select team_id as team, conversation_id as conversation, plan_id as plan from runs where id = $1",
    [runId],
  );
  if (row === undefined) return null;
  return { teamId: row.team, conversationId: row.conversation, planId: row.plan };
}
