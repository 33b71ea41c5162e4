// A plan that waits for the reader, wherever that is listed: the same picture as on its card, so that a signature given
// here is one for what the card shows, with the words and buttons to decide at once. Or one line of it.

import type { KnownBlock, RichTextBlockElement } from "@slack/types";
import type { Instant } from "#engine/time.ts";
import type { WaitingPlan } from "#engine/waiting-plans.ts";
import { freezePieces, shortFreezePieces, timeLeft } from "./approvals.ts";
import { actions, button, smallPrint } from "./blocks.ts";
import { ACTIONS, planValue } from "./identifiers.ts";
import { identifier } from "./plain.ts";
import { approveButton } from "./approve-button.ts";
import { cutNotice } from "./cut-notice.ts";
import { picturedCard } from "./plan-picture.ts";
import {
  type Piece,
  bold,
  bullets,
  code,
  lines,
  link,
  person,
  richText,
  riskPieces,
  section,
  time,
  untrusted,
  words,
} from "./rich-text.ts";

/** Its card's picture, what is missing and until when, and the buttons. */
export function waitingPlanBlocks(waiting: WaitingPlan, now: Instant): KnownBlock[] {
  const { record, freeze } = waiting;
  const { permalink } = record.conversation;
  const value = planValue({ planId: record.id, version: record.version });
  return [
    ...pictureBlocks(waiting, now),
    actions(
      approveButton(record, freeze),
      button({ action: ACTIONS.reject, text: "Reject", value }),
      button({ action: ACTIONS.fullPlan, text: "Full plan", value }),
      ...(permalink === null
        ? []
        : [
            button({
              action: ACTIONS.openConversation,
              text: "Open conversation",
              value,
              url: permalink,
            }),
          ]),
    ),
  ];
}

/** What the reader signs, without buttons. */
export function pictureBlocks(
  { record, verdict, freeze }: WaitingPlan,
  now: Instant,
): KnownBlock[] {
  const { blocks, cut } = picturedCard(record);
  const { id, version, hash, approveBy } = record;
  return [
    ...blocks,
    richText(
      lines(
        cut ? cutNotice(record, true) : [],
        [
          bold("Approvals  "),
          words(`${verdict.had} of ${verdict.needed} · `),
          bold("Approve by  "),
          time(approveBy),
          words(` (${timeLeft(approveBy, now)})`),
        ],
        freeze === null ? [] : freezePieces(freeze),
      ),
    ),
    smallPrint(`${id} · version ${version} · hash ${hash.slice(0, 12)}`),
  ];
}

/** One entry of a list. @param mark before its title. */
export function waitingPlanEntry(
  { record, verdict, freeze }: WaitingPlan,
  now: Instant,
  mark: readonly Piece[] = [],
): RichTextBlockElement[] {
  const { plan, conversation } = record;
  const card: Piece[] =
    conversation.permalink === null
      ? []
      : [words(" · "), link(conversation.permalink, "conversation")];
  return [
    bullets([section(...mark, untrusted(plan.title, 150), ...card)]),
    bullets(
      [
        section(
          ...riskPieces(plan.risk),
          words(` · ${identifier(plan.environment, 60).text} · asked for by `),
          person(record.requester.userId),
          words(" · "),
          code(record.id),
        ),
        section(
          words(`${verdict.had} of ${verdict.needed} · approve by `),
          time(record.approveBy),
          words(` (${timeLeft(record.approveBy, now)})`),
          ...(freeze === null ? [] : [words(" · "), ...shortFreezePieces(freeze)]),
        ),
      ],
      1,
    ),
  ];
}
