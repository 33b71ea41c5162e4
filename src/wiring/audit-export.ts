// `countersign audit export`: the log as a file, whole or narrowed, signed when asked to.

import type { KeyObject } from "node:crypto";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import type { AuditRow } from "#engine/audit-event.ts";
import { exportLines } from "#adapters/audit-file/export-audit.ts";
import type { ExportFormat } from "#adapters/audit-file/export-audit.ts";
import { readSigningKey, signExport, UnusableKey } from "#adapters/audit-file/export-signature.ts";
import { inChunks, writeExport } from "#adapters/audit-file/write-export.ts";
import { auditTeams, createAuditLog } from "#adapters/postgres/audit-log.ts";
import type { Database } from "#adapters/postgres/database.ts";
import { openDatabase } from "#adapters/postgres/open-database.ts";
import { systemClock } from "#adapters/system/system-clock.ts";
import { counted } from "#bot/messages/plain.ts";
import { ConfigError } from "../config/config-error.ts";
import type { ConfigOverrides } from "../config.ts";
import { selectionText } from "./audit-selection.ts";
import type { AuditSelection } from "./audit-selection.ts";
import type { CommandOutput } from "./command-output.ts";
import { withOpened } from "./open-for-operator.ts";
import { readNamedFile } from "./read-named-file.ts";

export type AuditExport = {
  readonly format: ExportFormat;
  readonly selection: AuditSelection;
  /** Null: standard output. */
  readonly file: string | null;
  /** File of the private key; the signature goes to `<file>.sig`. */
  readonly sign: string | null;
};

/** What a signature of `file` is called. */
export function signatureFile(file: string): string {
  return `${file}.sig`;
}

/** @throws {ConfigError} when the key can't be used: before anything is exported. */
export async function auditExport(
  { format, selection, file, sign }: AuditExport,
  overrides: ConfigOverrides,
  output: CommandOutput,
): Promise<number> {
  const key = sign === null ? null : await keyOf(sign, readSigningKey);
  return withOpened(openDatabase, overrides, output, async (database) => {
    const exportedAt = new Date(systemClock.now()).toISOString();
    const count = { rows: 0 };
    const lines = exportLines(countedRows(selectedRows(database, selection), count), format);
    if (file === null) return toStandardOutput(lines);
    const written = await writeExport(lines, file).catch((error: unknown) => {
      throw unwritable(file, error);
    });
    output.print(`${file}: ${counted(count.rows, "row")}, SHA-256 ${written.sha256}`);
    if (key === null) return 0;
    const { rows } = count;
    const what = { format, ...written, rows, selection: selectionText(selection), exportedAt };
    return writeSignature(signatureFile(file), signExport(what, key), output);
  });
}

/** A key by the name of its file. @throws {ConfigError} */
export async function keyOf(file: string, read: (pem: string) => KeyObject): Promise<KeyObject> {
  const pem = await readNamedFile(file);
  try {
    return read(pem);
  } catch (error) {
    if (!(error instanceof UnusableKey)) throw error;
    throw new ConfigError(file, [{ path: "", found: error.found, expected: error.expected }]);
  }
}

/** The rows of all workspaces, each workspace's in the order of its chain. */
export async function* selectedRows(
  database: Database,
  selection: AuditSelection,
): AsyncIterable<AuditRow> {
  const audit = createAuditLog(database);
  for (const teamId of await auditTeams(database)) {
    yield* audit.rows({ ...selection, teamId, limit: Number.MAX_SAFE_INTEGER });
  }
}

async function* countedRows(
  rows: AsyncIterable<AuditRow>,
  count: { rows: number },
): AsyncIterable<AuditRow> {
  for await (const row of rows) {
    count.rows += 1;
    yield row;
  }
}

async function toStandardOutput(lines: AsyncIterable<string>): Promise<number> {
  for await (const chunk of inChunks(lines)) {
    if (!process.stdout.write(chunk)) await once(process.stdout, "drain");
  }
  return 0;
}

async function writeSignature(file: string, text: string, output: CommandOutput): Promise<number> {
  await writeFile(file, text, { mode: 0o600 }).catch((error: unknown) => {
    throw unwritable(file, error);
  });
  return output.print(`${file}: its signature`);
}

/** What the system said about a file that was named; a defect stays one. */
export function unwritable(file: string, error: unknown): unknown {
  if (!(error instanceof Error) || !("syscall" in error) || !("code" in error)) return error;
  return new ConfigError(file, [
    { path: "", found: String(error.code), expected: "a file that can be written" },
  ]);
}
