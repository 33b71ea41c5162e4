// The files that `plan ...` was given: folders become the files in them, `-` is standard input.

import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { ConfigError } from "../config/config-error.ts";
import { readNamedFile } from "./read-named-file.ts";

export type PlanFile = { readonly name: string; readonly text: string };

/** @throws {ConfigError} for what can't be read, and for a folder without a plan in it. */
export async function readPlanFiles(names: readonly string[]): Promise<readonly PlanFile[]> {
  const files: PlanFile[] = [];
  for (const name of names) {
    if (name === "-") {
      files.push({ name: "(standard input)", text: await text(process.stdin) });
      continue;
    }
    for (const file of await filesIn(name))
      files.push({ name: file, text: await readNamedFile(file) });
  }
  return files;
}

/** The file itself, or every YAML and JSON file directly in the folder, by name. */
async function filesIn(name: string): Promise<readonly string[]> {
  let entries: readonly string[];
  try {
    entries = await readdir(name);
  } catch {
    // No folder. Whether it is a file is found out when it is read, and told then.
    return [name];
  }
  const files = entries.filter((entry) => /\.(ya?ml|json)$/.test(entry)).toSorted();
  if (files.length > 0) return files.map((entry) => join(name, entry));
  throw new ConfigError(name, [
    { path: "", found: "a folder without a .yml, .yaml or .json file", expected: "plans" },
  ]);
}
