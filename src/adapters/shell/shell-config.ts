// Which programs may be run, and how. Plain values; an empty list switches `shell.run` off.

import type { Risk } from "#engine/risk.ts";

export type ShellProgram = {
  /** Absolute. A plan names the program by exactly this path, or by its file name when no other listed one has it. */
  readonly path: string;
  readonly risk: Risk;
  /** Running it again with the same arguments does no harm. */
  readonly repeatable: boolean;
  /** Regular expressions; every argument must match one of them as a whole. Absent: any argument. */
  readonly arguments?: readonly string[];
  /** Absolute working directory. */
  readonly directory: string;
  /** The program's whole environment. Nothing of this process's own is passed on. */
  readonly environment: Readonly<Record<string, string>>;
};

export type ShellConfig = {
  readonly programs: readonly ShellProgram[];
  /** Between asking a program to end and ending it, in milliseconds; also how long is waited for the rest of its output. */
  readonly graceMs: number;
  /** How much of the end of each stream the result keeps, in characters. */
  readonly keptCharacters: number;
  readonly defaultTimeoutMs: number;
};

/** Runs nothing. */
export const DEFAULT_SHELL_CONFIG: ShellConfig = {
  programs: [],
  graceMs: 5_000,
  keptCharacters: 16_000,
  defaultTimeoutMs: 300_000,
};
