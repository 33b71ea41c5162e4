// The port that keeps the breakers' states for all workers. Changed by comparing versions, so that of two that
// would let a call through only one does.

import type { Breaker } from "./breaker.ts";

export type StoredBreaker = {
  readonly target: string;
  /** Grows with each change; 0: nothing is kept of this target yet. */
  readonly version: number;
  readonly breaker: Breaker;
};

export type BreakerStore = {
  /** Every target that anything is kept of. */
  list(): Promise<readonly StoredBreaker[]>;
  /** Null: nothing is kept of it. */
  get(target: string): Promise<StoredBreaker | null>;
  /** Keeps the new state unless another was kept since `version` (0: none was). Answers whether it did. */
  put(target: string, version: number, breaker: Breaker): Promise<boolean>;
};
