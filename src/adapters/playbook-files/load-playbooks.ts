// Reads a folder of playbooks. A file that isn't a playbook is a mistake to be told, not skipped.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Problem } from "#engine/plan.ts";
import { playbookCircles } from "#engine/nest-playbook.ts";
import { parsePlaybook } from "#engine/playbook.ts";
import type { Playbook } from "#engine/playbook.ts";
import { readYaml } from "#yaml/read-yaml.ts";

export type LoadedPlaybooks = {
  readonly playbooks: readonly Playbook[];
  readonly mistakes: readonly { readonly file: string; readonly problems: readonly Problem[] }[];
};

/** Every `*.yml` and `*.yaml` directly in the folder, by file name. A folder that isn't there is empty. */
export function loadPlaybooks(directory: string): LoadedPlaybooks {
  const playbooks: Playbook[] = [];
  const mistakes: { file: string; problems: readonly Problem[] }[] = [];
  for (const file of playbookFiles(directory)) {
    const content = readFileSync(file, "utf8");
    const parsed = readYaml(content);
    if (!parsed.ok) {
      mistakes.push({ file, problems: parsed.refusal });
      continue;
    }
    const playbook = parsePlaybook(file, content, parsed.value);
    if (!playbook.ok) {
      mistakes.push({ file, problems: playbook.refusal });
      continue;
    }
    const twin = playbooks.find((other) => other.name === playbook.value.name);
    if (twin === undefined) playbooks.push(playbook.value);
    else mistakes.push({ file, problems: [twiceNamed(twin.name, twin.file)] });
  }
  for (const { playbook, problem } of playbookCircles(playbooks))
    mistakes.push({ file: playbook.file, problems: [problem] });
  return { playbooks, mistakes };
}

function twiceNamed(name: string, other: string): Problem {
  return { path: "name", found: `${name}, which ${other} has too`, expected: "a name of its own" };
}

function playbookFiles(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
      .filter((name) => /\.ya?ml$/.test(name))
      .toSorted()
      .map((name) => join(directory, name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
