// The playbooks of the configured folder, for whoever files plans and whoever only looks at them. One file with a
// mistake stops both: what is missing would otherwise be told as a name that nobody knows.

import type { Playbook } from "#engine/playbook.ts";
import { loadPlaybooks } from "#adapters/playbook-files/load-playbooks.ts";
import type { Config } from "../config.ts";
import { ConfigError } from "../config/config-error.ts";

/** @throws {ConfigError} with the first file that is no playbook. */
export function openPlaybooks({ playbooksDirectory }: Config): readonly Playbook[] {
  const { playbooks, mistakes } = loadPlaybooks(playbooksDirectory);
  const [first] = mistakes;
  if (first !== undefined) throw new ConfigError(first.file, first.problems);
  return playbooks;
}
