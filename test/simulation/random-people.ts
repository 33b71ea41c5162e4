// The people of a thread: they press every button, vote, answer, retry and skip, some of them at the wrong moment,
// and in the end they either see to everything or leave it to the clock.

import type { ControlRequest, StepVote, UnknownAnswer } from "#engine/run.ts";
import { foldRun } from "#engine/run-fold.ts";
import type { RunState } from "#engine/run-state.ts";
import type { SecretPlace } from "#engine/secret-box.ts";
import type { DecideApproval } from "#engine/step-approvals.ts";
import type { Verdict } from "#engine/verdict.ts";
import { answerHonestly } from "./honest-person.ts";
import { HOSTS, TOKEN } from "./random-step.ts";
import type { RunBench } from "./run-bench.ts";
import type { SeededRandom } from "./seeded-random.ts";

const PERSON = { kind: "person", teamId: "T1", userId: "UCHAOS" } as const;
/** How often a run that is held is tried again before it is given up. */
const MOST_RESUMES = 6;
const WHEN_NOT: readonly [UnknownAnswer, ...UnknownAnswer[]] = [
  "try-again",
  "it-did-not-happen",
  "give-up",
];

export class RandomPeople {
  readonly #bench: RunBench;
  readonly #random: SeededRandom;
  readonly #runId: string;
  /** References of secrets, by the step that asks for them. */
  readonly #secrets = new Map<string, string>();
  #votes = 0;
  #resumed = 0;

  constructor(bench: RunBench, random: SeededRandom, runId: string) {
    this.#bench = bench;
    this.#random = random;
    this.#runId = runId;
  }

  /** Thinks of a secret for each question that asks for one. */
  async thinkOfSecrets(): Promise<void> {
    for (const { id: stepId, inquiry } of this.#bench.database.view(this.#runId).plan.steps) {
      if (inquiry?.fields.some(({ name }) => name === TOKEN) !== true) continue;
      const place = { runId: this.#runId, stepId, field: TOKEN };
      this.#secrets.set(stepId, await this.#bench.secrets.seal(place, secretOf(place)));
    }
  }

  /** Whatever comes to somebody's mind. */
  meddle(): void {
    const random = this.#random;
    if (random.chance(0.5)) answerHonestly(this.#bench, random.pick(WHEN_NOT), this.#runId);
    if (random.chance(0.6)) this.#attend(0.6, 0.75);
    if (random.chance(0.3)) this.#press();
    const [delay] = this.#state().delayed.values();
    if (delay !== undefined && random.chance(0.15)) this.#skip(delay.call.stepId);
  }

  /** Everything is seen to, so that the run comes to its end. @param absent nobody does what the clock can do. */
  help(absent: boolean): void {
    const random = this.#random;
    const state = this.#state();
    answerHonestly(this.#bench, "it-did-not-happen", this.#runId);
    if (state.status === "paused") this.#ask({ kind: "resume", by: PERSON });
    if (state.status === "held" && state.heldFor.length === 0) this.#goOn();
    if (absent) return;
    this.#attend(1, 0.9);
    const [failed] = state.heldFor;
    if (failed === undefined) return;
    if (random.chance(0.6)) this.#ask({ kind: "retry", by: PERSON, stepId: failed });
    else this.#skip(failed);
  }

  /** Some of what holds a run does not pass: then it is given up. */
  #goOn(): void {
    this.#resumed += 1;
    if (this.#resumed <= MOST_RESUMES) this.#ask({ kind: "resume", by: PERSON });
    else this.#ask({ kind: "cancel", by: PERSON, rollback: this.#random.chance(0.5) });
  }

  /** The votes that the run shows, decided on as a directory that is often away lets it. */
  decide(given: { readonly away: () => boolean }): DecideApproval {
    return async (_header, step, { votes }) => {
      if (given.away()) {
        if (this.#random.chance(0.2)) throw new DirectoryAway("Slack answered with 503");
        return null;
      }
      const approvals = votes.filter(({ choice }) => choice === "approve");
      const needed = step.approval?.require.reduce((sum, { count }) => sum + count, 0) ?? 0;
      const rejected = votes.some(({ choice }) => choice === "reject");
      const enough = approvals.length >= needed;
      const outcome = rejected ? "denied" : enough ? "approved" : "waiting";
      return verdict(outcome, approvals, needed);
    };
  }

  /** Votes and answers where the run waits for them. */
  #attend(probability: number, approval: number): void {
    const random = this.#random;
    for (const [stepId, what] of this.#state().waiting) {
      if (!random.chance(probability)) continue;
      if (what === "approval") this.#vote(stepId, random.chance(approval));
      else this.#answer(stepId);
    }
  }

  #press(): void {
    const random = this.#random;
    const { plan } = this.#bench.database.view(this.#runId);
    const anyStep = plan.steps[random.between(0, plan.steps.length - 1)]?.id ?? "";
    const { heldFor, delayed } = this.#state();
    const [delay] = [...delayed.values()];
    const stepId = heldFor[0] ?? delay?.call.stepId ?? anyStep;
    switch (random.between(0, 10)) {
      case 0:
      case 1:
        return this.#ask({ kind: "pause", by: PERSON });
      case 2:
      case 3:
        return this.#ask({ kind: "resume", by: PERSON });
      case 4:
        return this.#ask({ kind: "cancel", by: PERSON, rollback: random.chance(0.5) });
      case 5:
        return this.#ask({ kind: "rollback", by: PERSON });
      case 6:
      case 7:
        return this.#ask({ kind: "retry", by: PERSON, stepId });
      case 8:
        return this.#skip(random.pick([stepId, anyStep]));
      case 9:
        return this.#ask({
          kind: "override-breaker",
          by: PERSON,
          target: delay?.target ?? `world:${random.pick(HOSTS)}`,
        });
      default:
        this.#vote(anyStep, random.chance(0.5));
        this.#answer(anyStep);
    }
  }

