// What a terminal can show. A pipe and a file get plain text of any width; NO_COLOR is heeded by Node's own check.

import { styleText } from "node:util";
import type { WriteStream } from "node:tty";
import type { Risk } from "#engine/risk.ts";

export type Screen = {
  /** Null: lines of any length. */
  readonly columns: number | null;
  readonly styled: boolean;
};

export const PLAIN: Screen = { columns: null, styled: false };

/** @param stream standard output or standard error, a terminal or not. */
export function screenOf(stream: Pick<WriteStream, "isTTY" | "columns" | "hasColors">): Screen {
  // Streams that are no terminal have neither of the others.
  return stream.isTTY ? { columns: stream.columns, styled: stream.hasColors() } : PLAIN;
}

export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

/** Styled where the screen can show it. What is styled must hold no control characters already. */
export function styled(screen: Screen, style: Style | readonly Style[], text: string): string {
  if (!screen.styled || text === "") return text;
  return styleText(typeof style === "string" ? style : [...style], text, { validateStream: false });
}

const RISKS: Readonly<Record<Risk, Style>> = {
  "read-only": "green",
  modify: "yellow",
  destructive: "red",
};

/** A risk by its word; the colour only repeats it. */
export function riskText(screen: Screen, risk: Risk): string {
  return styled(screen, RISKS[risk], risk);
}
