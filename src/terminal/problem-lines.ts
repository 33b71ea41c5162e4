// Mistakes in a file as a compiler tells them: file, line, column, what was found and expected, and the line itself
// with a caret under the place.

import { problemSentence } from "#engine/explain-refusal.ts";
import type { PlacedProblem } from "#yaml/place-problems.ts";
import { reveal } from "#bot/messages/plain.ts";
import { displayWidth } from "./display-width.ts";
import { styled } from "./screen.ts";
import type { Screen } from "./screen.ts";

/** What a line is shown of when it is long, as JSON on one line is. */
const BEFORE = 60;
const AROUND = 100;

/** All problems in the order of the file. Ones without a place stand first. */
export function problemLines(
  file: string,
  text: string,
  problems: readonly PlacedProblem[],
  screen: Screen,
): string {
  const source = text.split(/\r\n|\n/);
  return problems
    .toSorted(
      (a, b) =>
        (a.place?.line ?? 0) - (b.place?.line ?? 0) ||
        (a.place?.column ?? 0) - (b.place?.column ?? 0),
    )
    .map((problem) => problemText(file, source, problem, screen))
    .join("\n");
}

function problemText(
  file: string,
  source: readonly string[],
  problem: PlacedProblem,
  screen: Screen,
): string {
  const { place } = problem;
  // A mistake in the text itself says its place as its path, because it has no other.
  const told = problem.path.startsWith("line ") ? { ...problem, path: "" } : problem;
  const sentence = reveal(problemSentence(told));
  if (place === null) return `${styled(screen, "bold", file)}: ${sentence}`;
  const where = styled(screen, "bold", `${file}:${place.line}:${place.column}`);
  const line = source[place.line - 1] ?? "";
  if (line.trim() === "") return `${where} ${sentence}`;
  const start = Math.max(0, place.column - 1 - BEFORE);
  const before = `${start > 0 ? "…" : ""}${visible(line.slice(start, place.column - 1))}`;
  const rest = line.slice(place.column - 1, start + AROUND);
  const shown = `${before}${visible(rest)}${line.length > start + AROUND ? "…" : ""}`;
  const gutter = String(place.line).padStart(5);
  return [
    `${where} ${sentence}`,
    `${styled(screen, "dim", `${gutter} |`)} ${shown}`,
    `${styled(screen, "dim", "      |")} ${" ".repeat(displayWidth(before))}${styled(screen, ["bold", "red"], "^")}`,
  ].join("\n");
}

/** Nothing in a file moves the cursor, and a tab is as wide in the line as under it. */
function visible(text: string): string {
  return reveal(text).replaceAll("\t", "  ");
}
