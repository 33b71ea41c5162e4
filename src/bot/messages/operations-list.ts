import type { JsonObject } from "#engine/json.ts";
import type { Risk } from "#engine/risk.ts";
import { blocksOf } from "./signature.ts";
import type { Message } from "./message.ts";

export type ListedOperation = {
  readonly name: string;
  readonly summary: string;
  readonly worstRisk: Risk;
  readonly example: JsonObject;
  /** Environments where the caller may use it. */ readonly environments: readonly string[];
};
export function operationsMessage(_input: {
  readonly operations: readonly ListedOperation[];
  readonly filter: string | null;
}): Message {
  return blocksOf("Operations");
}
