import { blocksOf } from "./signature.ts";
import type { ModalView } from "@slack/types";
import { modal } from "./blocks.ts";
import { CALLBACKS } from "./identifiers.ts";
import type { Message } from "./message.ts";

/** `explanation`: explainRefusal(refusal); `people`: user ids the refusal names, the only ones that become mentions. */
export type RefusalInput = {
  readonly explanation: string;
  readonly people: readonly string[];
  readonly attempted: string;
};
export function refusalMessage({ explanation }: RefusalInput): Message {
  return blocksOf(explanation);
}
/** The same in a modal, for clicks inside a modal or on App Home. */
export function refusalView(_input: RefusalInput): ModalView {
  return modal({
    callback: CALLBACKS.notice,
    title: "Not done",
    close: "Close",
    metadata: "",
    blocks: [],
  });
}
