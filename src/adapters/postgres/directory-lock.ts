// A lock file for a directory that only one process may use: the embedded database takes none of its own,
// and two processes in it would destroy it. A lock whose process is gone is taken over.

import { link, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

export class DirectoryInUse extends Error {
  override readonly name = "DirectoryInUse";
}

const holderSchema = z.object({
  pid: z.number().int().positive(),
  /** From the kernel where it tells: a process id is used again, a pair of id and start is not. */
  started: z.string().nullable(),
});
type Holder = z.infer<typeof holderSchema>;

/**
 * Takes the lock and answers how to give it back.
 * @throws {DirectoryInUse} when a live process has it.
 */
export async function lockDirectory(directory: string): Promise<() => Promise<void>> {
  const file = join(directory, "lock");
  const me: Holder = { pid: process.pid, started: await startOf(process.pid) };
  const text = `${JSON.stringify(me)}\n`;
  // Written aside and linked, so that nobody ever reads half a lock.
  const aside = join(directory, `lock.${process.pid}`);
  await writeFile(aside, text, { mode: 0o600 });
  try {
    while (!(await linked(aside, file))) await removeStale(file, directory);
  } finally {
    await rm(aside, { force: true });
  }
  return async () => {
    if ((await read(file)) === text) await rm(file, { force: true });
  };
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

async function removeStale(file: string, directory: string): Promise<void> {
  const text = await read(file);
  if (text === null) return;
  const holder = holderOf(text);
  if (holder !== null && (await isAlive(holder))) {
    throw new DirectoryInUse(
      `Process ${holder.pid} has the embedded database in ${directory} open. Stop it, or set DATABASE_URL ` +
        `to a Postgres server, which many processes can share.`,
    );
  }
  const stale = join(directory, `lock.stale.${process.pid}`);
  try {
    await rename(file, stale);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return;
    throw error;
  }
  // Somebody else may have replaced the stale lock since it was read: then it is theirs, put it back.
  if ((await read(stale)) !== text) await linked(stale, file);
  await rm(stale, { force: true });
}

function holderOf(text: string): Holder | null {
  try {
    return holderSchema.parse(JSON.parse(text));
  } catch {
    // Not ours or cut short by a full disk: nobody can hold a lock that names nobody.
    return null;
  }
}

async function isAlive(holder: Holder): Promise<boolean> {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    // EPERM: it lives, under another user.
    if (codeOf(error) === "ESRCH") return false;
  }
  return holder.started === null || holder.started === (await startOf(holder.pid));
}

/** When a process started, in clock ticks since boot; null where there is no /proc. */
async function startOf(pid: number): Promise<string | null> {
  const stat = await read(`/proc/${pid}/stat`);
  // The command's name, in parentheses, may hold anything: count fields after its end (proc(5), field 22).
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null;
}

async function read(file: string): Promise<string | null> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ESRCH") return null;
    throw error;
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
