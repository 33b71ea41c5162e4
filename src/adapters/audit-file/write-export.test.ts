import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { digestFile, inChunks, writeExport } from "./write-export.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "countersign-export-"));
});
afterAll(() => rm(folder, { recursive: true }));

test("a file holds every line, and its digest is that of its bytes", async () => {
  const file = join(folder, "whole.ndjson");
  const written = await writeExport(numbered(20_000), file);
  const lines = (await readFile(file, "utf8")).trimEnd().split("\n");
  expect(lines).toHaveLength(20_000);
  expect(lines.at(-1)).toBe("é line 19999");
  expect(written).toEqual(await digestFile(file));
});

test("an export that fails leaves no file, and the one of before as it was", async () => {
  const file = join(folder, "failing.ndjson");
  await writeExport(numbered(1), file);
  await expect(writeExport(failing(), file)).rejects.toThrow("the database is gone");
  expect(await readFile(file, "utf8")).toBe("é line 0\n");
  expect((await readdir(folder)).filter((name) => name.endsWith(".part"))).toEqual([]);
});

test("no more is read ahead than one chunk holds, however long the log is", async () => {
  let pulled = 0;
  let given = 0;
  let most = 0;
  async function* counted() {
    for await (const line of numbered(200_000)) {
      pulled += line.length;
      yield line;
    }
  }
  for await (const chunk of inChunks(counted())) {
    most = Math.max(most, pulled - given);
    given += chunk.length;
  }
  expect(given).toBe(pulled);
  expect(most).toBeLessThan(70_000);
});

async function* numbered(count: number): AsyncIterable<string> {
  for (let index = 0; index < count; index += 1) yield `é line ${index}\n`;
}

async function* failing(): AsyncIterable<string> {
  yield* numbered(3);
  throw new Error("the database is gone");
}
