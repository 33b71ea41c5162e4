// The names that words of a command may mean in this process.

import type { BotPorts } from "../bot-ports.ts";
import type { Vocabulary } from "../command-language/wish-words.ts";

export function vocabularyOf({ registry, playbooks }: BotPorts): Vocabulary {
  return {
    operations: registry.list().map(({ name }) => name),
    playbooks: playbooks.map(({ name }) => name),
  };
}
