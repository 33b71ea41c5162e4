// Runs in memory, behind the same port and with the same rules as in Postgres. The database outlives the
// processes connected to it, as in the real world.

import type { AuditEntry } from "#engine/audit-event.ts";
import type { Notice } from "#engine/notice.ts";
import { isFinal } from "#engine/run.ts";
import type { ControlRequest, RecordedRunEvent, RunEvent, RunStatus } from "#engine/run.ts";
import type {
  ClaimedRun,
  FlushAnswer,
  NumberedControl,
  OutputChunk,
  RunFlush,
  RunHeader,
  RunStore,
  RunView,
} from "#engine/run-store.ts";
import { lockKeysOf } from "#engine/run-locks.ts";
import type { LockAnswer, LockHolder, LockWait } from "#engine/run-locks.ts";
import type { Instant } from "#engine/time.ts";

type Row = {
  readonly header: RunHeader;
  status: RunStatus;
  owner: string | null;
  epoch: number;
  /** Number of the last flush that was written since it was claimed. */
  flushed: number;
  /** When it may be claimed: at once, by a timer, or when its lease runs out. Null: when a person asks something. */
  claimableAt: Instant | null;
  events: RecordedRunEvent[];
  controls: NumberedControl[];
  controlSeen: number;
  plan: "approved" | "spent" | "gone";
  /** Keys in whose lines it stands, in the order of the queue, until it ends. */
  locks: Set<string>;
};

/** Its own clock, with which its callers' must agree where one is given. */
export type StoreClock = { readonly now: () => Instant };

/** No lease is given by a clock that is not the store's. */
export class ClocksApart extends Error {
  override readonly name = "ClocksApart";
}

export class MemoryRunDatabase {
  readonly #rows = new Map<string, Row>();
  readonly #listeners = new Set<(runId: string) => void>();
  readonly #output: OutputChunk[] = [];
  /** Every notice written, in order. */
  readonly notices: Notice[] = [];
  readonly audit: AuditEntry[] = [];
  /** Flushes that were written. */
  flushes = 0;
  readonly #clock: StoreClock | null;

  constructor(clock: StoreClock | null = null) {
    this.#clock = clock;
  }

