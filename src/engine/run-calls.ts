// The calls of a driven run: makes them ready, launches them once they are written down, and records what came
// of them. Decides neither order nor time.

import { askTarget, runAttempt, stoppedFromOutside } from "./attempt.ts";
import type { Outcome, RunningAttempt } from "./attempt.ts";
import { CallCaptures } from "./call-captures.ts";
import type { CapturePorts, OpenOutput } from "./call-captures.ts";
import type { CallClearance } from "./call-clearance.ts";
import { CallLimits } from "./call-limits.ts";
import type { LimitPorts } from "./call-limits.ts";
import { CallLookup } from "./call-lookup.ts";
import type { Failure } from "./failure.ts";
import { Flights } from "./flights.ts";
import type { Landing } from "./flights.ts";
import { LOST_WORKER, LostAttempts } from "./lost-attempts.ts";
import { makeCall } from "./make-call.ts";
import { callKey } from "./notice.ts";
import type { Registry } from "./operation.ts";
import type { Plan, PlanStep } from "./plan.ts";
import { conditionsOf, leftOut } from "./prepare-attempt.ts";
import type { Prepared, ReadyAttempt } from "./prepare-attempt.ts";
import { readsOutput } from "./reads-output.ts";
import type { CallRef, RunEvent } from "./run.ts";
import type { RunJournal } from "./run-journal.ts";
import type { AttemptOutput } from "./run-output.ts";
import { overdue } from "./step-deadline.ts";
import { checked, failedEvent, settledEvent } from "./settle-attempt.ts";
import type { Timings } from "./timings.ts";

export type RunCallPorts = CapturePorts &
  LimitPorts & {
    readonly registry: Registry;
    readonly timings: Pick<Timings, "note">;
  };

export type RunCallSettings = {
  readonly runId: string;
  readonly plan: Plan;
  readonly journal: RunJournal;
  readonly openOutput: OpenOutput;
  /** Ends waiting for output to be kept. */
  readonly givenUp: AbortSignal;
  readonly onLanding: () => void;
  readonly clearance: CallClearance;
  /** False while the run may be somebody else's by now. */
  readonly mayAct: () => boolean;
};

const NOT_SENT: Failure = {
  category: "temporary",
  code: "NOT_SENT",
  message: "It was stopped before it was sent.",
  acted: false,
};

const NOTHING_MORE = { after: null, output: "" } as const;

export class RunCalls {
  readonly #ports: RunCallPorts;
  readonly #settings: RunCallSettings;
  readonly #flights: Flights;
  readonly #lookup: CallLookup;
  readonly #lost: LostAttempts;
  readonly #captures: CallCaptures;
  readonly #limits: CallLimits;
  #intents: ReadyAttempt[] = [];
  /** Written down, but not begun: it was not certain any more that the run is ours. */
  #unsent: ReadyAttempt[] = [];
  #readsOutput: boolean | null = null;

  constructor(ports: RunCallPorts, settings: RunCallSettings) {
    this.#ports = ports;
    this.#settings = settings;
    this.#flights = new Flights(settings.onLanding);
    this.#lookup = new CallLookup(settings.runId, settings.plan, settings.journal);
    this.#lost = new LostAttempts(ports, this.#lookup, settings.journal);
    this.#captures = new CallCaptures(ports, settings.runId, settings.openOutput);
    this.#limits = new CallLimits(ports, settings.plan, this.#lookup);
  }

  /** Nothing is under way and nothing waits to be written down. */
  get quiet(): boolean {
    return this.#flights.size === 0 && this.#intents.length === 0 && this.#unsent.length === 0;
  }

  /** A lost worker left attempts without an outcome. */
  get hasLost(): boolean {
    return this.#lost.any;
  }

  /** Keys of the calls that are being started and whose intent is not yet written. */
  busy(): ReadonlySet<string> {
    return new Set([
      ...this.#flights.preparing(),
      ...this.#intents.map(({ call }) => callKey(call)),
    ]);
  }

  /** What keeps the step from being asked about, by its condition; null: nothing does. */
  leftOut(stepId: string): RunEvent | null {
    const without = this.#leftOut(stepId);
    if (without === null) return null;
    if (without.kind === "skip") return { kind: "step.skipped", stepId, reason: without.reason };
    const call: CallRef = { phase: "forward", stepId };
    const attempt = this.#lookup.call(call).attempt + 1;
    return failedEvent({ call, attempt }, without.failure, 0, {
      ...this.#limits.retryRule(call),
      policy: null,
    });
  }

  /** Asked once: that the conditions hold is recorded, and stands for all that the step still does. */
  #leftOut(stepId: string): ReturnType<typeof leftOut> {
    const { journal } = this.#settings;
    const conditions = conditionsOf(this.step(stepId));
    if (conditions.length === 0 || this.#lookup.state.steps.get(stepId)?.admitted === true)
      return null;
    const without = leftOut(stepId, conditions, journal.scope);
    if (without !== null) return without;
    const sources = conditions.map(({ source }) => source);
    // Nothing follows from it before something is written, which then takes it along.
    journal.noteRead({ kind: "step.admitted", stepId, conditions: sources });
    return null;
  }

