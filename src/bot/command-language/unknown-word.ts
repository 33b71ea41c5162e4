// The answer to a first word that is none, with the nearest one that is. Reads nothing of what follows it.

import { nearestName } from "#engine/nearest-name.ts";
import type { Result } from "#engine/result.ts";
import { COMMAND_WORDS } from "./command-words.ts";
import { misread } from "./misread.ts";
import type { Misread } from "./misread.ts";
import type { Vocabulary } from "./wish-words.ts";

export function unknownWord(
  word: string,
  { operations, playbooks }: Vocabulary,
): Result<never, Misread> {
  if (playbooks.includes(word))
    return misread(`${word} is a playbook. Write run ${word}.`, word, `run ${word}`);
  const nearest =
    nearestName(word, [...COMMAND_WORDS, ...operations]) ?? nearestPlaybook(word, playbooks);
  return misread(
    `I do not know the word ${word.slice(0, 60)}.${nearest === null ? " Write help for what you can ask." : ` Did you mean ${nearest}?`}`,
    word,
    nearest,
  );
}

function nearestPlaybook(word: string, playbooks: readonly string[]): string | null {
  const nearest = nearestName(word, playbooks);
  return nearest === null ? null : `run ${nearest}`;
}
