// The embedded Postgres: PGlite in this process, its files in a directory that this process has locked.
// It has one connection, so everything takes turns.

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import type { Database, Parameter, Queries } from "./database.ts";
import { lockDirectory } from "./directory-lock.ts";

const INT8 = 20;

/**
 * Opens the database in `directory`, or one in memory when it is null.
 * @throws {DirectoryInUse} when another live process has it open.
 */
export async function openEmbeddedDatabase(directory: string | null): Promise<Database> {
  if (directory === null) return wrap(await create(undefined), () => Promise.resolve());
  await mkdir(directory, { recursive: true });
  const unlock = await lockDirectory(directory);
  try {
    return wrap(await create(join(directory, "data")), unlock);
  } catch (error) {
    await unlock();
    throw error;
  }
}

function create(dataDir: string | undefined): Promise<PGlite> {
  return PGlite.create({
    ...(dataDir !== undefined && { dataDir }),
    parsers: { [INT8]: Number },
  });
}

function wrap(pglite: PGlite, unlock: () => Promise<void>): Database {
  return {
    ...queriesOn(pglite),
    transaction: (work) => pglite.transaction((transaction) => work(queriesOn(transaction))),
    async listen(channel, onNotice, onReady) {
      const unlisten = await pglite.listen(channel, onNotice);
      onReady?.();
      return () => unlisten();
    },
    async close() {
      try {
        if (!pglite.closed) await pglite.close();
      } finally {
        await unlock();
      }
    },
  };
}

function queriesOn(connection: Pick<PGlite, "query">): Queries {
  return {
    async query<Row extends object>(text: string, parameters: readonly Parameter[] = []) {
      return (await connection.query<Row>(text, [...parameters])).rows;
    },
    async rows(text, parameters = []) {
      const answer = await connection.query<readonly unknown[]>(text, [...parameters], {
        rowMode: "array",
      });
      return answer.rows;
    },
  };
}