  /** An approved plan's run, as the plan store would have queued it. */
  queue(header: RunHeader): void {
    const { runId, planVersion, planHash, queuedAt } = header;
    const queued = { kind: "run.queued", planVersion, planHash } as const;
    this.#rows.set(runId, {
      header,
      status: "queued",
      owner: null,
      epoch: 0,
      flushed: 0,
      claimableAt: queuedAt,
      events: [{ at: queuedAt, actor: { kind: "system", part: "engine" }, event: queued }],
      controls: [],
      controlSeen: 0,
      plan: "approved",
      locks: new Set(lockKeysOf(header.plan)),
    });
    const row = this.#row(runId);
    if (this.#before(row).length === 0) return;
    row.claimableAt = null;
    this.notices.push({ kind: "run-progress", runId });
  }

  /** The plan is withdrawn, edited or expired under the run. */
  withdrawPlan(runId: string): void {
    const row = this.#row(runId);
    row.plan = "gone";
    this.#leaveLines(row);
    if (row.status === "queued" && row.owner === null) row.claimableAt ??= 0;
  }

  /** A process's connection. It knows which runs it was given, as the real one does. */
  connect(): RunStore {
    const held = new Map<string, string>();
    return {
      claim: async (owner, limit, leaseMs, now) => {
        this.#checkClock(now, leaseMs);
        const claimed: ClaimedRun[] = [];
        for (const row of this.#rows.values()) {
          if (claimed.length >= limit || row.claimableAt === null) continue;
          const own = row.owner === owner && held.get(row.header.runId) !== owner;
          if (row.claimableAt > now && !own) continue;
          claimed.push(claim(row, owner, now + leaseMs));
          held.set(row.header.runId, owner);
        }
        return claimed;
      },
      flush: async (flush) => {
        const answer = this.#flush(flush);
        if (answer.kind === "fenced" || (answer.kind === "written" && flush.release))
          held.delete(flush.runId);
        return answer;
      },
      renew: async (owner, runIds, leaseMs, now) => {
        this.#checkClock(now, leaseMs);
        return runIds.filter((runId) => {
          const row = this.#row(runId);
          const kept = row.owner === owner && row.claimableAt !== null && row.claimableAt > now;
          if (kept) row.claimableAt = now + leaseMs;
          else held.delete(runId);
          return kept;
        });
      },
      release: async (owner, runIds) => {
        for (const runId of runIds) {
          const row = this.#row(runId);
          held.delete(runId);
          if (row.owner !== owner) continue;
          row.owner = null;
          row.claimableAt = 0;
        }
      },
      lockWait: async (runId) => this.#lockWait(this.#row(runId)),
      takeLocks: async (runId, epoch, keys) => this.#takeLocks(this.#row(runId), epoch, keys),
      requestControl: async (runId, request, audit) => {
        this.audit.push(audit);
        return this.request(runId, request, audit.at);
      },
      controls: async (runId, after) =>
        this.#row(runId).controls.filter(({ number }) => number > after),
      onControl: async (listener) => {
        this.#listeners.add(listener);
        return async () => void this.#listeners.delete(listener);
      },
      appendOutput: async (chunks) => void this.#output.push(...chunks),
      output: async (runId, call) =>
        this.#output.filter(
          (chunk) => chunk.runId === runId && (call === undefined || chunk.call === call),
        ),
      outputTail: async (runId, lines) =>
        this.#output
          .filter((chunk) => chunk.runId === runId)
          .flatMap(({ call, text }) =>
            text
              .split("\n")
              .filter(Boolean)
              .map((line) => ({ call, text: line })),
          )
          .slice(-lines),
      view: async (runId) => this.find(runId),
      byPlan: async (planId) => {
        const row = [...this.#rows.values()].find(({ header }) => header.planId === planId);
        return row === undefined ? null : view(row);
      },
      activeOf: async (teamId, userId, limit) =>
        [...this.#rows.values()]
          .filter(
            ({ header, status }) =>
              header.teamId === teamId &&
              (userId === null || header.requesterId === userId) &&
              !isFinal(status),
          )
          .slice(0, limit)
          .map(view),
      ringable: async (now, olderThanMs, limit) =>
        [...this.#rows.values()]
          .filter(({ claimableAt }) => claimableAt !== null && claimableAt <= now - olderThanMs)
          .slice(0, limit)
          .map(({ header }) => header.runId),
      nextWake: async () => {
        const due = [...this.#rows.values()].flatMap(({ owner, claimableAt }) =>
          owner === null && claimableAt !== null ? [claimableAt] : [],
        );
        return due.length === 0 ? null : Math.min(...due);
      },
    };
  }

  /** What `requestControl` does, for a person in a test. */
  request(runId: string, request: ControlRequest, at: Instant): number | null {
    const row = this.#row(runId);
    if (isFinal(row.status)) return null;
    const number = (row.controls.at(-1)?.number ?? 0) + 1;
    row.controls.push({ number, request });
    if (row.owner === null) row.claimableAt = Math.min(row.claimableAt ?? at, at);
    for (const listener of this.#listeners) listener(runId);
    return number;
  }

  runIds(): readonly string[] {
    return [...this.#rows.keys()];
  }

  find(runId: string): RunView | null {
    const row = this.#rows.get(runId);
    return row === undefined ? null : view(row);
  }

  view(runId: string): RunView {
    return view(this.#row(runId));
  }

  status(runId: string): RunStatus {
    return this.#row(runId).status;
  }

  /** Every event of the run. */
  *recorded(runId: string): Iterable<RunEvent> {
    for (const { event } of this.#row(runId).events) yield event;
  }

  /** What people asked of the run. */
  asked(runId: string): readonly ControlRequest[] {
    return this.#row(runId).controls.map(({ request }) => request);
  }

  #checkClock(now: Instant, leaseMs: number): void {
    const aheadMs = now - (this.#clock?.now() ?? now);
    if (aheadMs > leaseMs / 6 || -aheadMs > leaseMs / 3)
      throw new ClocksApart(`the clock of this process is ${aheadMs} ms ahead of the store's`);
  }

  #flush(flush: RunFlush): FlushAnswer {
    const row = this.#row(flush.runId);
    if (row.epoch === flush.epoch && row.flushed >= flush.number) return { kind: "written" };
    const lapsed = row.claimableAt === null || row.claimableAt <= flush.at;
    if (row.owner === null || row.epoch !== flush.epoch || lapsed) return { kind: "fenced" };
    const unseen = row.controls.filter(({ number }) => number > flush.controlSeen);
    const starts = flush.events.some(({ event }) => event.kind === "attempt.started");
    if (starts && unseen.length > 0) return { kind: "control", controls: unseen };
    if (flush.spendPlan) {
      if (row.plan !== "approved") return { kind: "not-approved" };
      row.plan = "spent";
    }
    for (const { actor, event } of flush.events)
      row.events.push(structuredClone({ at: flush.at, actor, event }));
    const begins = row.status === "queued" && flush.status !== "queued";
    row.status = flush.status;
    row.flushed = flush.number;
    row.controlSeen = Math.max(row.controlSeen, flush.controlSeen);
    if (flush.release || isFinal(flush.status)) row.owner = null;
    if (isFinal(flush.status)) row.claimableAt = null;
    else if (flush.release) row.claimableAt = unseen.length > 0 ? flush.at : flush.wakeAt;
    if (isFinal(flush.status)) this.#leaveLines(row);
    else if (flush.release) this.#wakeFree([row]);
    if (begins && !isFinal(flush.status)) this.#showLine(row);
    this.notices.push(...flush.notices);
    this.flushes += 1;
    return { kind: "written" };
  }

  /** Those before it in a line, first come first, for each of its keys that has any. */
  #before(row: Row): readonly { readonly key: string; readonly ahead: readonly Row[] }[] {
    const earlier = [...this.#rows.values()];
    earlier.splice(earlier.indexOf(row));
    return [...row.locks].toSorted().flatMap((key) => {
      const ahead = earlier.filter(({ locks }) => locks.has(key));
      return ahead.length === 0 ? [] : [{ key, ahead }];
    });
  }

  #lockWait(row: Row): LockWait | null {
    const [first] = this.#before(row);
    const [holder] = first?.ahead ?? [];
    if (first === undefined || holder === undefined) return null;
    return { key: first.key, holder: lockHolder(holder), ahead: first.ahead.length };
  }

  #takeLocks(row: Row, epoch: number, keys: readonly string[]): LockAnswer {
    if (row.owner === null || row.epoch !== epoch) return { kind: "fenced" };
    const order = [...this.#rows.values()];
    for (const key of [...keys].toSorted()) {
      const other = order.find(
        (one) =>
          one !== row &&
          one.locks.has(key) &&
          (order.indexOf(one) < order.indexOf(row) || this.#before(one).length === 0),
      );
      if (other !== undefined) return { kind: "held-by", key, holder: lockHolder(other) };
    }
    for (const key of keys) row.locks.add(key);
    return { kind: "taken" };
  }

  #leaveLines(row: Row): void {
    const left = row.locks;
    row.locks = new Set();
    const others = [...this.#rows.values()].filter(
      ({ locks, status }) => status === "queued" && [...locks].some((key) => left.has(key)),
    );
    this.#wakeFree(others);
    this.#show(others);
  }

  /** Those behind a run that starts: what they wait for is held now. */
  #showLine(row: Row): void {
    this.#show(
      [...this.#rows.values()].filter(
        (one) =>
          one.status === "queued" && this.#before(one).some(({ ahead }) => ahead.includes(row)),
      ),
    );
  }

  #show(rows: readonly Row[]): void {
    for (const { header } of rows) this.notices.push({ kind: "run-progress", runId: header.runId });
  }

  #wakeFree(rows: readonly Row[]): void {
    for (const row of rows) {
      const asleep = row.status === "queued" && row.owner === null && row.claimableAt === null;
      if (asleep && row.locks.size > 0 && this.#before(row).length === 0) row.claimableAt = 0;
    }
  }

  #row(runId: string): Row {
    const row = this.#rows.get(runId);
    if (row === undefined) throw new Error(`there is no run ${runId}`);
    return row;
  }
}

function claim(row: Row, owner: string, leaseUntil: Instant): ClaimedRun {
  row.owner = owner;
  row.epoch += 1;
  row.flushed = 0;
  row.claimableAt = leaseUntil;
  const controls = row.controls.filter(({ number }) => number > row.controlSeen);
  const { epoch, controlSeen, events } = row;
  return { ...row.header, epoch, leaseUntil, controlSeen, events: [...events], controls };
}

function lockHolder({ header, status }: Row): LockHolder {
  const { runId, planId, plan, conversation } = header;
  return { runId, planId, title: plan.title, status, permalink: conversation.permalink };
}

function view({ header, status, owner, events }: Row): RunView {
  return { ...header, status, owner, emergency: false, events: [...events] };
}
