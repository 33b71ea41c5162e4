// Ends a test run with one line a machine can read, `N passed, N failed`, after everything else that
// is printed. A file that could not be loaded and an error outside any test count as failures.
import { writeSync } from "node:fs";
import type { Reporter, TestModule } from "vitest/node";

/** Counts tests by outcome; `errorCount` is what went wrong outside any test. */
export function closingLine(modules: readonly TestModule[], errorCount: number): string {
  let passed = 0;
  let failed = errorCount;
  for (const module of modules) {
    failed += module.errors().length;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === "passed") passed += 1;
      if (state === "failed") failed += 1;
    }
    for (const suite of module.children.allSuites()) failed += suite.errors().length;
  }
  return `${passed} passed, ${failed} failed`;
}

export default class ClosingLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const line = closingLine(modules, errors.length);
    // Servers are still being stopped and may still say something: wait for the very end.
    process.once("exit", () => writeSync(1, `${line}\n`));
  }
}
