// Writes an export into a file beside its final name and moves it there when it is whole, so that a file of that
// name is never half of one. Holds some tens of kilobytes, however long the export is.

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, rename, rm } from "node:fs/promises";

const BUFFER = 65_536;

export type WrittenExport = {
  /** In hexadecimal. */
  readonly sha256: string;
  readonly bytes: number;
};

/** @throws the system's error when the file can't be written; nothing is left behind then. */
export async function writeExport(
  lines: AsyncIterable<string>,
  file: string,
): Promise<WrittenExport> {
  const part = `${file}.part`;
  // An audit log is not for every user of the machine.
  const handle = await open(part, "w", 0o600);
  const digest = createHash("sha256");
  let bytes = 0;
  try {
    try {
      for await (const chunk of inChunks(lines)) {
        const written = Buffer.from(chunk);
        digest.update(written);
        bytes += written.length;
        await handle.writeFile(written);
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
  return { sha256: digest.digest("hex"), bytes };
}

/** Digest and size of a file of any length. */
export async function digestFile(file: string): Promise<WrittenExport> {
  const digest = createHash("sha256");
  let bytes = 0;
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    digest.update(chunk);
    bytes += chunk.length;
  }
  return { sha256: digest.digest("hex"), bytes };
}

/** Lines joined to chunks of about {@link BUFFER} characters: a write for each line would take most of the time. */
export async function* inChunks(lines: AsyncIterable<string>): AsyncIterable<string> {
  let chunk = "";
  for await (const line of lines) {
    chunk += line;
    if (chunk.length < BUFFER) continue;
    yield chunk;
    chunk = "";
  }
  if (chunk !== "") yield chunk;
}
