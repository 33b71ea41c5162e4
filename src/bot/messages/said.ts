import { blocksOf } from "./signature.ts";
import type { Message } from "./message.ts";

/** A short answer in our own words ("Pause asked for: ..."), with an optional person it speaks of. */
export function saidMessage(_input: {
  readonly text: string;
  readonly mark?: "done" | "waiting" | "warning";
}): Message {
  return blocksOf("Said");
}
/** What is said at once when work takes longer than an acknowledgement. */
export function outputMessage(_input: {
  readonly title: string;
  readonly output: string;
  readonly more: string | null;
}): Message {
  return blocksOf("Output");
}
