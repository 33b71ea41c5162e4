// `countersign audit retain`: takes whole months off the log, the oldest first, each only once a file of it was written
// and verified. For whoever owns the tables: the program's own role can't.

import { COMMAND_LINE } from "#engine/identity.ts";
import { userInfo } from "node:os";
import { rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { AuditEntry, AuditHead } from "#engine/audit-event.ts";
import type { Clock } from "#engine/time.ts";
import { exportLines } from "#adapters/audit-file/export-audit.ts";
import { verifyAudit } from "#adapters/audit-file/verify-audit.ts";
import { digestFile, writeExport } from "#adapters/audit-file/write-export.ts";
import { denialIn } from "#adapters/postgres/app-role.ts";
import { openAuditMonths } from "#adapters/postgres/audit-months.ts";
import {
  auditAnchors,
  detachMonth,
  logMonth,
  monthsBefore,
  reasonsToStay,
  rowsOfMonth,
} from "#adapters/postgres/audit-retention.ts";
import type { Detached, LogMonth } from "#adapters/postgres/audit-retention.ts";
import type { Database } from "#adapters/postgres/database.ts";
import { openDatabase } from "#adapters/postgres/open-database.ts";
import { systemClock } from "#adapters/system/system-clock.ts";
import { counted } from "#bot/messages/plain.ts";
import { ConfigError } from "../config/config-error.ts";
import type { ConfigOverrides } from "../config.ts";
import { unwritable } from "./audit-export.ts";
import { UsageError } from "./command-line.ts";
import type { CommandOutput } from "./command-output.ts";
import { withOpened } from "./open-for-operator.ts";
import { readNamedLines } from "./read-named-file.ts";

/** Tries to get the log to itself, a second apart. */
const TRIES = 20;
const BETWEEN_MS = 1_000;

export type Retention = {
  /** The first month that stays: `2025-10`. */
  readonly from: string;
  /** Folder of the files that the months are written to. */
  readonly folder: string;
};

/** The first month that stays when so many whole months before this one are kept. @throws {UsageError} */
export function firstKept(keep: string | undefined, now: number): string {
  const months = Number(/^([1-9]\d{0,3})mo$/.exec(keep ?? "")?.[1] ?? Number.NaN);
  if (Number.isNaN(months))
    throw new UsageError(
      `--keep: found ${keep === undefined ? "nothing" : JSON.stringify(keep)}, expected a number of whole months such as 13mo`,
      "audit",
    );
  const today = new Date(now);
  return new Date(Date.UTC(today.getUTCFullYear(), today.getUTCMonth() - months))
    .toISOString()
    .slice(0, 7);
}

/** @returns 0 when every month that is older was taken off or has a reason to stay. */
export async function auditRetain(
  retention: Retention,
  overrides: ConfigOverrides,
  output: CommandOutput,
): Promise<number> {
  const there = await stat(retention.folder).catch(() => null);
  if (there?.isDirectory() !== true)
    throw new ConfigError("The command line", [
      { path: "--out", found: retention.folder, expected: "a folder that is there" },
    ]);
  return withOpened(openDatabase, overrides, output, async (database) => {
    try {
      return await retain(database, retention, { clock: systemClock, output });
    } catch (error) {
      const denied = denialIn(error);
      if (denied === null) throw error;
      output.complain(
        `The role of DATABASE_URL may not take months off (${denied}): run this as the tables' owner.`,
      );
      return 1;
    }
  });
}

export async function retain(
  database: Database,
  { from, folder }: Retention,
  {
    clock,
    output,
  }: { readonly clock: Clock; readonly output: Pick<CommandOutput, "print" | "complain"> },
): Promise<number> {
  const { print, complain } = output;
  await openAuditMonths(database);
  const months = await monthsBefore(database, from);
  if (months.length === 0) return print(`The log has no month before ${from}.`);
  for (const name of months) {
    const reasons = await reasonsToStay(database, name);
    if (reasons.length > 0)
      return print(`${name} stays, and so does what is newer. ${reasons.join(" ")}`);
    const month = await logMonth(database, name);
    const file = await archived(database, month, folder);
    if (file.refused !== null) {
      complain(`${name} stays: ${file.refused}`);
      return 1;
    }
    const taken = await takenOff(database, month, { file, clock });
    if (taken.status !== "detached") {
      const why =
        taken.status === "busy"
          ? "the log was in use for too long"
          : "something came to need it meanwhile";
      complain(`${name} stays: ${why}. Run this again.`);
      return 1;
    }
    print(
      `${name}: ${counted(file.rows, "row")} in ${file.path}, SHA-256 ${file.sha256}. Taken off; once the file is where it is kept: drop table ${taken.table};`,
    );
    for (const { teamId, seq, hash } of month.pieces) print(`  anchor ${teamId}/${seq}/${hash}`);
  }
  return 0;
}

type Archived = {
  readonly path: string;
  readonly sha256: string;
  readonly rows: number;
  /** Why the file can't stand for the month; null: it can. */
  readonly refused: string | null;
};

/** Writes the month's file and reads it again: every link of it must follow the one before, from anchor to anchor. */
async function archived(database: Database, month: LogMonth, folder: string): Promise<Archived> {
  const path = join(folder, `audit-${month.month}.ndjson`);
  const fresh = `${path}.new`;
  const lines = exportLines(rowsOfMonth(database, month), "ndjson");
  const { sha256 } = await writeExport(lines, fresh).catch((error: unknown) => {
    throw unwritable(fresh, error);
  });
  const anchors = await auditAnchors(database);
  const check = await verifyAudit(await readNamedLines(fresh), month.pieces, { anchors });
  const answer = { path, sha256, rows: check.ok ? check.rows : 0 };
  if (!check.ok)
    return {
      ...answer,
      refused: `its export ${fresh} does not verify, at line ${check.line ?? "the end"}: ${check.reason}`,
    };
  const before = await stat(path).catch(() => null);
  if (before !== null && (await digestFile(path)).sha256 !== sha256)
    return {
      ...answer,
      refused: `${path} is there and says something else. Move it away; the month is in ${fresh}.`,
    };
  await (before === null ? rename(fresh, path) : rm(fresh));
  return { ...answer, refused: null };
}

/** Busy: nobody let go of the log for that long. */
async function takenOff(
  database: Database,
  month: LogMonth,
  { file, clock }: { readonly file: Archived; readonly clock: Clock },
): Promise<Detached> {
  for (let tries = 1; tries <= TRIES; tries += 1) {
    const at = clock.now();
    const entries = month.pieces.map((piece) => detachedEntry(month.month, piece, { file, at }));
    const answer = await detachMonth(database, month, { entries, at });
    if (answer.status !== "busy") return answer;
    await clock.sleep(BETWEEN_MS);
  }
  return { status: "busy" };
}

function detachedEntry(
  month: string,
  { teamId, first, seq, hash }: AuditHead & { readonly first: number },
  { file, at }: { readonly file: Archived; readonly at: number },
): AuditEntry {
  return {
    at,
    teamId,
    actor: COMMAND_LINE,
    conversation: null,
    planId: null,
    runId: null,
    event: {
      kind: "audit.detached",
      month,
      first,
      last: seq,
      hash,
      file: file.path,
      sha256: file.sha256,
      operator: userInfo().username,
    },
  };
}
