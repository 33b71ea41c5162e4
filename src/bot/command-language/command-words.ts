// The words that commands begin with, and other spellings of them. Knows nothing of what follows.

export const COMMAND_WORDS = [
  "help",
  "plan",
  "run",
  "dry-run",
  "show",
  "history",
  "pending",
  "operations",
  "playbooks",
  "policy",
  "status",
  "pause",
  "resume",
  "cancel",
  "rollback",
  "replay",
  "override",
  "logs",
  "retry",
  "skip",
  "checkpoint",
  "checkpoints",
  "restore",
  "delegate",
  "delegations",
  "approve",
  "reject",
  "withdraw",
  "supersede",
  "nudge",
  "break-glass",
  "review",
] as const;
export type CommandWord = (typeof COMMAND_WORDS)[number];

const ALIASES: Readonly<Record<string, CommandWord>> = {
  dryrun: "dry-run",
  dry_run: "dry-run",
  preview: "dry-run",
  log: "logs",
  "roll-back": "rollback",
  rerun: "replay",
  replace: "supersede",
  remind: "nudge",
  "?": "help",
};

/** Null: another word. Case and a mark at its end make no difference. */
export function commandWord(word: string): CommandWord | null {
  const lower = word.toLowerCase().replace(/[:,.!]$/, "");
  if (Object.hasOwn(ALIASES, lower)) return ALIASES[lower] ?? null;
  return COMMAND_WORDS.find((known) => known === lower) ?? null;
}
