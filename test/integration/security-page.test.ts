// SECURITY.md names the tests that cover each attack and each promise: they exist, in the files it names.

import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";

const root = new URL("../../", import.meta.url);
const page = await readFile(new URL("SECURITY.md", root), "utf8");

const rowsOf = (heading: string) =>
  (page.split(`## ${heading}\n`)[1]?.split("\n## ")[0] ?? "")
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .slice(1);

/** `[title](file)` of each test named in a row. */
function testsIn(row: string): readonly { readonly title: string; readonly file: string }[] {
  const links = row.matchAll(/\[([^\]]+)\]\(((?:src|test)\/[^)]+\.(?:test|suite)\.ts)\)/g);
  return [...links].map(([, title = "", file = ""]) => ({ title, file }));
}

const named = (row: string) => [row.split(" | ")[0]?.slice(2) ?? "", row] as const;

/** Of what the page says is proven, what no test says. */
async function unproven(row: string): Promise<readonly string[]> {
  const missing: string[] = [];
  for (const { title, file } of testsIn(row)) {
    const source = await readFile(new URL(file, root), "utf8");
    // As the title of a test or of a group of them, whatever table it is made over.
    if (!source.includes(`"${title}"`)) missing.push(`${file}: no test "${title}"`);
  }
  return missing;
}

describe("the page's attacks", () => {
  const rows = rowsOf("Attacks and answers");

  test("are all there", () => expect(rows.length).toBeGreaterThan(30));

  test.each(rows.map(named))("%s is answered by tests that exist", async (_, row) => {
    expect(testsIn(row)).not.toEqual([]);
    expect(await unproven(row)).toEqual([]);
  });
});

describe("the page's promises", () => {
  const rows = rowsOf("Promises");

  test("are twelve", () => {
    const numbers = rows.map((row) => row.split(" ")[1]);
    expect(numbers).toEqual(Array.from({ length: 12 }, (_, index) => `P${index + 1}`));
  });

  test.each(rows.map(named))("%s is kept by tests that exist", async (_, row) => {
    expect(testsIn(row)).not.toEqual([]);
    expect(await unproven(row)).toEqual([]);
  });
});
