// Publishes the heads of the log's chains where whoever could rewrite the log can't: in a channel and in a file. Who
// kept one can tell a log that was cut off or written anew from the one that it was.

import type { AuditEntry, AuditHead } from "./audit-event.ts";
import { SWEEPER } from "./identity.ts";
import type { Notice } from "./notice.ts";
import type { Clock, Instant } from "./time.ts";

/** Where heads are written down, for good. */
export type HeadFile = {
  /** Null: they are on the disk. Else the system's word for why they can't be written, such as `ENOSPC`. */
  append(heads: readonly AuditHead[], at: Instant): Promise<string | null>;
};

/** What a publication writes in the same transaction that makes it the only one of its interval. */
export type Publication = {
  readonly entries: readonly AuditEntry[];
  readonly notices: readonly Notice[];
};

export type HeadPublications = {
  /**
   * Calls `publish` with the newest head of every chain when there is one and this interval has no publication yet:
   * among any number of processes, once. When it throws, the interval has none.
   * @param interval the n-th since the epoch.
   */
  oncePer(
    interval: { readonly number: number; readonly ms: number },
    now: Instant,
    publish: (heads: readonly AuditHead[]) => Promise<Publication>,
  ): Promise<"published" | "not-due">;
};

export type HeadPublishing = {
  readonly everyMs: number;
  /** Null: in no channel. */
  readonly channelId: string | null;
  /** Null: in no file. */
  readonly file: HeadFile | null;
  /** Told when the file can't be written. The publication goes on without it. */
  readonly onFileError: (error: string) => void;
};

/** Once in each interval, counted from the epoch: every hour on the hour, every day at midnight UTC. */
export async function publishHeads(
  { publications, clock }: { readonly publications: HeadPublications; readonly clock: Clock },
  { everyMs, channelId, file, onFileError }: HeadPublishing,
): Promise<"published" | "not-due"> {
  const at = clock.now();
  const interval = { number: Math.floor(at / everyMs), ms: everyMs };
  return publications.oncePer(interval, at, async (heads) => {
    const fileError = file === null ? null : await file.append(heads, at);
    if (fileError !== null) onFileError(fileError);
    const failed = fileError === null ? {} : { fileError };
    return {
      entries: heads.map(({ teamId, seq, hash }) => ({
        at,
        teamId,
        actor: SWEEPER,
        conversation: null,
        planId: null,
        runId: null,
        event: {
          kind: "audit.head-published",
          seq,
          hash,
          channelId,
          file: file === null ? "none" : fileError === null ? "written" : "failed",
          ...failed,
        },
      })),
      notices: channelId === null ? [] : [{ kind: "audit-heads", at, channelId, heads, ...failed }],
    };
  });
}
