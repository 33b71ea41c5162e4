// What must be true of approvals, in as few words as possible: two signatures of distinct people who are in the group
// and active, on exactly this version, in time, and again when the run is about to act. Shares nothing with the engine.

export const REQUESTER = "U0REQ";
/** May ask for plans: the requester, and one of the approvers. */
const ASKING = [REQUESTER, "U0DEV"];
export const GROUP = ["U0ANN", "U0BOB", "U0CAT", "U0DEV"];
const HOUR = 3_600_000;
export const APPROVE_WITHIN_MS = 4 * HOUR;
export const START_WITHIN_MS = 2 * HOUR;
/** Distinct rejections that deny. */
export const DENY_AT = 2;

export type Choice = "approve" | "reject";
type Status = "awaiting-approval" | "approved" | "rejected" | "expired" | "withdrawn" | "spent";
type Cast = { readonly choice: Choice; readonly saidAt: number };

export type ModelPlan = {
  status: Status;
  version: number;
  content: string;
  /** Signatures needed, by the policy under which this version was written. */
  needed: number;
  readonly votes: Map<string, Cast>;
  readonly editors: Set<string>;
  begunAt: number;
  decidedAt: number;
  /** The run met something that a person has to put right. */
  held: boolean;
  /** A worker died over it: it may have acted, and must not act again. */
  touched: boolean;
  acts: number;
};

export class ApprovalModel {
  readonly plans: ModelPlan[] = [];
  group: readonly string[] = GROUP;
  readonly inactive = new Set<string>();
  needed = 2;
  frozenUntil = 0;
  directoryAway = false;

  file(userId: string, content: string, now: number): boolean {
    if (!this.#maySpeak(userId) || !ASKING.includes(userId)) return false;
    if (this.#couldSign(new Set()).length < this.needed) return false;
    const fresh = {
      votes: new Map(),
      held: false,
      touched: false,
      acts: 0,
      editors: new Set<string>(),
    };
    this.plans.push({
      status: "awaiting-approval",
      version: 1,
      content,
      needed: this.needed,
      begunAt: now,
      decidedAt: 0,
      ...fresh,
    });
    return true;
  }

  /** @param version null: the one that stood there when it was said. */
  vote(
    plan: ModelPlan,
    userId: string,
    vote: Cast & { readonly version: number | null },
    now: number,
  ): boolean {
    if (!this.#maySpeak(userId) || this.status(plan, now) !== "awaiting-approval") return false;
    if (vote.version === null ? vote.saidAt < plan.begunAt : vote.version !== plan.version)
      return false;
    if (!this.#couldSign(plan.editors).includes(userId)) return false;
    // What was said before is not said again because it was heard later.
    if ((plan.votes.get(userId)?.saidAt ?? 0) > vote.saidAt) return false;
    plan.votes.set(userId, { choice: vote.choice, saidAt: vote.saidAt });
    const verdict = this.#verdict(plan, plan.needed);
    if (verdict !== null) Object.assign(plan, { status: verdict, decidedAt: now });
    return true;
  }

  edit(
    plan: ModelPlan,
    userId: string,
    next: { readonly from: number; readonly content: string },
    now: number,
  ): boolean {
    if (!this.#maySpeak(userId) || this.status(plan, now) !== "awaiting-approval") return false;
    if (!ASKING.includes(userId) || (userId !== REQUESTER && !this.group.includes(userId)))
      return false;
    if (next.from !== plan.version || next.content === plan.content) return false;
    const editors = new Set([...plan.editors, userId]);
    if (this.#couldSign(editors).length < this.needed) return false;
    plan.editors.add(userId);
    plan.votes.clear();
    Object.assign(plan, {
      version: plan.version + 1,
      content: next.content,
      needed: this.needed,
      begunAt: now,
    });
    return true;
  }

  withdraw(plan: ModelPlan, userId: string, now: number): boolean {
    const open = ["awaiting-approval", "approved"].includes(this.status(plan, now));
    if (!open || userId !== REQUESTER || !this.#maySpeak(userId)) return false;
    plan.status = "withdrawn";
    return true;
  }

  /** A person says that a held run may look again. */
  resume(plan: ModelPlan, userId: string): boolean {
    if (userId !== REQUESTER || !this.#maySpeak(userId)) return false;
    plan.held = false;
    return true;
  }

  /** A worker comes by. True: the run acts, unless it may have acted before. */
  work(plan: ModelPlan, now: number): boolean {
    const status = this.status(plan, now);
    if (plan.held || plan.acts > 0 || !(status === "approved" || status === "spent")) return false;
    if (this.directoryAway) return false;
    if (this.inactive.has(REQUESTER) || this.#verdict(plan, this.needed) !== "approved")
      plan.held = true;
    return !plan.held && now >= this.frozenUntil;
  }

  /** Clocks count whether or not anybody looked at them. */
  status(plan: ModelPlan, now: number): Status {
    if (plan.status === "awaiting-approval" && now >= plan.begunAt + APPROVE_WITHIN_MS)
      return "expired";
    if (plan.status === "approved" && now >= plan.decidedAt + START_WITHIN_MS) return "expired";
    return plan.status;
  }

  #maySpeak(userId: string): boolean {
    return !this.directoryAway && !this.inactive.has(userId);
  }

  #couldSign(editors: ReadonlySet<string>): readonly string[] {
    return this.group.filter(
      (id) => id !== REQUESTER && !editors.has(id) && !this.inactive.has(id),
    );
  }

  #verdict({ votes, editors }: ModelPlan, needed: number): "approved" | "rejected" | null {
    const could = this.#couldSign(editors);
    const said = (choice: Choice) => could.filter((id) => votes.get(id)?.choice === choice).length;
    if (said("reject") >= DENY_AT) return "rejected";
    return said("approve") >= needed ? "approved" : null;
  }
}
