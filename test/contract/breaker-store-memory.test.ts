// The rules of breakers' states on the store that the engine's tests use.

import { describe } from "vitest";
import { createMemoryBreakerStore } from "#test/fakes/memory-breaker-store.ts";
import { breakerStoreSuite } from "./breaker-store.suite.ts";

describe("breakers in memory", () => {
  const store = createMemoryBreakerStore();
  breakerStoreSuite(() => [store, store]);
});
