// Whether what is next in a driven run may start: asks outside (locks, approvers, policy, the state to keep) while the
// drive goes on, and notes what holds the run. The questions themselves are start-gate.ts's.

import { AskedOutside } from "./asked-outside.ts";
import type { Hold } from "./hold.ts";
import type { PlanStep } from "./plan.ts";
import type { CallRef } from "./run.ts";
import type { RunJournal } from "./run-journal.ts";
import type { RunHeader } from "./run-store.ts";
import { StartGate } from "./start-gate.ts";
import type { StartGatePorts } from "./start-gate.ts";
import type { Clock, Instant } from "./time.ts";

/** When the store is asked again what a run waits for, should it have failed to say, in milliseconds. */
const ASK_AGAIN_MS = 5_000;

/** Whether the run may start: it waits for what others have, or what holds it, which may be nothing. */
type StartAnswer =
  | { readonly kind: "waits"; readonly until: Instant | null }
  | { readonly kind: "checked"; readonly hold: Hold | null };

export type StartClearancePorts = StartGatePorts & { readonly clock: Clock };

export class StartClearance {
  readonly #ports: StartClearancePorts;
  readonly #journal: RunJournal;
  readonly #gate: StartGate;
  readonly #askedStart: AskedOutside<null, StartAnswer>;
  /** About the steps with these ids: what holds the run, or null. */
  readonly #askedSteps: AskedOutside<ReadonlySet<string>, Hold | null>;
  #asksNext = false;

  /** @param nudge called when an answer has come. */
  constructor(ports: StartClearancePorts, run: RunHeader, journal: RunJournal, nudge: () => void) {
    this.#ports = ports;
    this.#journal = journal;
    this.#gate = new StartGate(ports, run);
    this.#askedStart = new AskedOutside(nudge);
    this.#askedSteps = new AskedOutside(nudge);
  }

  /** Asks whether the run may start, and notes what came of it. Null: somebody is being asked. */
  begin(): "noted" | { readonly until: Instant | null } | null {
    const answer = this.#askedStart.take()?.answer;
    if (answer === undefined) {
      if (!this.#askedStart.underWay) this.#askedStart.ask(null, this.#mayBegin());
      return null;
    }
    if (answer.kind === "waits") return { until: answer.until };
    if (!this.#held(answer.hold)) this.#journal.note({ kind: "run.started" });
    return "noted";
  }

  async #mayBegin(): Promise<StartAnswer> {
    try {
      if (await this.#gate.mustWait()) return { kind: "waits", until: null };
    } catch (error) {
      this.#ports.report(error);
      return { kind: "waits", until: this.#ports.clock.now() + ASK_AGAIN_MS };
    }
    return { kind: "checked", hold: await this.#gate.beforeStart() };
  }

  /** Of what may start, what nobody outside has to be asked about any more. Null: somebody is being asked. */
  cleared<Start extends { readonly call: CallRef }>(
    starts: readonly Start[],
    stepOf: (stepId: string) => PlanStep,
  ): readonly Start[] | null {
    const answered = this.#askedSteps.take();
    if (answered !== null) {
      const { question, answer } = answered;
      if (this.#held(answer)) return [];
      // What came up while it was asked is asked about next.
      return starts.filter(
        (start) =>
          question.has(start.call.stepId) || !this.#gate.mustAsk(actingSteps([start], stepOf)),
      );
    }
    const steps = actingSteps(starts, stepOf);
    if (!this.#gate.mustAsk(steps)) return this.heldAnyway() ? [] : starts;
    if (this.#askedSteps.underWay) return null;
    // What is known is written before somebody outside is asked: that can take its time.
    if (this.#journal.hasNews) {
      this.#journal.hurry();
      this.#asksNext = true;
      return null;
    }
    this.#askedSteps.ask(new Set(steps.map(({ id }) => id)), this.#gate.beforeSteps(steps));
    return null;
  }

  /** Notes what holds the run whatever is to start, if anything does. Answers whether something does. */
  heldAnyway(): boolean {
    return this.#held(this.#gate.beforeAnything());
  }

  /** Answers that nobody needed when they came are too old for later. */
  forget(): void {
    this.#askedStart.forget();
    this.#askedSteps.forget();
  }

  /** What was cleared has begun, unless it is written only to ask about what starts next: what was just checked holds for that. */
  written(begins: boolean): void {
    if (begins || !this.#asksNext) this.#gate.begun();
    this.#asksNext = false;
  }

  #held(hold: Hold | null): boolean {
    if (hold !== null) this.#journal.note({ kind: "run.held", ...hold });
    return hold !== null;
  }
}

function actingSteps(
  starts: readonly { readonly call: CallRef }[],
  stepOf: (stepId: string) => PlanStep,
): readonly PlanStep[] {
  const forward = starts.filter(({ call }) => call.phase === "forward");
  return forward.map(({ call }) => stepOf(call.stepId));
}
