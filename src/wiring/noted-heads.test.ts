import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { notedHeads } from "./noted-heads.ts";

const [A, B] = ["a".repeat(64), "b".repeat(64)];
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "countersign-heads-"));
});
afterAll(() => rm(directory, { recursive: true }));

async function inFile(text: string) {
  const heads = path.join(directory, "heads");
  await writeFile(heads, text);
  return notedHeads({ head: null, heads });
}

test("heads are read from a file as verify prints them, each once", async () => {
  expect(await inFile(`  head T1/5/${A}\n\nT1/9/${B}\nT1/5/${A}\n`)).toEqual([
    { teamId: "T1", seq: 5, hash: A },
    { teamId: "T1", seq: 9, hash: B },
  ]);
});

test("what stands behind a # is a remark, and a line that was cut off when it was written is left out", async () => {
  expect(
    await inFile(
      `# kept since May\nT1/5/${A} # 2026-11-26T08:00:00.000Z\nT1/7/aa # incomplete\nT1/9/${B}`,
    ),
  ).toMatchObject([{ seq: 5 }, { seq: 9 }]);
  await expect(inFile(`T1/7/aa\n`)).rejects.toThrow(/line 1: found T1\/7\/aa/);
});

test("a line that is no head, a file without any, and heads that contradict each other are refused", async () => {
  await expect(inFile(`T1/5/${A}\nT1/x\n`)).rejects.toThrow(/line 2: found T1\/x/);
  await expect(inFile("\n")).rejects.toThrow(/found nothing/);
  await expect(inFile(`T1/5/${A}\nT1/5/${B}`)).rejects.toThrow(/line 2: .*one of them is false/);
});
