#!/usr/bin/env node
// The `countersign` command: finds a Node that runs TypeScript and hands it src/main.ts. It knows
// nothing of what main.ts does, and is JavaScript that Node 20 understands.
//
// It works in a clone of the repository and in the container image. It can't work from somebody
// else's node_modules: Node refuses to strip the types of files under a folder of that name.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import module, { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

const NEEDED_MAJOR = 24;
const EXIT_BAD_USAGE = 2;
/** Loading the modules is most of a short command's time. */
const CACHE =
  'data:text/javascript,import{enableCompileCache}from"node:module";enableCompileCache()';
const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));

if (main.split(path.sep).includes("node_modules")) {
  refuse(
    "countersign runs from a clone of its repository or from its container image, " +
      "not as a dependency in node_modules: see CONTRIBUTING.md.",
  );
} else if (Number.parseInt(process.versions.node, 10) >= NEEDED_MAJOR) {
  module.enableCompileCache();
  await import("../src/main.ts");
} else {
  const node = bundledNode();
  if (node === undefined) {
    refuse(
      `countersign needs Node ${NEEDED_MAJOR}, this is ${process.versions.node}, ` +
        "and the one that `npm ci` installs is not there: run `npm ci`.",
    );
  } else {
    runWith(node);
  }
}

/** The Node that the npm package `node` brought, or undefined when it isn't installed. */
function bundledNode() {
  try {
    const manifest = createRequire(import.meta.url).resolve("node/package.json");
    const program = path.join(path.dirname(manifest), "bin", "node");
    return existsSync(program) ? program : undefined;
  } catch {
    return undefined;
  }
}

/** @param {string} node */
function runWith(node) {
  const child = spawn(node, ["--import", CACHE, main, ...process.argv.slice(2)], {
    stdio: "inherit",
  });
  child.once("error", (error) => refuse(`countersign could not start ${node}: ${error.message}`));
  for (const signal of /** @type {const} */ (["SIGTERM", "SIGHUP", "SIGINT"])) {
    process.on(signal, () => {
      // Ctrl-C in a terminal reaches both processes: sent on, it would count twice.
      if (signal === "SIGINT" && process.stdin.isTTY) return;
      child.kill(signal);
    });
  }
  child.once("exit", (code, signal) => {
    if (signal === null) {
      process.exitCode = code ?? 1;
      return;
    }
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

/** @param {string} reason */
function refuse(reason) {
  console.error(reason);
  process.exitCode = EXIT_BAD_USAGE;
}
