// A refusal as the person sees it: privately, with the exact reason and who can decide.

import type { KnownBlock, ModalView } from "@slack/types";
import { explainRefusal } from "#engine/explain-refusal.ts";
import type { Refusal } from "#engine/refusal.ts";
import type { VerdictNode } from "#engine/verdict.ts";
import { modal } from "./blocks.ts";
import { always, fitMessage, fitView } from "./budget.ts";
import { CALLBACKS } from "./identifiers.ts";
import { type Message, notificationText } from "./message.ts";
import { problemsMessage } from "./problems.ts";
import { bold, emoji, lines, richText, sentence, words } from "./rich-text.ts";

export function refusalMessage(refusal: Refusal): Message {
  if (refusal.code === "plan-invalid")
    return problemsMessage({ problems: refusal.problems, subject: "This plan" });
  const explanation = explainRefusal(refusal);
  return {
    text: notificationText(`Not done. ${explanation}`),
    blocks: fitMessage([always(refusalBlocks(refusal))]).blocks,
  };
}

/** The same in a modal, for clicks inside a modal and on App Home. */
export function refusalView(refusal: Refusal): ModalView {
  const blocks =
    refusal.code === "plan-invalid" ? refusalMessage(refusal).blocks : refusalBlocks(refusal);
  return modal({
    callback: CALLBACKS.notice,
    title: "Not done",
    close: "Close",
    metadata: "",
    blocks: fitView([always(blocks)]).blocks,
  });
}

function refusalBlocks(refusal: Refusal): KnownBlock[] {
  const mark = emoji("no_entry", "26d4");
  return [
    richText(
      lines([
        mark,
        words(" "),
        bold("Not done. "),
        ...sentence(explainRefusal(refusal), namedIn(refusal)),
      ]),
    ),
  ];
}

/** Only people and channels the refusal itself names become mentions: what the requester typed may look like one, too. */
export function namedIn(refusal: Refusal): ReadonlySet<string> {
  if (refusal.code === "quorum-unreachable") return new Set(idsInTree(refusal.tree));
  return new Set([
    ...("userId" in refusal ? [refusal.userId] : []),
    ...("whoCan" in refusal ? refusal.whoCan : []),
    ...("channelIds" in refusal ? refusal.channelIds : []),
    ...("takenBy" in refusal && refusal.takenBy !== null ? [refusal.takenBy] : []),
    ...("byUserIds" in refusal ? refusal.byUserIds : []),
  ]);
}

/** A tree's sentences are the engine's own: groups of the configuration and people's ids. */
function idsInTree(node: VerdictNode): readonly string[] {
  const own = [...node.sentence.matchAll(/@([UW][A-Z0-9]{2,30})\b/g)].map(
    (match) => match[1] ?? "",
  );
  return [...own, ...node.children.flatMap(idsInTree)];
}
