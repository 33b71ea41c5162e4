// YAML (and so JSON) text into plain values: no tags of its own, no repeated keys, no alias bombs, and a
// mistake told with its line and column.

import { LineCounter, parseDocument } from "yaml";
import type { Problem } from "#engine/plan.ts";
import { accept, refuse } from "#engine/result.ts";
import type { Result } from "#engine/result.ts";

/** More than any hand-written plan repeats, far less than a "billion laughs" needs. */
const MOST_ALIASES = 20;

export function parseYaml(text: string): Result<unknown, Problem> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, schema: "core" });
  const broken = document.errors[0];
  if (broken !== undefined) {
    const { line, col } = lines.linePos(broken.pos[0]);
    const [sentence = "valid YAML"] = broken.message.split(" at line ");
    return refuse({
      path: `line ${line}, column ${col}`,
      found: text.split("\n")[line - 1]?.trim().slice(0, 80) ?? "",
      expected: `valid YAML (${sentence})`,
    });
  }
  try {
    return accept(document.toJS({ maxAliasCount: MOST_ALIASES }) as unknown);
  } catch (error) {
    // The only thing left to go wrong is the bound on aliases.
    return refuse({ path: "", found: String(error), expected: `at most ${MOST_ALIASES} uses of an alias` });
  }
}
