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
  readonly #onDecision: () => void;
  /** The votes that were looked at and did not decide, by step. */
  readonly #seen = new Map<string, OpenApproval["votes"]>();
  /** The votes that are being decided, by step. */
  readonly #asking = new Map<string, Asking>();
  #decided: Decided[] = [];
  #dueAt: Instant | null = null;

  /** @param onDecision called when {@link settle} has something new. */
  constructor(
    ports: ApprovalPorts,
    header: RunHeader,
    journal: RunJournal,
    onDecision: () => void,
  ) {
    this.#ports = ports;
    this.#header = header;
    this.#journal = journal;
    this.#onDecision = onDecision;
  }

  /** When to look again by itself; null: only after another vote. */
  get dueAt(): Instant | null {
    return this.#dueAt;
  }

  /** Steps whose votes are being decided: they came in time, however long that takes. */
  get asking(): ReadonlySet<string> {
    return new Set(this.#asking.keys());
  }

  /** Notes what has been decided since, and has new votes decided. */
  settle(): void {
    const decided = this.#decided;
    this.#decided = [];
    for (const one of decided) this.#note(one);
    this.#lookAgain();
    for (const [stepId, kind] of this.#journal.schedule.state.waiting) {
      const approval = kind === "approval" ? this.#open(stepId) : null;
      if (approval === null || approval.votes.length === 0) continue;
      const { votes } = approval;
      if (this.#seen.get(stepId) === votes || this.#asking.get(stepId)?.votes === votes) continue;
      this.#asking.set(stepId, { votes, decided: this.#decide(stepId, this.#asOfNow(approval)) });
    }
  }

  /** While the run is paused or held, its closing time moves on with the clock. */
  #asOfNow(approval: OpenApproval): OpenApproval {
    const { clock } = this.#journal.schedule.state;
    const stoodMs = stoodUntil(clock, this.#ports.clock.now()) - clock.stoodMs;
    return { ...approval, closesAt: approval.closesAt + stoodMs };
  }

  #lookAgain(): void {
    if (this.#dueAt === null || this.#dueAt > this.#ports.clock.now()) return;
    this.#dueAt = null;
    this.#seen.clear();
  }

  #open(stepId: string): OpenApproval | null {
    const approval = this.#journal.schedule.state.steps.get(stepId)?.approval;
    return approval?.status === "open" ? approval : null;
  }

  /** Of votes that others have followed, nothing is noted: those are decided next. */
  #note({ stepId, votes, verdict }: Decided): void {
    if (this.#asking.get(stepId)?.votes !== votes) return;
    this.#asking.delete(stepId);
    if (this.#open(stepId)?.votes !== votes) return;
    const event = verdict === null ? null : closedEvent(stepId, verdict);
    if (event !== null) return this.#journal.note(event);
    if (verdict === null) this.#dueAt ??= this.#ports.clock.now() + ASK_AGAIN_MS;
    this.#seen.set(stepId, votes);
  }

  /** Never rejects: who can't be asked is asked again. */
  async #decide(stepId: string, approval: OpenApproval): Promise<void> {
    const verdict = await this.#verdict(stepId, approval);
    this.#decided.push({ stepId, votes: approval.votes, verdict });
    this.#onDecision();
  }

  async #verdict(stepId: string, approval: OpenApproval): Promise<Verdict | null> {
    try {
      const step = this.#header.plan.steps.find(({ id }) => id === stepId);
      if (step === undefined) throw new Error(`the plan has no step "${stepId}"`);
      return await this.#ports.decideApproval(this.#header, step, approval);
    } catch (error) {
      this.#ports.report(error);
      return null;
    }
  }
}

type Asking = { readonly votes: OpenApproval["votes"]; readonly decided: Promise<void> };

type Decided = {
  readonly stepId: string;
  readonly votes: OpenApproval["votes"];
  /** Null: nobody could be asked. */
  readonly verdict: Verdict | null;
};

/** Null: the votes do not decide. */
function closedEvent(stepId: string, { outcome, counted, tree }: Verdict): RunEvent | null {
  if (outcome !== "approved" && outcome !== "denied") return null;
  return {
    kind: "step.approval-closed",
    stepId,
    outcome: outcome === "approved" ? "approved" : "rejected",
    counted: counted.map(({ userId }) => userId),
    explanation: tree.sentence,
  };
}

/** A step's inquiry or approval is put to people; its clock starts. */
export function openedEvent(step: PlanStep, what: "inquiry" | "approval", now: Instant): RunEvent {
  const { id: stepId, inquiry, approval } = step;
  return what === "inquiry"
    ? { kind: "step.inquiry-opened", stepId, closesAt: now + (inquiry?.timeoutMs ?? 0) }
    : { kind: "step.approval-opened", stepId, closesAt: now + (approval?.timeoutMs ?? 0) };
}
