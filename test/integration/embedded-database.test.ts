// What holds of the embedded database: one process at a time, nothing lost between starts.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { migrateDatabase } from "#adapters/postgres/migrate.ts";
import { openEmbeddedDatabase } from "#adapters/postgres/pglite-database.ts";

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "countersign-embedded-"));
});

afterEach(() => rm(directory, { recursive: true, force: true }));

const lockFile = () => join(directory, "lock");

describe("the embedded database", () => {
  test("keeps what was written between starts, and gives its lock back", async () => {
    const first = await openEmbeddedDatabase(directory);
    await migrateDatabase(first);
    await first.query("insert into message_refs values ('s', 'C1', '1.1')");
    await first.close();
    await expect(readFile(lockFile())).rejects.toThrow("ENOENT");
    const second = await openEmbeddedDatabase(directory);
    await migrateDatabase(second);
    expect(await second.query("select ts from message_refs")).toEqual([{ ts: "1.1" }]);
    await second.close();
  });

  test("is refused while a live process has it, naming the process and the directory", async () => {
    const first = await openEmbeddedDatabase(directory);
    const second = openEmbeddedDatabase(directory);
    await expect(second).rejects.toThrow(
      `Process ${process.pid} has the embedded database in ${directory} open`,
    );
    await first.close();
  });

  test("is taken over from a process that is gone, and from one whose id is used again", async () => {
    const child = spawn(process.execPath, ["-e", ""]);
    await once(child, "exit");
    const holders = [
      { pid: child.pid, started: null },
      { pid: process.pid, started: "1" },
      "half a lo",
    ];
    for (const holder of holders) {
      await writeFile(lockFile(), JSON.stringify(holder));
      const database = await openEmbeddedDatabase(directory);
      expect(JSON.parse(await readFile(lockFile(), "utf8"))).toMatchObject({ pid: process.pid });
      await database.close();
    }
  });

  test("runs transactions one after the other, and hears its own notifications", async () => {
    const database = await openEmbeddedDatabase(null);
    const heard: string[] = [];
    const stop = await database.listen("gossip", (payload) => heard.push(payload));
    const order: string[] = [];
    const slow = database.transaction(async (queries) => {
      await queries.query("select pg_notify('gossip', 'hello')");
      order.push("slow began");
      await queries.query("select 1");
      order.push("slow ended");
    });
    const quick = database.query("select 1").then(() => order.push("quick"));
    await Promise.all([slow, quick]);
    expect(order.indexOf("slow ended") - order.indexOf("slow began")).toBe(1);
    await expect.poll(() => heard).toEqual(["hello"]);
    await stop();
    await database.close();
  });
});
