// The approvals that a driven run waits for: has each new vote decided over live facts, and notes the decision.
// Who may vote and what a vote is worth is decided elsewhere; this asks.

import { stoodUntil } from "./asking-clock.ts";
import type { PlanStep } from "./plan.ts";
import type { RunEvent } from "./run.ts";
import type { RunJournal } from "./run-journal.ts";
import type { RunHeader } from "./run-store.ts";
import type { StepState } from "./step-state.ts";
import type { Clock, Instant } from "./time.ts";
import type { Verdict } from "./verdict.ts";

export type OpenApproval = Extract<StepState["approval"], { status: "open" }>;

/** The verdict over the votes so far, asked live; null while Slack can't be asked: nothing proceeds. */
export type DecideApproval = (
  header: RunHeader,
  step: PlanStep,
  approval: OpenApproval,
) => Promise<Verdict | null>;

type ApprovalPorts = {
  readonly decideApproval: DecideApproval;
  readonly clock: Clock;
  readonly report: (error: unknown) => void;
};

/** How long until people are asked about once more, when they could not be, in milliseconds. */
const ASK_AGAIN_MS = 15_000;

export class StepApprovals {
  readonly #ports: ApprovalPorts;
  readonly #header: RunHeader;
  readonly #journal: RunJournal;
  /** The votes that were looked at and did not decide, by step. */
  readonly #seen = new Map<string, OpenApproval["votes"]>();
  #dueAt: Instant | null = null;

  constructor(ports: ApprovalPorts, header: RunHeader, journal: RunJournal) {
    this.#ports = ports;
    this.#header = header;
    this.#journal = journal;
  }

  /** When to look again by itself; null: only after another vote. */
  get dueAt(): Instant | null {
    return this.#dueAt;
  }

  /** Notes what the votes decide. */
  async settle(): Promise<void> {
    const now = this.#ports.clock.now();
    if (this.#dueAt !== null && this.#dueAt <= now) {
      this.#dueAt = null;
      this.#seen.clear();
    }
    for (const [stepId, kind] of this.#journal.schedule.state.waiting) {
      const approval = this.#journal.schedule.state.steps.get(stepId)?.approval;
      if (kind !== "approval" || approval?.status !== "open") continue;
      if (approval.votes.length === 0 || this.#seen.get(stepId) === approval.votes) continue;
      const event = await this.#decide(stepId, this.#asOf(approval, now));
      if (event === null) this.#seen.set(stepId, approval.votes);
      else this.#journal.note(event);
    }
  }

  /** While the run is paused or held, its closing time moves on with the clock. */
  #asOf(approval: OpenApproval, now: Instant): OpenApproval {
    const { clock } = this.#journal.schedule.state;
    const closesAt = approval.closesAt + stoodUntil(clock, now) - clock.stoodMs;
    return { ...approval, closesAt };
  }

  async #decide(stepId: string, approval: OpenApproval): Promise<RunEvent | null> {
    const step = this.#header.plan.steps.find(({ id }) => id === stepId);
    if (step === undefined) throw new Error(`the plan has no step "${stepId}"`);
    const verdict = await this.#ask(step, approval);
    if (verdict === null) {
      this.#dueAt ??= this.#ports.clock.now() + ASK_AGAIN_MS;
      return null;
    }
    if (verdict.outcome !== "approved" && verdict.outcome !== "denied") return null;
    return {
      kind: "step.approval-closed",
      stepId,
      outcome: verdict.outcome === "approved" ? "approved" : "rejected",
      counted: verdict.counted.map(({ userId }) => userId),
      explanation: verdict.tree.sentence,
    };
  }

  async #ask(step: PlanStep, approval: OpenApproval): Promise<Verdict | null> {
    try {
      return await this.#ports.decideApproval(this.#header, step, approval);
    } catch (error) {
      this.#ports.report(error);
      return null;
    }
  }
}

/** A step's inquiry or approval is put to people; its clock starts. */
export function openedEvent(step: PlanStep, what: "inquiry" | "approval", now: Instant): RunEvent {
  const { id: stepId, inquiry, approval } = step;
  return what === "inquiry"
    ? { kind: "step.inquiry-opened", stepId, closesAt: now + (inquiry?.timeoutMs ?? 0) }
    : { kind: "step.approval-opened", stepId, closesAt: now + (approval?.timeoutMs ?? 0) };
}
