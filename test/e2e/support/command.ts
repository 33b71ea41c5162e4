// A command as people type it: `countersign ...` through bin/countersign.js, to its end.

import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const BIN = fileURLToPath(new URL("../../../bin/countersign.js", import.meta.url));

export type Ended = {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
};

export function countersign(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  options: { readonly input?: string; readonly directory?: string } = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [BIN, ...args], {
    env: { PATH: process.env["PATH"] ?? "", ...environment },
    stdio: ["pipe", "pipe", "pipe"],
    ...(options.directory !== undefined && { cwd: options.directory }),
  });
  const out: string[] = [];
  const err: string[] = [];
  child.stdout.setEncoding("utf8").on("data", (text: string) => out.push(text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => err.push(text));
  child.stdin.end(options.input ?? "");
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, out: out.join(""), err: err.join("") }));
  });
}
