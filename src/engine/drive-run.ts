// Drives one claimed run until it has ended, is blocked on a person or a timer, or the lease is gone. Decides
// nothing itself: next-moves.ts says what comes next, run-calls.ts acts, run-journal.ts writes.
//
// One turn: hear what people ask, take in what settled, see what comes next, write it down, then act. The
// outcome of one call and the intent of the next are written together.

import { Alarm } from "./alarm.ts";
import { carryOut } from "./carry-out.ts";
import { CallClearance } from "./call-clearance.ts";
import type { ClearancePorts } from "./call-clearance.ts";
import { RunCalls } from "./run-calls.ts";
import type { RunCallPorts } from "./run-calls.ts";
import { holdDue, nextDue } from "./when-due.ts";
import type { Move } from "./move.ts";
import type { ReadyAttempt } from "./prepare-attempt.ts";
import type { ControlRequest } from "./run.ts";
import { RunJournal } from "./run-journal.ts";
import type { RunOutput } from "./run-output.ts";
import { CorruptLog } from "./corrupt-log.ts";
import type { RunState } from "./run-state.ts";
import type { ClaimedRun, NumberedControl, RunStore } from "./run-store.ts";
import { StartClearance } from "./start-clearance.ts";
import type { StartClearancePorts } from "./start-clearance.ts";
import { openedEvent, StepApprovals } from "./step-approvals.ts";
import type { DecideApproval } from "./step-approvals.ts";
import { earlier } from "./time.ts";
import type { Instant } from "./time.ts";

export type DrivePorts = RunCallPorts &
  ClearancePorts &
  StartClearancePorts & {
    readonly runs: RunStore;
    readonly output: RunOutput;
    /** What the votes on a step's approval come to; null: it can't be told now. */
    readonly decideApproval: DecideApproval;
    /** Tells those who run Countersign of a failure that nobody in the thread can act on. */
    readonly report: (error: unknown) => void;
  };

/** The driver's hold on its run, kept by the worker. */
export type Lease = {
  /** Aborts when the run is not ours any more: everything stops and nothing is written. */
  readonly lost: AbortSignal;
  /** Aborts when this process is to stop: what runs may finish, nothing new starts. */
  readonly stopping: AbortSignal;
  /** Aborts when this process may not wait any longer for what runs. */
  readonly abandon: AbortSignal;
  /** False once it is lost, and while it has not been renewed for too long: somebody else may own the run. */
  readonly mayStart: () => boolean;
};

/** How a drive came to its end. `released`: given back because this process stops. */
export type DriveEnd =
  | { readonly kind: "ended" | "fenced" | "released" }
  | { readonly kind: "blocked"; readonly wakeAt: Instant | null };

/** A shorter wait is waited out; for a longer one the run is given back with a timer. */
const LONGEST_NAP_MS = 1_000;
/** New output alone is shown this often. */
const OUTPUT_EVERY_MS = 3_000;
const ONE_DAY_MS = 86_400_000;
const NOT_APPROVED =
  "It was not started: when it was about to, its plan was no longer approved (expired, edited, withdrawn or started before).";

export class RunDrive {
  readonly #ports: DrivePorts;
  readonly #run: ClaimedRun;
  readonly #lease: Lease;
  readonly #alarm: Alarm;
  readonly #journal: RunJournal;
  readonly #calls: RunCalls;
  readonly #clearance: StartClearance;
  readonly #approvals: StepApprovals;
  #asked = false;
  #outputSince: Instant | null = null;

  /** @throws {CorruptLog} */
  constructor(ports: DrivePorts, run: ClaimedRun, lease: Lease) {
    this.#ports = ports;
    this.#run = run;
    this.#lease = lease;
    this.#alarm = new Alarm(ports.clock);
    this.#journal = new RunJournal(ports, run, lease.lost);
    const nudge = (): void => this.nudge();
    this.#approvals = new StepApprovals(ports, run, this.#journal, nudge);
    this.#clearance = new StartClearance(ports, run, this.#journal, nudge);
    const { runId, plan } = run;
    this.#calls = new RunCalls(ports, {
      runId,
      plan,
      journal: this.#journal,
      openOutput: (of) => ports.output.open(runId, of, () => this.#hasOutput()),
      givenUp: AbortSignal.any([lease.lost, lease.abandon]),
      onLanding: nudge,
      mayAct: () => lease.mayStart(),
      clearance: new CallClearance(ports, run, () => this.#state.overridden),
    });
  }

