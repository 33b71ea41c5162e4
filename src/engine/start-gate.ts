// The last look before something starts: the plan is the approved one, and whoever approved it still may.
// Remembers what was looked at in this drive; another drive looks again.

import type { PlanStep } from "./plan.ts";
import { frozenPlanHash } from "./plan-hash.ts";
import { messageOf } from "./prepare-attempt.ts";
import type { Result } from "./result.ts";
import { lockKeysOf } from "./run-locks.ts";
import type { RunHeader, RunStore } from "./run-store.ts";
import type { Sha256 } from "./time.ts";

export type StartGatePorts = {
  readonly runs: Pick<RunStore, "lockWait">;
  readonly sha256: Sha256;
  /** Complete sentences about what holds the run, or none. */
  readonly checkStart: (
    header: RunHeader,
    when: "start" | "destructive-stage",
  ) => Promise<Result<null, readonly string[]>>;
  readonly report: (error: unknown) => void;
};

export class StartGate {
  readonly #ports: StartGatePorts;
  readonly #header: RunHeader;
  readonly #passedStages = new Set<number>();
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

  /** Before the run starts. Sentences about what holds it; null: nothing does. */
  async beforeStart(): Promise<readonly string[] | null> {
    const reasons = this.beforeAnything() ?? (await this.#check("start"));
    this.#justPassed = reasons === null;
    return reasons;
  }

  /** True when someone has to be asked before these steps start: one is destructive, and its stage (outside of stages: it) was not asked about. */
  mustAsk(steps: readonly PlanStep[]): boolean {
    if (this.#justPassed) return false;
    const staged = this.#header.plan.mode === "stages";
    return steps.some(
      ({ risk, stage }) => risk === "destructive" && !(staged && this.#passedStages.has(stage)),
    );
  }

  /** Before these steps start. Sentences about what holds the run; null: nothing does. */
  async beforeSteps(steps: readonly PlanStep[]): Promise<readonly string[] | null> {
    const reasons =
      this.beforeAnything() ??
      (this.mustAsk(steps) ? await this.#check("destructive-stage") : null);
    if (reasons !== null) return reasons;
    for (const { risk, stage } of steps) if (risk === "destructive") this.#passedStages.add(stage);
    return null;
  }

  /**
   * Before any call, also one that takes something back. The plan in memory is frozen when it is hashed, so
   * that one comparison holds for every later stage of this drive.
   */
  beforeAnything(): readonly string[] | null {
    if (this.#whole) return null;
    const { plan } = this.#header;
    if (frozenPlanHash(plan, this.#ports.sha256) !== this.#header.planHash) {
      return ["The plan as stored is not the plan that was approved, so nothing of it will run."];
    }
    this.#whole = true;
    return null;
  }

  /** What was checked for the start has begun; later steps are asked about again. */
  begun(): void {
    this.#justPassed = false;
  }

  /** A check that can't be made holds the run, too. */
  async #check(when: "start" | "destructive-stage"): Promise<readonly string[] | null> {
    try {
      const answer = await this.#ports.checkStart(this.#header, when);
      return answer.ok ? null : answer.refusal;
    } catch (error) {
      this.#ports.report(error);
      return [`Whether the run may go on could not be checked: ${messageOf(error)}`];
    }
  }
}
