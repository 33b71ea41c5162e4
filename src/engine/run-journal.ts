// A claimed run's state and the facts about it that are not yet written: applied at once, written with the
// next flush, thrown away with the lease. Every write of a driven run goes through here.

import { ENGINE } from "./identity.ts";
import type { Actor } from "./identity.ts";
import { CallTimes } from "./call-times.ts";
import { flushCertainly } from "./flush-run.ts";
import type { Hold } from "./hold.ts";
import { LiveScope } from "./live-scope.ts";
import { Schedule } from "./next-moves.ts";
import { callKey, noticeKey } from "./notice.ts";
import type { Notice } from "./notice.ts";
import type { ReadyAttempt } from "./prepare-attempt.ts";
import { endsRun } from "./run.ts";
import type { RecordedRunEvent, RunEvent, RunStatus } from "./run.ts";
import type { Delay, RunState } from "./run-state.ts";
import type { ClaimedRun, FlushAnswer, RunHeader, RunStore } from "./run-store.ts";
import type { Clock, Instant } from "./time.ts";
import { WaitingNotices } from "./waiting-notices.ts";

/** How long facts that nobody waits for (reads) may stay unwritten, so that they share a write, in milliseconds. */
const PATIENCE_MS = 250;

export type JournalPorts = {
  readonly runs: RunStore;
  readonly clock: Clock;
  readonly report: (error: unknown) => void;
};

export class RunJournal {
  readonly #ports: JournalPorts;
  readonly #header: RunHeader;
  readonly #epoch: number;
  readonly #lost: AbortSignal;
  readonly #waiting: WaitingNotices;
  #schedule: Schedule;
  readonly scope: LiveScope;
  readonly times = new CallTimes();
  /** Of the flushes of this claim, each sent until its answer is certain. */
  #flushes = 0;
  /** What was recorded before the start, to go back to when the start itself is refused. */
  #beforeStart: RecordedRunEvent[] | null = [];
  #facts: RecordedRunEvent[] = [];
  #notices = new Map<string, Notice>();
  #spendPlan = false;
  /** When the facts must be written at the latest; null: there are none. */
  #dueAt: Instant | null = null;
  #seen: number;
  #seenWritten: number;

  constructor(ports: JournalPorts, run: ClaimedRun, lost: AbortSignal) {
    this.#ports = ports;
    this.#header = run;
    this.#epoch = run.epoch;
    this.#lost = lost;
    this.#waiting = new WaitingNotices(run.runId);
    this.#schedule = new Schedule(run.plan);
    this.scope = new LiveScope(run);
    this.#seen = run.controlSeen;
    this.#seenWritten = run.controlSeen;
    for (const recorded of run.events) this.#apply(recorded);
    if (this.schedule.state.startedAt === null) this.#beforeStart = [...run.events];
    else this.#beforeStart = null;
  }

  get schedule(): Schedule {
    return this.#schedule;
  }

  /** Number of the newest control request that the facts account for. */
  get seen(): number {
    return this.#seen;
  }

  /** The same for the facts that are written. */
  get seenWritten(): number {
    return this.#seenWritten;
  }

  /** How many flushes were tried. */
  get flushes(): number {
    return this.#flushes;
  }

  saw(control: number): void {
    this.#seen = Math.max(this.#seen, control);
    this.hurry();
  }

  /** What is new is written at once. */
  hurry(): void {
    this.#dueAt = 0;
  }

  /** The run's start has been written, and with it that its approval is spent. */
  get begun(): boolean {
    return this.#beforeStart === null;
  }

  /** When what is new must be written; null: nothing is, or it was due before. */
  newsDueAt(now: Instant): Instant | null {
    return this.#dueAt !== null && this.#dueAt > now ? this.#dueAt : null;
  }

  /** Something would be lost if it were not written. */
  get hasNews(): boolean {
    return this.#facts.length > 0 || this.#notices.size > 0 || this.#seen > this.#seenWritten;
  }

  /** Takes a fact in: the state moves at once. @throws {CorruptLog} */
  note(event: RunEvent, actor: Actor = ENGINE): void {
    this.hurry();
    this.#take(event, actor);
  }

  /** Takes in a fact about a call that only reads: losing it costs reading again, so it may wait for others. */
  noteRead(event: RunEvent): void {
    this.#dueAt ??= this.#ports.clock.now() + PATIENCE_MS;
    this.#take(event, ENGINE);
  }

  /** A call that only reads begins before its intent is written. */
  begin(ready: ReadyAttempt): void {
    this.noteRead(startedEvent(ready));
  }

