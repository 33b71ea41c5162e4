// A countersign.yml that a test writes, read as the program reads it.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigError } from "../../src/config/config-error.ts";
import { loadConfig } from "../../src/config.ts";
import type { Config } from "../../src/config.ts";

export const SMALLEST = `
groups: { sre: { users: [U0ANN] } }
channels: { allow: [C0OPS] }
environments:
  production:
    approvers: [sre]
    allow: [{ groups: [sre], operations: [ec2.*] }]
`;

/** The file itself is gone afterwards. */
export function load(yaml: string, environment: Readonly<Record<string, string>> = {}): Config {
  const folder = mkdtempSync(join(tmpdir(), "countersign-config-"));
  try {
    const file = join(folder, "countersign.yml");
    writeFileSync(file, yaml);
    return loadConfig({}, { COUNTERSIGN_CONFIG: file, ...environment });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export function problemsOf(
  act: () => unknown,
): readonly { path: string; found: string; expected: string; nearest?: string }[] {
  try {
    act();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  throw new Error("nothing was refused");
}
