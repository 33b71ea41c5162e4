// From a file to what countersign.yml says, or every place in it that is wrong. Knows no environment variable.

import { readFileSync } from "node:fs";
import { nearestName } from "#engine/nearest-name.ts";
import { pathText, problemsOfZodError } from "#engine/zod-problems.ts";
import { readYaml } from "#yaml/read-yaml.ts";
import { ConfigError } from "./config-error.ts";
import { configFileSchema } from "./config-file.ts";
import type { ConfigFile } from "./config-file.ts";
import { crossReferences } from "./cross-references.ts";
import { knownKeys } from "./known-keys.ts";

/** @throws {ConfigError} */
export function readConfigFile(file: string): ConfigFile {
  let content: string;
  try {
    content = readFileSync(file, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new ConfigError(file, [
      {
        path: "",
        found: code === "ENOENT" ? "no such file" : code,
        expected:
          "a configuration: copy countersign.example.yml, or name another in COUNTERSIGN_CONFIG",
      },
    ]);
  }
  return parseConfig(file, content);
}

/** @throws {ConfigError} naming the file and each wrong place in it. */
export function parseConfig(file: string, content: string): ConfigFile {
  const document = readYaml(content);
  if (!document.ok) throw new ConfigError(file, document.refusal);
  const parsed = configFileSchema.safeParse(document.value);
  if (!parsed.success) {
    throw new ConfigError(file, problemsOfZodError(parsed.error, document.value, knownKeys));
  }
  const unresolved = crossReferences(parsed.data);
  if (unresolved.length > 0) {
    throw new ConfigError(
      file,
      unresolved.map(({ path, found, known, expected }) => {
        const nearest = nearestName(found, known);
        return {
          path: pathText(path),
          found,
          expected:
            expected ??
            (known.length === 0
              ? "a name defined in this file (there is none)"
              : `one of ${known.join(", ")}`),
          ...(nearest !== null && { nearest }),
        };
      }),
    );
  }
  if (Object.keys(parsed.data.environments).length === 0) {
    throw new ConfigError(file, [
      { path: "environments", found: "none", expected: "at least one environment" },
    ]);
  }
  return parsed.data;
}
