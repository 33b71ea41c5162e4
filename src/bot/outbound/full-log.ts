// A run's whole output as one text file, for runs that said more than a message shows. Pure.

import type { OutputChunk } from "#engine/run-store.ts";

/** Less than this stands in the progress message already. */
const WORTH_A_FILE = { characters: 1_500, lines: 8 };
const LARGEST_FILE_CHARACTERS = 5_000_000;

/** Null when the output is short. Calls in the order in which they first spoke. */
export function fullLog(
  runId: string,
  chunks: readonly OutputChunk[],
): { readonly fileName: string; readonly text: string } | null {
  const all = chunks.map((chunk) => chunk.text).join("");
  if (all.length < WORTH_A_FILE.characters && all.split("\n").length <= WORTH_A_FILE.lines)
    return null;
  return { fileName: `${runId}.log`, text: cut(logText(chunks)) };
}

/** All that was written, under a heading for each attempt of each call. */
export function logText(chunks: readonly OutputChunk[]): string {
  const parts = new Map<string, string[]>();
  for (const { call, attempt, text } of chunks) {
    const title = `==> ${call}, attempt ${attempt} <==`;
    const part = parts.get(title) ?? [];
    part.push(text);
    parts.set(title, part);
  }
  return [...parts]
    .map(([title, texts]) => `${title}\n${texts.join("").replace(/\n*$/, "\n")}`)
    .join("\n");
}

function cut(text: string): string {
  if (text.length <= LARGEST_FILE_CHARACTERS) return text;
  const half = LARGEST_FILE_CHARACTERS / 2;
  const left = text.length - LARGEST_FILE_CHARACTERS;
  return `${text.slice(0, half)}\n... ${left} characters left out ...\n${text.slice(-half)}`;
}
