// What a command says to a terminal that draws nothing, and its exit code.

import { PLAIN } from "#terminal/screen.ts";
import type { CommandOutput } from "../../src/wiring/command-output.ts";

export async function commandSaid(
  command: (output: CommandOutput) => Promise<number>,
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const [out, err]: [string[], string[]] = [[], []];
  const code = await command({
    print: (text) => {
      out.push(text);
      return 0;
    },
    complain: (text) => void err.push(text),
    screen: PLAIN,
    errorScreen: PLAIN,
  });
  return { code, out: out.join("\n"), err: err.join("\n") };
}
