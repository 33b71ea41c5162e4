// Files that were named on the command line. One that can't be read is bad usage, told with its name.

import { open, readFile } from "node:fs/promises";
import { ConfigError } from "../config/config-error.ts";

/** @throws {ConfigError} */
export async function readNamedFile(file: string): Promise<string> {
  return readFile(file, "utf8").catch((error: unknown) => {
    throw unreadable(file, error);
  });
}

/** Line by line, so that a file of any size fits. @throws {ConfigError} */
export async function readNamedLines(file: string): Promise<AsyncIterable<string>> {
  const handle = await open(file).catch((error: unknown) => {
    throw unreadable(file, error);
  });
  return handle.readLines({ encoding: "utf8" });
}

export function unreadable(file: string, error: unknown): ConfigError {
  const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
  const found = code === "ENOENT" ? "no such file" : code;
  return new ConfigError(file, [{ path: "", found, expected: "a file that can be read" }]);
}
