// That too few people are left who could approve a waiting plan, or that there are enough again: in its thread, and
// privately to whoever asked for it.

import type { AwaitingPlan } from "#engine/plan.ts";
import type { Verdict } from "#engine/verdict.ts";
import { peopleOf, timeoutWords } from "./approvals.ts";
import { always, fitMessage } from "./budget.ts";
import { COMMAND } from "./identifiers.ts";
import { type Message, notificationText } from "./message.ts";
import {
  type Piece,
  bold,
  code,
  emoji,
  lines,
  link,
  richText,
  sentence,
  time,
  untrusted,
  words,
} from "./rich-text.ts";

type PlanReachInput = {
  readonly record: AwaitingPlan;
  readonly verdict: Verdict;
  /** `requester`: alone, outside of the plan's thread. */
  readonly to: "thread" | "requester";
};

export function planReachMessage(input: PlanReachInput): Message {
  const { record, to } = input;
  const reachable = record.unreachableSince === null;
  const { plan, conversation } = record;
  const title = reachable
    ? "Enough people can approve again: "
    : "Too few people are left who could approve: ";
  const mark = reachable ? emoji("white_check_mark", "2705") : emoji("warning", "26a0-fe0f");
  const where: Piece[] =
    to === "thread" || conversation.permalink === null
      ? []
      : [words(" · "), link(conversation.permalink, "conversation")];
  const rows: Piece[][] = [
    [mark, words(" "), bold(title), untrusted(plan.title, 150), ...where],
    ...(reachable ? [[words("It can still be decided before its time is over.")]] : whyNot(input)),
  ];
  return {
    text: notificationText(`${title}${plan.title}`),
    blocks: fitMessage([always([richText(lines(...rows))])]).blocks,
  };
}

/** The verdict says what is missing; the way out is the requester's or the operator's. */
function whyNot({ record, verdict }: PlanReachInput): Piece[][] {
  const reasons = verdict.tree.children.filter(({ status }) => status === "unreachable");
  const said = reasons.length === 0 ? [verdict.tree] : reasons;
  return [
    ...said
      .slice(0, 3)
      .map((node): Piece[] => [...sentence(node.sentence, peopleOf(record, verdict), 400)]),
    [
      bold("Approve by  "),
      time(record.approveBy),
      words(
        `, ${timeoutWords(record)}. Withdraw it and ask again, or have an operator widen the approvers · `,
      ),
      code(`${COMMAND} policy ${record.id}`),
    ],
  ];
}
