// Whether an export is what the holder of a key signed: the export, the signature beside it, the public key.

import { stat } from "node:fs/promises";
import { checkSignature, readVerifyingKey } from "#adapters/audit-file/export-signature.ts";
import type { SignedExport } from "#adapters/audit-file/export-signature.ts";
import { digestFile } from "#adapters/audit-file/write-export.ts";
import { counted } from "#bot/messages/plain.ts";
import { keyOf, signatureFile } from "./audit-export.ts";
import { readNamedFile, unreadable } from "./read-named-file.ts";

export type SignatureVerified = {
  readonly ok: boolean;
  /** The export is the whole log as NDJSON: its chain can be checked as well. */
  readonly chain: boolean;
  readonly sentence: string;
};

/** @throws {ConfigError} naming the file that can't be read or used. */
export async function verifySignature(file: string, publicKey: string): Promise<SignatureVerified> {
  const key = await keyOf(publicKey, readVerifyingKey);
  const text = await readNamedFile(signatureFile(file));
  await stat(file).catch((error: unknown) => {
    throw unreadable(file, error);
  });
  const check = checkSignature(text, await digestFile(file), key);
  if (!check.ok)
    return { ok: false, chain: false, sentence: `The signature is NOT good. ${check.reason}` };
  const { signed } = check;
  const chain = signed.format === "ndjson" && Object.keys(signed.selection).length === 0;
  return { ok: true, chain, sentence: `The signature is good: ${described(signed)}.` };
}

function described({ rows, exportedAt, selection }: SignedExport): string {
  const filters = Object.entries(selection).map(([name, value]) => `${name} ${value}`);
  const which = filters.length === 0 ? "the whole log" : `only ${filters.join(", ")}`;
  return `${counted(rows, "row")} of ${exportedAt}, ${which}`;
}
