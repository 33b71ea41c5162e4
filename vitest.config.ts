// Three projects: unit tests beside their file, integration tests on real servers, end-to-end tests two files at a
// time, because they mostly wait. Modules keep nothing between files, so a worker loads each once. The servers are
// started once for the whole run, whichever projects use them.
import { defineConfig } from "vitest/config";
import { patience } from "./test/proof-scale.ts";

export default defineConfig({
  test: {
    globalSetup: ["test/servers/global-setup.ts"],
    reporters: ["default", "./test/servers/closing-line-reporter.ts"],
    projects: [
      {
        test: {
          name: "unit",
          isolate: false,
          maxWorkers: 2,
          // A busy machine is no failure: what must be fast is measured in processor time.
          testTimeout: patience(60_000),
          include: ["src/**/*.test.ts"],
        },
      },
      {
        test: {
          name: "integration",
          isolate: false,
          maxWorkers: 2,
          include: ["test/{contract,integration}/**/*.test.ts"],
          setupFiles: ["test/leaks.ts"],
          testTimeout: patience(60_000),
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "e2e",
          isolate: false,
          include: ["test/e2e/**/*.test.ts"],
          maxWorkers: 2,
          // After the others, so that what takes long is the program and not the wait for a core.
          sequence: { groupOrder: 1 },
          testTimeout: patience(60_000),
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
