// The rules of durations on the store that the engine's tests use.

import { describe } from "vitest";
import { createMemoryTimingStore } from "#test/fakes/memory-timing-store.ts";
import { timingStoreSuite } from "./timing-store.suite.ts";

describe("durations in memory", () => {
  const store = createMemoryTimingStore();
  timingStoreSuite(() => [store, store]);
});
