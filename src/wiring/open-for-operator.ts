// Opens what an operator's command needs, or says in one sentence why it can't be had: somebody reads this at night.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { DirectoryInUse } from "#adapters/postgres/directory-lock.ts";
import { loadConfig } from "../config.ts";
import type { Config, ConfigOverrides } from "../config.ts";
import type { CommandOutput } from "./command-output.ts";

export type Opened = { readonly close: () => Promise<void> };

/** Exit code 1 when the database can't be opened. @throws {ConfigError} and whatever is a defect. */
export async function withOpened<T extends Opened>(
  open: (config: Config) => Promise<T>,
  overrides: ConfigOverrides,
  output: Pick<CommandOutput, "complain">,
  act: (opened: T, config: Config) => Promise<number>,
): Promise<number> {
  const config = loadConfig(overrides);
  const missing = nothingThere(config);
  if (missing !== null) {
    output.complain(missing);
    return 1;
  }
  let opened: T;
  try {
    opened = await open(config);
  } catch (error) {
    const sentence = whyClosed(error);
    if (sentence === null) throw error;
    output.complain(sentence);
    return 1;
  }
  try {
    return await act(opened, config);
  } finally {
    await opened.close();
  }
}

/** An empty database made here by mistake would say that no run is under way. */
function nothingThere({ databaseUrl, dataDirectory }: Config): string | null {
  if (databaseUrl !== null || existsSync(join(dataDirectory, "postgres"))) return null;
  return `There is no embedded database in ${dataDirectory}. Set DATABASE_URL to the server that Countersign uses, or COUNTERSIGN_DATA to the folder in which \`start\` keeps its data.`;
}

function inUseText({ message }: DirectoryInUse): string {
  return `${message}
Until then this process is the only one that can reach the runs: use Slack or the playground's page. Stopping it (SIGTERM) finishes or releases what runs; then the runs can be listed, paused and canceled here, and the next start obeys.`;
}

/** Null: nothing that is known to happen to a database. */
export function whyClosed(error: unknown): string | null {
  if (error instanceof DirectoryInUse) return inUseText(error);
  // Errors of the system and of Postgres have a code; their messages hold no password.
  return error instanceof Error && "code" in error && typeof error.code === "string"
    ? `The database cannot be opened: ${error.message || error.code}`
    : null;
}
