// Words that were not understood: the sentence that says so, and what may have been meant. Knows no word itself.

import { refuse } from "#engine/result.ts";

/** Words that are no command. `word` and `nearest` when the first word is what was not understood. */
export type Misread = {
  readonly sentence: string;
  readonly word: string | null;
  readonly nearest: string | null;
};

export function misread(
  sentence: string,
  word: string | null = null,
  nearest: string | null = null,
): { ok: false; refusal: Misread } {
  return refuse({ sentence, word, nearest });
}
