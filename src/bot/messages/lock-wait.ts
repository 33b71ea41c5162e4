// What a queued run waits for, in one line: the thing, the run that has it with a link to its thread, and the line.

import type { LockWait } from "#engine/run-locks.ts";
import type { RunStatus } from "#engine/run.ts";
import { counted } from "./plain.ts";
import { type Piece, boldUntrusted, emoji, link, untrusted, words } from "./rich-text.ts";

/** Reads `Waiting for db:main, held by run run-1 (Restart the fleet) · 2 runs before it`. */
export function lockWaitPieces({ key, holder, ahead }: LockWait): Piece[] {
  const run = `run ${holder.runId}`;
  return [
    emoji("hourglass_flowing_sand", "23f3"),
    words(" Waiting for "),
    boldUntrusted(key, 150),
    words(holds(holder.status)),
    holder.permalink === null ? words(run) : link(holder.permalink, run),
    words(" ("),
    untrusted(holder.title, 100),
    words(")"),
    ...(ahead > 1 ? [words(` · ${counted(ahead, "run")} before it`)] : []),
  ];
}

/** The first in a line may itself be waiting, in another line. */
function holds(status: RunStatus): string {
  return status === "queued" ? ", next is " : ", held by ";
}
