// Where a command writes: what was asked for to standard output, mistakes to standard error.

import { screenOf } from "#terminal/screen.ts";
import type { Screen } from "#terminal/screen.ts";

export type CommandOutput = {
  /** One text and a line end; answers 0, the exit code of a command that did what it should. */
  readonly print: (text: string) => number;
  readonly complain: (text: string) => void;
  readonly screen: Screen;
  /** Of `complain`. */
  readonly errorScreen: Screen;
};

export function processOutput(): CommandOutput {
  return {
    print: (text) => {
      process.stdout.write(`${text}\n`);
      return 0;
    },
    complain: (text) => void process.stderr.write(`${text}\n`),
    screen: screenOf(process.stdout),
    errorScreen: screenOf(process.stderr),
  };
}
