// Secrets kept in memory in the clear, with the same refusals as the sealed ones.

import { parseReference, secretReference, SecretUnavailable } from "#engine/secret-box.ts";
import type { SecretBox } from "#engine/secret-box.ts";

export type MemorySecretBox = SecretBox & {
  /** From now on nothing can be sealed, with this sentence; null: it can again. */
  readonly lose: (problem: string | null) => void;
  readonly kept: () => readonly string[];
};

export function createMemorySecretBox(): MemorySecretBox {
  const kept = new Map<string, string>();
  let problem: string | null = null;
  let ids = 0;
  return {
    lose: (sentence) => void (problem = sentence),
    kept: () => [...kept.keys()],
    problem: () => problem,
    seal: async (place, text) => {
      if (problem !== null) throw new SecretUnavailable(problem);
      ids += 1;
      const reference = secretReference(place, String(ids).padStart(16, "0"));
      kept.set(reference, text);
      return reference;
    },
    open: async (reference, { runId, stepId }) => {
      const place = parseReference(reference)?.place;
      const text = kept.get(reference);
      if (place === undefined || text === undefined)
        throw new SecretUnavailable("there is no such secret any more");
      if (place.runId !== runId || place.stepId !== stepId)
        throw new SecretUnavailable("it belongs to another step");
      return text;
    },
    forget: async (references) => {
      for (const reference of references) kept.delete(reference);
    },
  };
}
