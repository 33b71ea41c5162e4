// Published heads of the log in a file that only grows: a line for each head, as `audit verify --heads` reads it, on
// the disk before anybody is told. Opened only to append, so that the file can be one that the system lets nobody
// change (`chattr +a`).

import { constants } from "node:fs";
import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import type { AuditHead } from "#engine/audit-event.ts";
import type { HeadFile } from "#engine/publish-heads.ts";

/** What a line ends in that was not written to its end: nothing in a file that only grows can be taken back. */
export const INCOMPLETE = "# incomplete";

const APPEND = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT;

export function createHeadFile(path: string): HeadFile {
  return {
    async append(heads, at) {
      try {
        await appendLines(path, heads.map((head) => lineOf(head, at)).join(""));
        return null;
      } catch (error) {
        return systemWord(error);
      }
    },
  };
}

/** The system's word for why the file can't be appended to; null: it can. Makes the file where there is none. */
export async function headFileProblem(path: string): Promise<string | null> {
  try {
    await (await open(path, APPEND, 0o600)).close();
    return null;
  } catch (error) {
    return systemWord(error);
  }
}

function lineOf({ teamId, seq, hash }: AuditHead, at: number): string {
  return `${teamId}/${seq}/${hash} # ${new Date(at).toISOString()}\n`;
}

async function appendLines(path: string, lines: string): Promise<void> {
  const handle = await open(path, APPEND, 0o600);
  try {
    const { size } = await handle.stat();
    const torn = size > 0 && !(await endsWithLineBreak(handle, size));
    await handle.writeFile(torn ? ` ${INCOMPLETE}\n${lines}` : lines);
    await handle.sync();
    if (size === 0) await syncFolder(dirname(path));
  } finally {
    await handle.close();
  }
}

async function endsWithLineBreak(handle: FileHandle, size: number): Promise<boolean> {
  const { buffer } = await handle.read({ buffer: Buffer.alloc(1), position: size - 1 });
  return buffer.toString() === "\n";
}

/** A new file is there after a power loss only once its folder is on the disk. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** @throws what is not of the system. */
function systemWord(error: unknown): string {
  if (error instanceof Error && "syscall" in error && "code" in error) return String(error.code);
  throw error;
}