  #take(event: RunEvent, actor: Actor): void {
    const asked = new Map(this.schedule.state.questions);
    const delayed = [...this.schedule.state.delayed];
    const waited = new Map(this.schedule.state.waiting);
    const stillHeld = event.kind === "run.held" && isKnown(event, this.schedule.state);
    const recorded: RecordedRunEvent = { at: this.#ports.clock.now(), actor, event };
    this.#apply(recorded);
    this.#facts.push(recorded);
    if (event.kind === "run.started") this.#spendPlan = true;
    if (!stillHeld) for (const notice of noticesOf(this.#header, event)) this.notify(notice);
    for (const notice of this.#waiting.changed(event, waited, this.schedule.state.waiting))
      this.notify(notice);
    const { runId } = this.#header;
    for (const [key, delay] of delayed)
      if (!this.schedule.state.delayed.has(key)) this.notify(breakerNotice(runId, delay));
    for (const [key, question] of this.schedule.state.questions) {
      if (!asked.has(key))
        this.notify({
          kind: "run-question",
          runId,
          call: question.call,
          attempt: question.attempt,
        });
    }
    for (const [key, question] of asked) {
      if (this.schedule.state.questions.has(key)) continue;
      this.notify({ kind: "run-question", runId, call: question.call, attempt: question.attempt });
    }
  }

  notify(notice: Notice): void {
    this.#dueAt ??= 0;
    this.#notices.set(noticeKey(notice), notice);
  }

  /**
   * Writes the facts, and these intents unless a control request came in between. After `written` the intents
   * are part of the state; after `control` and `not-approved` nothing was written.
   */
  async flush(
    intents: readonly ReadyAttempt[],
    release: { readonly wakeAt: Instant | null } | null,
  ): Promise<FlushAnswer> {
    const { runId } = this.#header;
    const started = intents.map((ready): RecordedRunEvent => ({
      at: 0,
      actor: ENGINE,
      event: startedEvent(ready),
    }));
    const events = [...this.#facts, ...started];
    for (const { call } of intents) {
      const delay = this.schedule.state.delayed.get(callKey(call));
      if (delay !== undefined) this.notify(breakerNotice(runId, delay));
    }
    if (events.length > 0) this.notify({ kind: "run-progress", runId });
    const at = this.#ports.clock.now();
    const status = this.#statusWith(intents);
    const seen = this.#seen;
    this.#flushes += 1;
    const answer = await flushCertainly({
      ...this.#ports,
      lost: this.#lost,
      flush: {
        runId,
        epoch: this.#epoch,
        number: this.#flushes,
        at,
        events: events.map(({ actor, event }) => ({ actor, event })),
        status,
        wakeAt: release?.wakeAt ?? null,
        controlSeen: seen,
        release: release !== null,
        spendPlan: this.#spendPlan,
        notices: [...this.#notices.values()],
      },
    });
    if (answer.kind === "not-approved") this.#forgetStart();
    if (answer.kind !== "written") return answer;
    this.#seenWritten = seen;
    this.#beforeStart?.push(...this.#facts);
    if (this.schedule.state.startedAt !== null) this.#beforeStart = null;
    this.#clear();
    for (const recorded of started) this.#apply({ ...recorded, at });
    return answer;
  }

  /** What waited only for people runs again once a call of it starts. */
  #statusWith(intents: readonly ReadyAttempt[]): RunStatus {
    const { status, questions } = this.schedule.state;
    const waits = status === "waiting-approval" || status === "waiting-answer";
    return waits && questions.size === 0 && intents.length > 0 ? "running" : status;
  }

  /** The plan may not start any more: the state is as it was before the start was tried. */
  #forgetStart(): void {
    this.#schedule = new Schedule(this.#header.plan);
    for (const recorded of this.#beforeStart ?? []) this.#apply(recorded);
    this.#clear();
  }

  #clear(): void {
    this.#facts = [];
    this.#notices.clear();
    this.#spendPlan = false;
    this.#dueAt = null;
  }

  #apply(recorded: RecordedRunEvent): void {
    this.#schedule.apply(recorded);
    this.times.apply(recorded);
    const { event } = recorded;
    this.#waiting.count(event);
    const stepId = "stepId" in event ? event.stepId : "call" in event ? event.call.stepId : null;
    const step = stepId === null ? undefined : this.#schedule.state.steps.get(stepId);
    const output = event.kind === "attempt.succeeded" ? event.output : undefined;
    if (step !== undefined) this.scope.update(step, output);
  }
}

function startedEvent({ call, attempt, repeat, intent }: ReadyAttempt): RunEvent {
  return { kind: "attempt.started", call, attempt, ...intent, ...(repeat > 0 && { repeat }) };
}

function breakerNotice(runId: string, { target, openedAt }: Omit<Delay, "call" | "until">): Notice {
  return { kind: "breaker-open", runId, target, openedAt };
}

/** It was looked at again and is as it was: the thread has been told. */
function isKnown({ reasons, mayPass }: Hold, { passing }: Pick<RunState, "passing">): boolean {
  return mayPass === true && passing?.reasons.join("\n") === reasons.join("\n");
}

/** Whom an event concerns beyond the progress message. */
function noticesOf(header: RunHeader, event: RunEvent): readonly Notice[] {
  const { runId, planId, requesterId } = header;
  if (event.kind === "step.delayed") return [breakerNotice(runId, event)];
  if (event.kind === "run.held")
    return [
      { kind: "run-held", runId },
      { kind: "outcome-private", planId, userId: requesterId },
    ];
  if (event.kind === "run.started") return [{ kind: "plan-card", planId }];
  if (!endsRun(event.kind)) return [];
  return [
    { kind: "run-finished", runId },
    { kind: "plan-card", planId },
    { kind: "outcome-private", planId, userId: requesterId },
  ];
}