  #vote(stepId: string, approves: boolean): void {
    this.#votes += 1;
    const userId = `U${this.#random.between(1, 3)}`;
    const vote: StepVote = {
      userId,
      choice: approves ? "approve" : "reject",
      reason: approves ? null : "not now",
      groups: ["sre"],
      viewHash: null,
      requestId: `vote-${this.#votes}`,
      at: this.#bench.clock.now(),
    };
    this.#ask({ kind: "vote", by: { ...PERSON, userId }, stepId, vote });
  }

  #answer(stepId: string): void {
    const reference = this.#secrets.get(stepId);
    const answers = { which: "the second", ...(reference !== undefined && { [TOKEN]: reference }) };
    this.#ask({ kind: "answer-inquiry", by: PERSON, stepId, answers });
  }

  #skip(stepId: string): void {
    this.#ask({ kind: "skip", by: PERSON, stepId, reason: "It is not needed." });
  }

  #ask(request: ControlRequest): void {
    this.#bench.ask(request, this.#runId);
  }

  #state(): RunState {
    const { plan, events } = this.#bench.database.view(this.#runId);
    return foldRun(plan, events);
  }
}

/** What must never be seen in the clear. */
export function secretOf({ runId, stepId }: Pick<SecretPlace, "runId" | "stepId">): string {
  return `open-sesame of ${runId}/${stepId}`;
}

/** The failure of a directory, which a run survives. */
export class DirectoryAway extends Error {
  override readonly name = "DirectoryAway";
}

function verdict(
  outcome: "approved" | "denied" | "waiting",
  approvals: readonly StepVote[],
  needed: number,
): Verdict {
  const status = { approved: "met", denied: "denied", waiting: "waiting" } as const;
  const counted = outcome === "approved" ? approvals.slice(0, needed) : [];
  return {
    outcome,
    by: outcome === "approved" ? "votes" : null,
    tree: { name: "step", status: status[outcome], sentence: `It is ${outcome}.`, children: [] },
    counted: counted.map(({ userId }) => ({ userId, clause: 0 })),
    ignored: [],
    needed,
    had: approvals.length,
    couldApprove: [],
  };
}
