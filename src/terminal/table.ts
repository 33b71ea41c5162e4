// Lines in columns for a terminal, each column as wide as its widest cell, cut where the screen ends.

import { cutToWidth, displayWidth, fillToWidth } from "./display-width.ts";
import { styled } from "./screen.ts";
import type { Screen } from "./screen.ts";

/** @param rows cells that hold no control characters. */
export function tableOf(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  screen: Screen,
): string {
  const widths = heads.map((head, column) =>
    rows.reduce((width, row) => Math.max(width, displayWidth(row[column] ?? "")), head.length),
  );
  const line = (row: readonly string[]): string => {
    const whole = row.map((cell, column) => fillToWidth(cell, widths[column] ?? 0)).join("  ");
    return screen.columns === null ? whole.trimEnd() : cutToWidth(whole.trimEnd(), screen.columns);
  };
  return [styled(screen, "bold", line(heads)), ...rows.map(line)].join("\n");
}
