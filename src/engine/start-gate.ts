// The last look before something starts: the plan is the approved one, whoever approved it still may, and before
// anything is destroyed the state of it is kept.
// Remembers what was looked at in this drive; another drive looks again.

import type { Hold } from "./hold.ts";
import { DirectoryUnavailable } from "./identity.ts";
import type { Plan, PlanStep } from "./plan.ts";
import { frozenPlanHash } from "./plan-hash.ts";
import { messageOf } from "./prepare-attempt.ts";
import type { Result } from "./result.ts";
import { lockKeysOf } from "./run-locks.ts";
import type { RunHeader, RunStore } from "./run-store.ts";
import type { Sha256 } from "./time.ts";

export type StartGatePorts = {
  readonly runs: Pick<RunStore, "lockWait">;
  readonly sha256: Sha256;
  /** What holds the run, or nothing. @throws when that can't be found out. */
  readonly checkStart: (
    header: RunHeader,
    when: "start" | "destructive-stage",
  ) => Promise<Result<null, Hold>>;
  /** Keeps the state of what these steps manage. Complete sentences about what could not be kept, or none. */
  readonly keepState: KeepState;
  readonly report: (error: unknown) => void;
};

export type KeepState = (
  header: RunHeader,
  about: { readonly place: number; readonly steps: readonly PlanStep[] },
) => Promise<Result<null, readonly string[]>>;

export class StartGate {
  readonly #ports: StartGatePorts;
  readonly #header: RunHeader;
  readonly #passedStages = new Set<number>();
  readonly #keptPlaces = new Set<number>();
  #whole = false;
  #justPassed = false;

  constructor(ports: StartGatePorts, header: RunHeader) {
    this.#ports = ports;
    this.#header = header;
  }

  /**
   * Others have what this run is to change: whoever ends last makes it claimable. Asked only by a run that has
   * locks. @throws when the store can't be asked.
   */
  async mustWait(): Promise<boolean> {
    const { runId, plan } = this.#header;
    if (lockKeysOf(plan).length === 0) return false;
    return (await this.#ports.runs.lockWait(runId)) !== null;
  }

  /** Before the run starts. What holds it; null: nothing does. */
  async beforeStart(): Promise<Hold | null> {
    const hold = this.beforeAnything() ?? (await this.#check("start"));
    this.#justPassed = hold === null;
    return hold;
  }

  /** True when something outside has to be asked before these steps start. */
  mustAsk(steps: readonly PlanStep[]): boolean {
    return this.#mustCheck(steps) || this.#unkept(steps).length > 0;
  }

  /** One is destructive, and its stage (outside of stages: it) was not asked about. */
  #mustCheck(steps: readonly PlanStep[]): boolean {
    if (this.#justPassed) return false;
    const staged = this.#header.plan.mode === "stages";
    return steps.some(
      ({ risk, stage }) => risk === "destructive" && !(staged && this.#passedStages.has(stage)),
    );
  }

  /** Before these steps start. What holds the run; null: nothing does. */
  async beforeSteps(steps: readonly PlanStep[]): Promise<Hold | null> {
    const hold =
      this.beforeAnything() ??
      (this.#mustCheck(steps) ? await this.#check("destructive-stage") : null) ??
      (await this.#keepStates(steps));
    if (hold !== null) return hold;
    for (const { risk, stage } of steps) if (risk === "destructive") this.#passedStages.add(stage);
    return null;
  }

  /**
   * Before any call, also one that takes something back. The plan in memory is frozen when it is hashed, so
   * that one comparison holds for every later stage of this drive.
   */
  beforeAnything(): Hold | null {
    if (this.#whole) return null;
    const { plan } = this.#header;
    if (frozenPlanHash(plan, this.#ports.sha256) !== this.#header.planHash) {
      const reason =
        "The plan as stored is not the plan that was approved, so nothing of it will run.";
      return { reasons: [reason] };
    }
    this.#whole = true;
    return null;
  }

  /** What was checked for the start has begun; later steps are asked about again. */
  begun(): void {
    this.#justPassed = false;
  }

  /** A stage is destructive as a whole: whichever of its steps begins first, the state from before is kept. */
  #destroys(place: number): boolean {
    return this.#stepsAt(place).some(({ risk }) => risk === "destructive");
  }

  #stepsAt(place: number): readonly PlanStep[] {
    const { plan } = this.#header;
    if (plan.mode === "stages") return plan.steps.filter(({ stage }) => stage === place);
    const step = plan.steps[place];
    return step === undefined ? [] : [step];
  }

  /** Places in the plan whose state is not kept yet: a destructive stage, or outside of stages a destructive step. */
  #unkept(steps: readonly PlanStep[]): readonly number[] {
    const places = new Set(steps.map((step) => placeOf(this.#header.plan, step)));
    return [...places].filter((place) => !this.#keptPlaces.has(place) && this.#destroys(place));
  }

  /** What can't be kept, though it should, holds the run: what is about to be destroyed could not be put back. */
  async #keepStates(steps: readonly PlanStep[]): Promise<Hold | null> {
    for (const place of this.#unkept(steps)) {
      const managed = this.#stepsAt(place);
      try {
        const kept = await this.#ports.keepState(this.#header, { place, steps: managed });
        if (!kept.ok) return { reasons: kept.refusal };
      } catch (error) {
        this.#ports.report(error);
        const reason = `The state before a destructive step could not be kept: ${messageOf(error)}`;
        return { reasons: [reason], mayPass: true };
      }
      this.#keptPlaces.add(place);
    }
    return null;
  }

  /** A check that can't be made holds the run, too, and is made again by itself. */
  async #check(when: "start" | "destructive-stage"): Promise<Hold | null> {
    try {
      const answer = await this.#ports.checkStart(this.#header, when);
      return answer.ok ? null : answer.refusal;
    } catch (error) {
      // That is for the thread alone: whoever runs Countersign can't do anything about it.
      if (!(error instanceof DirectoryUnavailable)) this.#ports.report(error);
      const reason = `Whether the run may go on could not be checked: ${messageOf(error)}`;
      return { reasons: [reason], mayPass: true };
    }
  }
}

/** What stands and falls together: a stage, or in a plan without stages a step, by its place in the plan. */
function placeOf({ mode, steps }: Plan, step: PlanStep): number {
  return mode === "stages" ? step.stage : steps.findIndex(({ id }) => id === step.id);
}
