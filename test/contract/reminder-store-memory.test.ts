// The contract of reminders on the fake that the engine's tests use.

import { describe } from "vitest";
import { createMemoryReminders } from "#test/fakes/memory-reminders.ts";
import { reminderStoreSuite } from "./reminder-store.suite.ts";

describe("reminders in memory", () => {
  const reminders = createMemoryReminders();
  reminderStoreSuite(() => reminders);
});
