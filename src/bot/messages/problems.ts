import type { Problem } from "#engine/plan.ts";
import { blocksOf } from "./signature.ts";
import type { Message } from "./message.ts";

/** `subject`: "This plan", "This playbook", ... */
export function problemsMessage(_input: {
  readonly problems: readonly Problem[];
  readonly subject: string;
}): Message {
  return blocksOf("Problems");
}
