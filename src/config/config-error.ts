// Bad configuration, with every place that is wrong. Knows nothing of what may be configured.

import type { Problem } from "#engine/plan.ts";

/** Bad configuration: the program ends with exit code 2 and prints `message`. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly Problem[];
  constructor(source: string, problems: readonly Problem[]) {
    const lines = problems.map(
      (problem) =>
        `  ${problem.path === "" ? "(whole file)" : problem.path}: found ${problem.found}, expected ${problem.expected}` +
        (problem.nearest === undefined ? "" : `. Did you mean ${problem.nearest}?`),
    );
    super(`${source} is not usable:\n${lines.join("\n")}`);
    this.problems = problems;
  }
}
