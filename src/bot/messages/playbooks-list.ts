import { blocksOf } from "./signature.ts";
import type { Message } from "./message.ts";

export type ListedPlaybook = {
  readonly name: string;
  readonly summary: string;
  readonly inputs: readonly {
    readonly name: string;
    readonly type: string;
    readonly required: boolean;
  }[];
};
export function playbooksMessage(_input: {
  readonly playbooks: readonly ListedPlaybook[];
  readonly filter: string | null;
}): Message {
  return blocksOf("Playbooks");
}
