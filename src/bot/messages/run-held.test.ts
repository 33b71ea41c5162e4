import { describe, expect, test } from "vitest";
import { aPlan, aReport, NOON } from "#test/builders/plan-records.ts";
import { ACTIONS } from "./identifiers.ts";
import { runHeldMessage } from "./run-held.ts";
import type { RunHeldInput } from "./run-held.ts";

const HELD = { status: "held", heldUntil: NOON + 86_400_000 } as const;

function shown(changes: Partial<RunHeldInput["report"]>, holder: RunHeldInput["holder"] = null) {
  return JSON.stringify(
    runHeldMessage({ report: aReport({ ...HELD, ...changes }), holder }).blocks,
  );
}

describe("the message of a held run", () => {
  test("names the run that has what is needed, with a link to its thread", () => {
    const permalink = "https://acme.slack.com/archives/C1/p1";
    const text = shown(
      { heldReasons: ["Step set needs db:main."], looksAgain: true },
      { runId: "run-2", title: "Move the database", permalink },
    );
    expect(text).toContain("Waiting for ");
    expect(text).toContain(`"url":"${permalink}"`);
    expect(text).toContain("run run-2");
    expect(text).toContain("Move the database");
  });

  test("speaks of no destructive stage when something else holds it", () => {
    const text = shown({ startedAt: NOON, heldReasons: ["Step set needs db:main."] });
    expect(text).toContain("nothing more of it is started until this is put right");
    expect(text).not.toContain("destructive");
  });

  test("says whether it is looked at again by itself, or waits for a person", () => {
    const looks = "looked at again: after 15s at first, later every 5m";
    expect(shown({ heldReasons: ["Slack does not answer."], looksAgain: true })).toContain(looks);
    const waits = shown({ heldReasons: ["@U0ANN may not approve any more."] });
    expect(waits).not.toContain(looks);
    expect(waits).toContain("Put right what is named above");
  });

  test("offers the same plan again, edited or not, when it is a check that holds it", () => {
    const reasons = { heldReasons: ["The approval does not hold any more."] };
    const ways = (changes: Parameters<typeof shown>[0]) => shown({ ...reasons, ...changes });
    for (const text of [ways({ startedAt: null }), ways({ startedAt: NOON })]) {
      expect(text).toContain(ACTIONS.askAgain);
      expect(text).toContain(ACTIONS.editHeld);
    }
    expect(ways({ startedAt: null })).toContain(ACTIONS.withdrawHeld);
    expect(ways({ startedAt: null })).not.toContain(ACTIONS.cancel);
    expect(ways({ startedAt: NOON })).not.toContain(ACTIONS.withdrawHeld);
    expect(ways({ heldFor: ["stop"] })).not.toContain(ACTIONS.askAgain);
    expect(ways({ waitsFor: "run-2" })).not.toContain(ACTIONS.askAgain);
  });

  test.each([
    [null, "rollback", "the run is not started any more"],
    [NOON, "rollback", "the run is rolled back"],
    [NOON, "stop", "the run has failed"],
  ] as const)("says what comes of doing nothing", (startedAt, onFailure, words) => {
    const plan = aPlan({ onFailure });
    expect(shown({ startedAt, plan, heldReasons: ["It is not well."] })).toContain(words);
  });
});
