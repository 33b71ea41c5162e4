// The rules every store of reminders keeps, in memory and in Postgres.

import { expect, test } from "vitest";
import type { ReminderStore } from "#engine/reminder-store.ts";
import { NOON } from "#test/builders/plan-records.ts";
import { aWorkspace } from "./store-world.ts";

const HOUR = 3_600_000;

export function reminderStoreSuite(open: () => ReminderStore): void {
  const counted = () => {
    const reminders = open();
    const { teamId, id } = aWorkspace();
    return {
      id,
      allow: (
        planId: string,
        userIds: readonly string[],
        { at = NOON, version = 1, perHour = 2, team = teamId } = {},
      ) => reminders.allow({ teamId: team, planId, version, userIds, at, perHour }),
    };
  };

  test("a person is allowed so many in an hour over all plans, and more when it has passed", async () => {
    const { allow, id } = counted();
    expect(await allow(id("pl"), ["U0BOB", "U0ANN", "U0ANN"])).toEqual(["U0ANN", "U0BOB"]);
    expect(await allow(id("pl"), ["U0ANN"], { at: NOON + HOUR / 2 })).toEqual(["U0ANN"]);
    const third = id("pl");
    expect(await allow(third, ["U0ANN", "U0BOB"], { at: NOON + HOUR - 1 })).toEqual(["U0BOB"]);
    expect(await allow(third, ["U0ANN", "U0BOB"], { at: NOON + HOUR })).toEqual(["U0ANN", "U0BOB"]);
  });

  test("asking again about the same version allows the same and counts nothing", async () => {
    const { allow, id } = counted();
    const planId = id("pl");
    for (let again = 0; again < 5; again += 1)
      expect(await allow(planId, ["U0ANN"])).toEqual(["U0ANN"]);
    expect(await allow(id("pl"), ["U0ANN"])).toEqual(["U0ANN"]);
    expect(await allow(id("pl"), ["U0ANN"])).toEqual([]);
    expect(await allow(planId, ["U0ANN"])).toEqual(["U0ANN"]);
  });

  test("the next version of a plan is another reminder", async () => {
    const { allow, id } = counted();
    const planId = id("pl");
    expect(await allow(planId, ["U0ANN"], { perHour: 1 })).toEqual(["U0ANN"]);
    expect(await allow(planId, ["U0ANN"], { perHour: 1, version: 2 })).toEqual([]);
  });

  test("what one workspace's people get does not count in another", async () => {
    const { allow, id } = counted();
    await allow(id("pl"), ["U0ANN"], { perHour: 1 });
    expect(await allow(id("pl"), ["U0ANN"], { perHour: 1, team: aWorkspace().teamId })).toEqual([
      "U0ANN",
    ]);
  });

  test("however many ask at once, nobody is allowed more than their number", async () => {
    const { allow, id } = counted();
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => allow(id("pl"), ["U0ANN"], { perHour: 3 })),
    );
    expect(answers.filter((people) => people.length > 0)).toHaveLength(3);
  });

  test("nobody asked about is nobody allowed", async () => {
    const { allow, id } = counted();
    expect(await allow(id("pl"), [])).toEqual([]);
  });
}