  step(stepId: string): PlanStep {
    return this.#lookup.step(stepId);
  }

  /** Hands over what is ready to be written down. */
  takeIntents(): readonly ReadyAttempt[] {
    const intents = this.#intents;
    this.#intents = [];
    return intents;
  }

  /** Begins what only reads: should it be lost, it is done again, so its intent is written with what came of it. */
  launchReads(): void {
    const intents = this.#intents;
    this.#intents = intents.filter((ready) => !onlyReads(ready));
    for (const ready of intents) {
      if (!onlyReads(ready)) continue;
      this.#settings.journal.begin(ready);
      this.launch(ready);
    }
  }

  /**
   * Lets go of intents that may not be written any more: the run was paused, held, canceled or turned back since
   * they were made ready. Answers whether there were any. @param nothing nothing may start now.
   */
  dropStaleIntents(nothing: boolean): boolean {
    const stale = this.#intents.filter(
      ({ call, repeat }) => nothing || !this.#lookup.mayStart(call, repeat),
    );
    if (stale.length === 0) return false;
    this.#intents = this.#intents.filter((ready) => !stale.includes(ready));
    this.dropIntents(stale);
    return true;
  }

  /** The intents were not written: they are made ready anew when they may start. */
  dropIntents(intents: readonly ReadyAttempt[]): void {
    for (const { call, repeat } of intents) {
      this.#settings.clearance.dropped(call);
      if (repeat > 0) this.#lost.add(call);
    }
  }

  /** Makes a call ready: at once, or after the state before was read. */
  start(call: CallRef, attempt: number): void {
    const begins = call.phase === "before" || call.phase === "forward";
    const without = begins ? this.#leftOut(call.stepId) : null;
    if (without !== null) return this.#prepared(call, attempt, without);
    const controller = new AbortController();
    const prepared = makeCall(this.#ports, {
      ...this.#lookup.place(call),
      attempt,
      scope: this.#settings.journal.scope,
      capture: (operation, input, by) =>
        this.#captures.before(operation, input, { ...by, call, attempt, controller }),
      clear: this.#settings.clearance.clear,
    });
    if (!(prepared instanceof Promise)) return this.#prepared(call, attempt, prepared);
    this.#flights.launch(callKey(call), "prepared", controller, async () => ({
      kind: "prepared",
      call,
      attempt,
      prepared: await prepared,
    }));
  }

  /**
   * Acts: its intent has been written down. Writing may have taken long enough for somebody else to own the run:
   * then it waits until the lease is renewed, or is left to whoever owns the run now.
   */
  launch(ready: ReadyAttempt): void {
    if (!this.#settings.mayAct()) {
      this.#unsent.push(ready);
      return;
    }
    const controller = new AbortController();
    const output = this.#settings.openOutput(ready);
    const inTime = this.#limits.inTime(ready);
    this.#flights.launch(callKey(ready.call), "outcome", controller, async () => {
      const startedAt = this.#ports.clock.now();
      const outcome =
        inTime === null
          ? this.#tooLate(ready)
          : await runAttempt(this.#running(inTime, controller, output));
      const durationMs = this.#ports.clock.now() - startedAt;
      const after =
        outcome.kind === "succeeded"
          ? await this.#captures.after(ready, this.step(ready.call.stepId), controller)
          : null;
      this.#settings.clearance.settled(ready.call, outcome, stoppedFromOutside(controller.signal));
      // The final message shows the last lines, so they are kept before the outcome is.
      await output.kept(this.#settings.givenUp);
      return { kind: "outcome", ready, outcome, durationMs, after, output: output.tail() };
    });
  }

  /** Records what has settled since the last call, and begins what had to wait. */
  land(): void {
    const unsent = this.#unsent;
    this.#unsent = [];
    for (const ready of unsent) this.launch(ready);
    for (const landing of this.#flights.landings()) this.#land(landing);
  }

  /** `run`: the run stops it, its outcome counts. `worker`: this process gives it up. */
  stopAll(why: "run" | "worker", message: string): void {
    this.#flights.stopAll(why, message);
  }

  /** Records that what was written down and not begun is not going to be, for the same reasons. */
  forgetUnsent(why: "run" | "worker"): void {
    const outcome: Outcome = { kind: "failed", failure: NOT_SENT, again: why === "worker" };
    for (const ready of this.#unsent) {
      this.#settings.clearance.dropped(ready.call);
      const event = settledEvent(ready, outcome, 0, this.#limits.retryRule(ready.call));
      if (event !== null) this.#note(ready, event, "");
    }
    this.#unsent = [];
  }

  async settled(): Promise<void> {
    await this.#flights.settled();
  }

  /** Repeats what may be repeated of what a lost worker left, and asks targets that can be asked. */
  resolveLost(): void {
    for (const { kind, ready } of this.#lost.remedies()) {
      if (kind === "repeat") this.#intents.push(ready);
      else this.#askTarget(ready);
    }
  }

  #askTarget(ready: ReadyAttempt): void {
    const controller = new AbortController();
    const running = this.#running(ready, controller, this.#settings.openOutput(ready));
    this.#flights.launch(callKey(ready.call), "probed", controller, async () => ({
      kind: "probed",
      ready,
      outcome: await askTarget(running, LOST_WORKER),
    }));
  }

  #land(landing: Landing): void {
    if (landing.kind === "prepared") {
      // What was still being made ready when the run was stopped or turned back was never begun.
      if (this.#lookup.mayStart(landing.call))
        this.#prepared(landing.call, landing.attempt, landing.prepared);
      else this.#settings.clearance.dropped(landing.call);
      return;
    }
    const { ready, outcome } = landing;
    if (landing.kind === "probed" && outcome.kind === "failed") {
      const again = this.#lost.didNotHappen(ready.call, outcome.failure);
      if (again !== null) this.#intents.push(again);
      return;
    }
    const checks = ready.call.phase === "forward" ? this.step(ready.call.stepId).check : [];
    const result = outcome.kind === "succeeded" ? outcome.result : null;
    const effect = ready.operation.effect(ready.input);
    const { scope } = this.#settings.journal;
    const event = settledEvent(
      ready,
      checked(outcome, checks, effect, () => scope.scope(this.step(ready.call.stepId), result)),
      landing.kind === "outcome" ? landing.durationMs : 0,
      this.#limits.retryRule(ready.call),
    );
    if (event === null) return;
    this.#time(ready, event);
    const { after, output } = landing.kind === "outcome" ? landing : NOTHING_MORE;
    this.#note(
      ready,
      after !== null && event.kind === "attempt.succeeded" ? { ...event, after } : event,
      output,
    );
  }

  /** A success is timed from its first attempt on: waiting for a target to be well takes as long as it takes. */
  #time({ call, operation }: ReadyAttempt, event: RunEvent): void {
    const since = this.#settings.journal.times.since(call);
    if (event.kind === "attempt.succeeded" && since !== null)
      this.#ports.timings.note(operation.name, this.#ports.clock.now() - since);
  }

  #note(ready: ReadyAttempt, settled: RunEvent, output: string): void {
    const event =
      settled.kind === "attempt.succeeded" && output !== "" && this.#keepsOutput()
        ? { ...settled, output }
        : settled;
    if (onlyReads(ready)) this.#settings.journal.noteRead(event);
    else this.#settings.journal.note(event);
  }

  /** Looked for only once something was written: most plans never do. */
  #keepsOutput(): boolean {
    this.#readsOutput ??= readsOutput(this.#settings.plan);
    return this.#readsOutput;
  }

  #prepared(call: CallRef, attempt: number, prepared: Prepared): void {
    const { journal } = this.#settings;
    switch (prepared.kind) {
      case "ready":
        this.#intents.push(prepared.attempt);
        return;
      case "skip":
        return journal.note({ kind: "step.skipped", stepId: call.stepId, reason: prepared.reason });
      case "nothing-to-undo":
        return journal.note({ kind: "step.rolled-back", stepId: call.stepId, calls: 0 });
      case "delayed": {
        const { target, until, openedAt } = prepared;
        return journal.note({ kind: "step.delayed", call, target, until, openedAt });
      }
      case "held":
        this.#settings.clearance.dropped(call);
        return journal.note({ ...prepared, kind: "run.held" });
      case "failed":
        this.#settings.clearance.failed(call, prepared.failure);
        return journal.note(
          failedEvent({ call, attempt }, prepared.failure, 0, this.#limits.retryRule(call)),
        );
    }
  }

  #running(
    ready: ReadyAttempt,
    controller: AbortController,
    { write }: AttemptOutput,
  ): RunningAttempt {
    const { clock, limits } = this.#ports;
    return { ready, clock, limits, controller, output: write };
  }

  /** Writing it down took too long, or what its lost worker began is not to be repeated so late. */
  #tooLate({ call, operation }: ReadyAttempt): Outcome {
    this.#settings.clearance.dropped(call);
    const { deadlineMs } = this.step(call.stepId);
    const failure = overdue(deadlineMs ?? operation.defaultTimeoutMs, null);
    return { kind: "failed", failure, again: false };
  }
}

/** Nobody can tell whether it ran: once, twice, or not at all. */
function onlyReads({ operation, input, repeat }: ReadyAttempt): boolean {
  return (
    repeat === 0 &&
    operation.risk(input) === "read-only" &&
    operation.effect(input) === "idempotent"
  );
}
