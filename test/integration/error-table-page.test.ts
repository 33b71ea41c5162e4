// docs/errors.md shows the table that the engine decides by.

import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { ERROR_SOURCES, ERROR_TABLE } from "#engine/error-table.ts";
import type { ErrorSource } from "#engine/error-table.ts";

const page = readFile(new URL("../../docs/errors.md", import.meta.url), "utf8");

test.each(ERROR_SOURCES)("the page shows every row of %s and no other", async (source) => {
  const shown = sectionOf(await page, source)
    .split("\n")
    .filter((line) => line.startsWith("| `"));
  expect(shown.join("\n")).toBe(rowsOf(source).join("\n"));
});

/** From the heading that names the source in code to the next. */
function sectionOf(text: string, source: ErrorSource): string {
  const section = text.split(/^## /m).find((one) => one.split("\n")[0]?.includes(`\`${source}\``));
  return section ?? "";
}

function rowsOf(source: ErrorSource): readonly string[] {
  return ERROR_TABLE[source].map(({ codes, category, meaning }) => {
    const named = codes.map((code) => `\`${code}\``).join(", ");
    return `| ${named} | ${category} | ${meaning} |`;
  });
}
