// Writes a plan's source the way people edit it.

import { stringify } from "yaml";
import { isJsonObject } from "#engine/json.ts";
import { readYaml } from "./read-yaml.ts";

/** JSON that a request was turned into becomes YAML; what a person wrote as YAML stays letter by letter. */
export function editableSource(source: string): string {
  if (!source.trimStart().startsWith("{")) return source;
  const value = readYaml(source);
  if (!value.ok || !isJsonObject(value.value)) return source;
  return stringify(value.value, { lineWidth: 0, aliasDuplicateObjects: false });
}
