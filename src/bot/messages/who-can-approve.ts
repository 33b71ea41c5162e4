// The verdict's tree in words: what the policy asks for, who has filled it, who still could, who can't and why, and
// what happens when the time runs out.

import type { ModalView, RichTextBlockElement } from "@slack/types";
import type { Approvers, PersonsSay } from "#engine/explain-approvers.ts";
import { wayOut } from "#engine/explain-refusal.ts";
import type { PlanRecord } from "#engine/plan.ts";
import type { Instant } from "#engine/time.ts";
import type { Verdict, VerdictNode, VerdictStatus } from "#engine/verdict.ts";
import { freezePieces, peopleOf, policyPieces, timeLeft, timeoutWords } from "./approvals.ts";
import { header, modal, smallPrint } from "./blocks.ts";
import { type Part, always, fitMessage, fitView } from "./budget.ts";
import { CALLBACKS, planValue } from "./identifiers.ts";
import { listed } from "./listed.ts";
import { type Message, notificationText } from "./message.ts";
import { counted, identifier } from "./plain.ts";
import { isOpen, outcomePieces } from "./plan-outcome.ts";
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
  readonly approvers: Approvers;
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
  const { record, approvers } = input;
  const { had, needed } = approvers.verdict;
  return {
    text: notificationText(`Who can approve ${record.plan.title}: ${had} of ${needed} so far`),
    blocks: fitMessage(parts(input)).blocks,
  };
}

function parts({ record, approvers, now }: WhoCanApproveInput): readonly Part[] {
  const { verdict, freeze } = approvers;
  const open = isOpen(record, now);
  const summary = lines(
    outcomePieces(record, verdict, now),
    [...policyPieces(record.rule), ...changedPieces(approvers, open)],
    ...(open ? clockRows(record, approvers, now) : []),
    freeze === null ? [] : freezePieces(freeze),
    [
      words(
        "Whoever asked for a plan or edited it can't approve it, and one person fills one requirement.",
      ),
    ],
  );
  const said = approvers.people.filter(({ say }) => say !== "cannot");
  const cannot = approvers.people.filter(({ say }) => say === "cannot");
  const known = new Set([
    ...peopleOf(record, verdict),
    ...approvers.people.map(({ userId }) => userId),
  ]);
  const told = new Set(cannot.map(({ userId }) => userId));
  const ignored = verdict.ignored.filter(({ userId }) => !told.has(userId));
  return [
    always([header(record.plan.title), richText(summary)]),
    listed(flattened(verdict.tree), (node) => nodeEntry(node, known), {
      priority: 1,
      noun: "requirement",
      hint: "",
      most: 60,
    }),
    listed(said, (one) => personEntry(one, known), {
      priority: 2,
      noun: "approver",
      hint: "",
      most: 60,
    }),
    listed(cannot, (one) => personEntry(one, known), {
      priority: 3,
      noun: "excluded person",
      hint: "",
      most: 60,
    }),
    always(unknownBlocks(approvers)),
    always(notAskedBlocks(approvers)),
    listed(ignored, ignoredEntry, { priority: 4, noun: "vote", hint: "", most: 30 }),
    always([smallPrint(`${record.id} · version ${record.version}`)]),
  ];
}

function changedPieces({ policyChanged }: Approvers, open: boolean): Piece[] {
  return policyChanged && open
    ? [words(" · the configuration has changed since: it is looked at again before the run starts")]
    : [];
}

/** What happens, and when, while nobody does anything. */
function clockRows(
  record: PlanRecord,
  { widened }: Approvers,
  now: Instant,
): readonly (readonly Piece[])[] {
  if (record.status !== "awaiting-approval") return [];
  const { widen, denyAt, remindAfterMs } = record.rule;
  const remindAt = remindAfterMs === null ? null : record.begunAt + remindAfterMs;
  return [
    [
      bold("Approve by  "),
      time(record.approveBy),
      words(` (${timeLeft(record.approveBy, now)}), ${timeoutWords(record)}`),
    ],
    widen === null
      ? []
      : [
          words(widened ? "Since " : "From "),
          time(record.begunAt + widen.afterMs),
          words(widened ? " these may approve, too: " : " on these may approve, too: "),
          ...sourcePieces(widen),
        ],
    remindAt === null || remindAt >= record.approveBy || record.remindedAt !== null
      ? []
      : [words("A reminder is due "), time(remindAt)],
    denyAt === 1 ? [] : [words(`${denyAt} rejections deny it`)],
  ];
}

/** From the configuration, which an operator wrote; people in it are named, and may be mentioned. */
function sourcePieces({
  groups,
  users,
}: {
  readonly groups: readonly string[];
  readonly users: readonly string[];
}): Piece[] {
  const names = groups.map((group) => identifier(group, 40).text).join(", ");
  return [
    ...(names === "" ? [] : [words(names)]),
    ...(users.length === 0 ? [] : [words(names === "" ? "" : " and "), ...people(users)]),
  ];
}

/** What a vote would be answered, too: who is in these groups is not known, and what to do. */
function unknownBlocks({ unknown }: Approvers) {
  if (unknown === null) return [];
  const names = unknown.names.map((name) => identifier(name, 60).text).join(", ");
  return [
    richText(
      section(
        emoji("warning", "26a0-fe0f"),
        words(" "),
        bold(`Who is in ${names} is not known`),
        words(", so nobody's approval counts for it. "),
        untrusted(wayOut(unknown.remedy), 1000),
      ),
    ),
  ];
}

function notAskedBlocks({ notAsked }: Approvers) {
  return notAsked === 0
    ? []
    : [
        richText(
          section(
            bold(`${counted(notAsked, "more member")} of these groups`),
            words(" not asked about here; each is asked about when they vote."),
          ),
        ),
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

const SAYS: Readonly<Record<PersonsSay["say"], string>> = {
  could: "could approve",
  counts: "counts",
  cannot: "can't approve",
  unknown: "not known",
};

function personEntry(
  { userId, say, detail }: PersonsSay,
  known: ReadonlySet<string>,
): RichTextBlockElement[] {
  const row = section(
    person(userId),
    words("  "),
    bold(SAYS[say]),
    words(say === "could" ? " " : ": "),
    ...sentence(detail, known, 300),
  );
  return [bullets([row])];
}

function ignoredEntry({ userId, reason }: Verdict["ignored"][number]): RichTextBlockElement[] {
  return [
    bullets([section(bold("does not count  "), person(userId), words(": "), untrusted(reason))]),
  ];
}
