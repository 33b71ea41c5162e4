// Which questions to people a fact about a run changes: opened, heard, closed, left because the run went another
// way, or closing later because it stands. Each is a message of its own, brought up to date.

import { movesClock } from "./asking-clock.ts";
import type { Notice } from "./notice.ts";
import type { RunState } from "./run-state.ts";
import type { RunEvent } from "./run.ts";

type Waiting = RunState["waiting"];

export class WaitingNotices {
  readonly #runId: string;
  /** How often each step asked, by kind and step. */
  readonly #openings = new Map<string, number>();

  constructor(runId: string) {
    this.#runId = runId;
  }

  /** A fact was recorded, here or by an earlier owner of the run. */
  count(event: RunEvent): void {
    if (event.kind === "step.approval-opened") this.#add("approval", event.stepId);
    if (event.kind === "step.inquiry-opened") this.#add("inquiry", event.stepId);
  }

  /** The messages that the fact changes. @param before who waited until then. */
  changed(event: RunEvent, before: Waiting, after: Waiting): readonly Notice[] {
    if (before.size === 0 && after.size === 0) return [];
    const concerned = "stepId" in event ? event.stepId : null;
    const notices: Notice[] = [];
    const all = movesClock(event.kind);
    for (const [stepId, what] of before)
      if (all || after.get(stepId) !== what || stepId === concerned)
        notices.push(this.#notice(what, stepId));
    for (const [stepId, what] of after)
      if (before.get(stepId) !== what) notices.push(this.#notice(what, stepId));
    return notices;
  }

  #add(what: "approval" | "inquiry", stepId: string): void {
    const key = `${what}:${stepId}`;
    this.#openings.set(key, (this.#openings.get(key) ?? 0) + 1);
  }

  #notice(what: "approval" | "inquiry", stepId: string): Notice {
    const opening = this.#openings.get(`${what}:${stepId}`) ?? 1;
    return { kind: `step-${what}`, runId: this.#runId, stepId, opening };
  }
}
