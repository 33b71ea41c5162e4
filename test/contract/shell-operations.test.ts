import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { rmSync, watch, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createShellOperations } from "#adapters/shell/shell-operations.ts";
import { describeOperation } from "./operation-conformance.ts";

/** Notes each of its runs, then does what its first argument says. */
const PROGRAM = `#!/bin/sh
if [ -e stall ]; then echo stalled >> stalled; sleep 60; fi
case "$1" in
  note) echo "$2" >> notes ;;
  show) printf 'a\\000b\\n'; cat notes ;;
  fail) echo "could not" >&2; exit "$2" ;;
esac
`;

async function makeBench(options: { readonly repeatable: boolean; readonly readOnly: boolean }) {
  const folder = await mkdtemp(join(tmpdir(), "countersign-shell-"));
  const path = join(folder, "program");
  await writeFile(path, PROGRAM);
  await chmod(path, 0o755);
  await writeFile(join(folder, "notes"), "");
  const operations = createShellOperations({
    graceMs: 200,
    keptCharacters: 1000,
    defaultTimeoutMs: 10_000,
    programs: [
      {
        path,
        directory: folder,
        environment: { PATH: "/usr/bin:/bin" },
        repeatable: options.repeatable,
        risk: options.readOnly ? "read-only" : "modify",
      },
    ],
  });
  const [operation] = operations;
  if (operation === undefined) throw new Error("there is no operation");
  return {
    operation,
    family: operations,
    path,
    folder,
    state: () => readFile(join(folder, "notes"), "utf8"),
    stall: () => {
      const seen = fileAppears(folder, "stalled");
      writeFileSync(join(folder, "stall"), "");
      return seen;
    },
    secrets: [],
    tearDown: () => rm(folder, { recursive: true }),
  };
}
type ShellBench = Awaited<ReturnType<typeof makeBench>>;

function fileAppears(folder: string, name: string): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watch(folder, (_event, changed) => {
      if (changed !== name) return;
      watcher.close();
      resolve();
    });
  });
}

const failures = { "a program that vanished": ({ path }: ShellBench) => rmSync(path) };

describeOperation(
  "shell.run of a program that changes something",
  () => makeBench({ repeatable: false, readOnly: false }),
  {
    "one note": {
      risk: "modify",
      effect: "once",
      undo: false,
      input: ({ path }) => ({ program: path, arguments: ["note", "$(id) `id` ; id"] }),
      failures,
    },
    "an expected exit code": {
      risk: "modify",
      effect: "once",
      undo: false,
      input: ({ path }) => ({ program: path, arguments: ["fail", "3"], expect_exit: [3] }),
    },
  },
);

describeOperation(
  "shell.run of a program that only reads",
  () => makeBench({ repeatable: true, readOnly: true }),
  {
    "the notes": {
      risk: "read-only",
      effect: "idempotent",
      undo: false,
      input: ({ path }) => ({ program: path, arguments: ["show"] }),
      failures,
    },
  },
);
