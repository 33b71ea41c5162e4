// Ends a test run with one line a machine can read, `N passed, N failed`, after everything else that
// is printed. A file that could not be loaded and an error outside any test count as failures.
import { writeSync } from "node:fs";
import type { Reporter, TestModule } from "vitest/node";

type Count = { passed: number; failed: number };

/** Counts tests by outcome; `errorCount` is what went wrong outside any test. */
function count(modules: readonly TestModule[], errorCount: number): Count {
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
  return { passed, failed };
}

export default class ClosingLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const { passed, failed } = count(modules, errors.length);
    // Servers are still being stopped and may still say something: wait for the very end.
    process.once("exit", (code) => {
      // A server that couldn't be started or ended is in no list, only in the exit code.
      const atLeast = code === 0 ? 0 : 1;
      writeSync(1, `${passed} passed, ${Math.max(failed, atLeast)} failed\n`);
    });
  }
}
