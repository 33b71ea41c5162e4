import { blocksOf } from "./signature.ts";
import type { Message } from "./message.ts";

export type HelpInput = {
  /** What the caller may do, already filtered by the policy. */
  readonly environments: readonly {
    readonly name: string;
    readonly operations: readonly string[];
  }[];
  readonly playbooks: readonly { readonly name: string; readonly summary: string }[];
  /** The word or phrase help was asked about, when a command was not understood; null: plain help. */
  readonly misunderstood: { readonly word: string; readonly nearest: string | null } | null;
};
export function helpMessage(_input: HelpInput): Message {
  return blocksOf("Help");
}
