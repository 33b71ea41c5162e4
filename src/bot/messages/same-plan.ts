// Somebody asks for a plan that waits for approval already: what they are told, and what its thread is told.

import type { AwaitingPlan } from "#engine/plan.ts";
import { always, fitMessage } from "./budget.ts";
import { COMMAND } from "./identifiers.ts";
import { type Message, notificationText } from "./message.ts";
import {
  type Piece,
  bold,
  boldUntrusted,
  code,
  lines,
  link,
  person,
  richText,
  time,
  words,
} from "./rich-text.ts";

/**
 * To whoever asked once more.
 * @param kept the plan that theirs was to replace, and that stays as it is.
 */
export function samePlanMessage(
  record: AwaitingPlan,
  askerId: string,
  kept: string | null = null,
): Message {
  const { plan, conversation, requester } = record;
  const own = requester.userId === askerId;
  const where: Piece[] =
    conversation.permalink === null
      ? [words(": "), code(`${COMMAND} show ${record.id}`)]
      : [words(": "), link(conversation.permalink, "its conversation")];
  const asked: Piece[] = own
    ? [words("You asked for it yourself, so nothing new was filed.")]
    : [
        words("Asked for by "),
        person(requester.userId),
        words(", so nothing new was filed. Its thread says that you want it, too."),
      ];
  const rights: Piece[] = own
    ? []
    : [
        words("You did not file it: if you are one of its approvers, you may approve it there. "),
        code(`${COMMAND} policy ${record.id}`),
        words(" says who is."),
      ];
  return {
    text: notificationText(`The same plan waits already: ${plan.title} · ${record.id}`),
    blocks: fitMessage([
      always([
        richText(
          lines(
            [bold("The same plan waits already"), ...where, words(" · "), code(record.id)],
            [boldUntrusted(plan.title, 150)],
            [...asked, words(" Approve by "), time(record.approveBy)],
            rights,
            kept === null ? [] : [words("Plan "), code(kept), words(" was not replaced.")],
          ),
        ),
      ]),
    ]).blocks,
  };
}

/** In the thread of the plan that waits. */
export function planWantedMessage(userId: string): Message {
  return {
    text: notificationText("Somebody else asks for the same plan."),
    blocks: fitMessage([
      always([
        richText(
          lines([
            person(userId),
            words(" asks for the same plan. It is not filed twice: this one stands for both."),
          ]),
        ),
      ]),
    ]).blocks,
  };
}