  /** How far it came: the last control request that what was written accounts for, and the flushes that were tried. */
  get progress(): { readonly heard: number; readonly flushes: number } {
    return { heard: this.#journal.seenWritten, flushes: this.#journal.flushes };
  }

  /** Somebody asked something of this run. */
  hear(): void {
    this.#asked = true;
    this.nudge();
  }

  /** Something changed: look again. */
  nudge(): void {
    this.#alarm.ring();
  }

  /** @throws a defect; what runs is stopped first and nothing more is written. */
  async drive(): Promise<DriveEnd> {
    const nudge = (): void => this.nudge();
    const signals = [this.#lease.lost, this.#lease.stopping, this.#lease.abandon];
    for (const signal of signals) signal.addEventListener("abort", nudge);
    try {
      this.#carryOut(this.#run.controls);
      for (;;) {
        const end = await this.#turn();
        if (end !== null) return end;
      }
    } finally {
      for (const signal of signals) signal.removeEventListener("abort", nudge);
      this.#calls.stopAll("worker", "Its worker gave the run up");
      await this.#calls.settled();
    }
  }

  async #turn(): Promise<DriveEnd | null> {
    if (this.#lease.lost.aborted) return { kind: "fenced" };
    await this.#listen();
    this.#calls.land();
    // Whatever is due after this is looked at in this turn or rings for the next one.
    const since = this.#now();
    this.#stopWhatMust(since);
    let blocked = this.#advance();
    while (this.#calls.dropStaleIntents(!this.#mayStart())) blocked = this.#advance();
    this.#clearance.forget();
    // What was noted may stop what runs, and so may the time that passed.
    const now = this.#now();
    this.#stopWhatMust(now);
    if (this.#state.endedAt !== null) return this.#leave({ kind: "ended" });
    if (this.#lease.stopping.aborted && this.#calls.quiet) return this.#leave({ kind: "released" });
    if (blocked !== null && (blocked.until === null || blocked.until - now > LONGEST_NAP_MS)) {
      return this.#leave({ kind: "blocked", wakeAt: blocked.until });
    }
    this.#showOutput();
    if (this.#journal.begun) this.#calls.launchReads();
    const intents = this.#calls.takeIntents();
    const newsDueAt = this.#journal.newsDueAt(now);
    if (intents.length > 0 || (this.#journal.hasNews && newsDueAt === null))
      return this.#write(intents);
    await this.#alarm.wait(this.#untilNext(since, blocked?.until ?? null, newsDueAt));
    return null;
  }

  /** Takes in what people asked since. */
  async #listen(): Promise<void> {
    if (!this.#asked) return;
    this.#asked = false;
    try {
      this.#carryOut(await this.#ports.runs.controls(this.#run.runId, this.#journal.seen));
    } catch (error) {
      // They are not lost: the worker asks again within a second, and no attempt gets past them.
      this.#ports.report(error);
    }
  }

  #carryOut(controls: readonly NumberedControl[]): void {
    for (const { number, request } of controls) {
      if (number <= this.#journal.seen) continue;
      this.#take(request);
      this.#journal.saw(number);
    }
  }

  /** A request that does not fit after all must not stand in the way of those that come after it. */
  #take(request: ControlRequest): void {
    const { kind, by } = request;
    try {
      for (const event of carryOut(this.#state, request)) this.#journal.note(event, by);
    } catch (error) {
      if (!(error instanceof CorruptLog)) throw error;
      this.#ports.report(error);
      const reason = "It does not fit where the run stands.";
      this.#journal.note({ kind: "run.control-refused", request: kind, reason, by }, by);
    }
  }

  #stopWhatMust(now: Instant): void {
    if (this.#lease.abandon.aborted) this.#stopAll("worker", "Its worker was stopped");
    const reason = this.#journal.schedule.mustStop(now);
    if (reason !== null) this.#stopAll("run", `It was stopped: ${reason}`);
  }

  #stopAll(why: "run" | "worker", message: string): void {
    this.#calls.stopAll(why, message);
    this.#calls.forgetUnsent(why);
  }

  /**
   * Notes all that follows from what is known and makes ready what may start. Null: something is under way. Waits for
   * nobody, so that control, stops and time limits are never late.
   */
  #advance(): { readonly until: Instant | null } | null {
    if (!this.#mayStart()) return null;
    for (;;) {
      this.#resolveLost();
      this.#approvals.settle();
      const { asking } = this.#approvals;
      const moves = this.#journal.schedule.next(this.#now(), this.#calls.busy(), asking);
      if (this.#ask(moves)) continue;
      const starts = moves.filter((move) => move.kind === "start");
      const [move] = moves;
      if (starts.length > 0) {
        const cleared = this.#clearance.cleared(starts, (stepId) => this.#calls.step(stepId));
        if (cleared === null) return null;
        for (const { call, attempt } of cleared) this.#calls.start(call, attempt);
      } else if (move === undefined)
        return this.#waits() && this.#calls.quiet
          ? { until: holdDue(this.#state, this.#run.plan) }
          : null;
      else if (move.kind === "wait") {
        if (asking.size > 0 && !this.#waits()) return null;
        return { until: earlier(move.until, this.#approvals.dueAt) };
      } else if (move.kind === "record") this.#journal.note(move.event);
      else {
        const begun = this.#clearance.begin();
        if (begun !== "noted") return begun;
      }
    }
  }

  /** Asks people, unless the step is left out anyway. Answers whether anything was noted. */
  #ask(moves: readonly Move[]): boolean {
    const asks = moves.filter((move) => move.kind === "ask");
    for (const { stepId, what } of asks) {
      const without = this.#calls.leftOut(stepId);
      if (without !== null) this.#journal.note(without);
      else this.#journal.note(openedEvent(this.#calls.step(stepId), what, this.#now()));
    }
    return asks.length > 0;
  }

  /** What a lost worker left is finished like what runs here, but nothing is repeated while the run is paused or held. */
  #resolveLost(): void {
    if (!this.#calls.hasLost || this.#waits()) return;
    if (this.#state.canceledBy === null && this.#clearance.heldAnyway()) return;
    this.#calls.resolveLost();
  }

  #mayStart(): boolean {
    return !this.#lease.stopping.aborted && this.#lease.mayStart();
  }

  #waits(): boolean {
    return this.#state.status === "held" || this.#state.status === "paused";
  }

  /** Writes what is new, then acts on what was written. */
  async #write(intents: readonly ReadyAttempt[]): Promise<DriveEnd | null> {
    this.#clearance.written(intents.length > 0);
    const answer = await this.#journal.flush(intents, null);
    switch (answer.kind) {
      case "written":
        for (const ready of intents) this.#calls.launch(ready);
        return null;
      case "fenced":
        return { kind: "fenced" };
      case "control":
        this.#calls.dropIntents(intents);
        this.#carryOut(answer.controls);
        return null;
      case "not-approved":
        this.#journal.note({ kind: "run.canceled", reason: NOT_APPROVED, leftovers: [] });
        return null;
    }
  }

  /** Gives the run back with everything that is known of it. */
  async #leave(end: DriveEnd): Promise<DriveEnd | null> {
    const wakeAt =
      end.kind === "blocked" ? end.wakeAt : end.kind === "released" ? this.#now() : null;
    const answer = await this.#journal.flush([], { wakeAt });
    switch (answer.kind) {
      case "written":
        return end;
      case "fenced":
        return { kind: "fenced" };
      case "control":
        // It told of reads that had begun before anybody asked. What is asked still counts.
        this.#carryOut(answer.controls);
        return null;
      case "not-approved":
        this.#journal.note({ kind: "run.canceled", reason: NOT_APPROVED, leftovers: [] });
        return null;
    }
  }

  /** Milliseconds until something is due by itself. What was due at `since` waits for something else. */
  #untilNext(since: Instant, until: Instant | null, newsDueAt: Instant | null): number {
    const dues = [
      until,
      newsDueAt,
      nextDue(this.#state, this.#run.plan, since),
      this.#approvals.dueAt,
    ];
    if (this.#outputSince !== null) dues.push(this.#outputSince + OUTPUT_EVERY_MS);
    const now = this.#now();
    const delays = dues.flatMap((due) => (due === null || due <= since ? [] : [due - now]));
    return Math.max(0, Math.min(ONE_DAY_MS, ...delays));
  }

  #hasOutput(): void {
    if (this.#outputSince !== null) return;
    this.#outputSince = this.#now();
    this.nudge();
  }

  /** Has new output shown when it is time. */
  #showOutput(): void {
    if (this.#outputSince === null || this.#now() < this.#outputSince + OUTPUT_EVERY_MS) return;
    this.#outputSince = null;
    this.#journal.notify({ kind: "run-progress", runId: this.#run.runId });
  }

  #now(): Instant {
    return this.#ports.clock.now();
  }

  get #state(): RunState {
    return this.#journal.schedule.state;
  }
}
