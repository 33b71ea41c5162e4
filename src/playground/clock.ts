// The playground's time: read and scheduled through one collaborator, so that a test can hold it still and move it.
// It knows nothing of Slack; socket keep-alive is the only thing that runs on real time regardless.

export type Cancel = () => void;

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Runs `task` once after `delayMs`; the returned function cancels it. */
  schedule(delayMs: number, task: () => void): Cancel;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  schedule(delayMs, task) {
    const timer = setTimeout(task, delayMs);
    return () => clearTimeout(timer);
  },
};

export interface ManualClock extends Clock {
  /** Moves time forward and runs what became due, in order of its due time. */
  advance(ms: number): void;
}

/** A clock that only moves when told to. */
export function manualClock(startMs: number): ManualClock {
  let nowMs = startMs;
  let pending: { readonly dueMs: number; readonly task: () => void }[] = [];

  function nextDue(untilMs: number) {
    return pending
      .filter((timer) => timer.dueMs <= untilMs)
      .toSorted((a, b) => a.dueMs - b.dueMs)[0];
  }

  return {
    now: () => nowMs,
    schedule(delayMs, task) {
      const timer = { dueMs: nowMs + Math.max(0, delayMs), task };
      pending.push(timer);
      return () => {
        pending = pending.filter((other) => other !== timer);
      };
    },
    advance(ms) {
      const untilMs = nowMs + ms;
      for (let timer = nextDue(untilMs); timer !== undefined; timer = nextDue(untilMs)) {
        const due = timer;
        pending = pending.filter((other) => other !== due);
        nowMs = Math.max(nowMs, due.dueMs);
        due.task();
      }
      nowMs = untilMs;
    },
  };
}
