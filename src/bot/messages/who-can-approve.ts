// The verdict's tree in words: what the policy asks for, who has filled it, who still could, and what happens when
// the time runs out.

import type { ModalView, RichTextBlockElement } from "@slack/types";
import type { PlanRecord } from "#engine/plan.ts";
import type { Instant } from "#engine/time.ts";
import type { Verdict, VerdictNode, VerdictStatus } from "#engine/verdict.ts";
import { peopleOf, timeLeft } from "./approvals.ts";
import { header, modal, smallPrint } from "./blocks.ts";
import { type Part, always, fitMessage, fitView } from "./budget.ts";
import { CALLBACKS, planValue } from "./identifiers.ts";
import { listed } from "./listed.ts";
import { type Message, notificationText } from "./message.ts";
import { outcomePieces } from "./plan-outcome.ts";
import {
  type Piece,
  bold,
  bullets,
  emoji,
  lines,
  people,
  person,
  richText,
  section,
  sentence,
  time,
  untrusted,
  words,
} from "./rich-text.ts";

export type WhoCanApproveInput = {
  readonly record: PlanRecord;
  readonly verdict: Verdict;
  readonly now: Instant;
};

/** In a modal, for the card's button. */
export function whoCanApproveView(input: WhoCanApproveInput): ModalView {
  const { record } = input;
  return modal({
    callback: CALLBACKS.whoCanApprove,
    title: "Who can approve?",
    close: "Close",
    metadata: planValue({ planId: record.id, version: record.version }),
    blocks: fitView(parts(input)).blocks,
  });
}

/** As a message, for `/ops policy <plan>`. */
export function whoCanApproveMessage(input: WhoCanApproveInput): Message {
  const { record, verdict } = input;
  return {
    text: notificationText(
      `Who can approve ${record.plan.title}: ${verdict.had} of ${verdict.needed} so far`,
    ),
    blocks: fitMessage(parts(input)).blocks,
  };
}

function parts({ record, verdict, now }: WhoCanApproveInput): readonly Part[] {
  const could = verdict.couldApprove;
  const open = record.status === "awaiting-approval";
  const summary = lines(
    outcomePieces(record, verdict, now),
    open
      ? [
          bold("Can still approve  "),
          ...(could.length === 0 ? [words("nobody")] : people(could, 20)),
        ]
      : [],
    open
      ? [
          bold("Approve by  "),
          time(record.approveBy),
          words(
            ` (${timeLeft(record.approveBy, now)}). After that the plan expires and nothing runs.`,
          ),
        ]
      : [],
    [
      words(
        "Whoever asked for a plan or edited it can't approve it, and one person fills one requirement.",
      ),
    ],
  );
  const known = peopleOf(record, verdict);
  return [
    always([header(record.plan.title), richText(summary)]),
    listed(flattened(verdict.tree), (node) => nodeEntry(node, known), {
      priority: 1,
      noun: "requirement",
      hint: "",
      most: 60,
    }),
    listed(verdict.ignored, ignoredEntry, { priority: 2, noun: "vote", hint: "", most: 30 }),
    always([smallPrint(`${record.id} · version ${record.version}`)]),
  ];
}

const STATUS: Readonly<Record<VerdictStatus, { readonly mark: Piece; readonly word: string }>> = {
  met: { mark: emoji("white_check_mark", "2705"), word: "met" },
  waiting: { mark: emoji("hourglass_flowing_sand", "23f3"), word: "waiting" },
  denied: { mark: emoji("no_entry", "26d4"), word: "rejected" },
  expired: { mark: emoji("alarm_clock", "23f0"), word: "expired" },
  unreachable: { mark: emoji("warning", "26a0-fe0f"), word: "can't be reached" },
};

/** Slack indents no deeper. */
const DEEPEST = 8;

type DeepNode = { readonly node: VerdictNode; readonly depth: number };

function flattened(node: VerdictNode, depth = 0): readonly DeepNode[] {
  return [{ node, depth }, ...node.children.flatMap((child) => flattened(child, depth + 1))];
}

function nodeEntry({ node, depth }: DeepNode, known: ReadonlySet<string>): RichTextBlockElement[] {
  const { mark, word } = STATUS[node.status];
  const row = section(mark, words(" "), bold(word), words("  "), ...sentence(node.sentence, known));
  return [bullets([row], Math.min(depth, DEEPEST))];
}

function ignoredEntry({ userId, reason }: Verdict["ignored"][number]): RichTextBlockElement[] {
  return [
    bullets([section(bold("does not count  "), person(userId), words(": "), untrusted(reason))]),
  ];
}
