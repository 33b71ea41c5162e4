// What people are told about delegations: the one who hands on their say, the one who gets it, and everyone who asks.

import type { RichTextBlockElement } from "@slack/types";
import type { Delegation } from "#engine/delegation.ts";
import { always, fitMessage } from "./budget.ts";
import { COMMAND } from "./identifiers.ts";
import { listed } from "./listed.ts";
import { type Message, notificationText } from "./message.ts";
import { counted } from "./plain.ts";
import {
  type Piece,
  bold,
  bullets,
  code,
  lines,
  person,
  richText,
  section,
  time,
  words,
} from "./rich-text.ts";

const COUNTS =
  "Your vote then counts where theirs would, unless they vote themselves or one of you asked for the plan or edited it.";

/** To whoever hands on their say. */
export function delegatedMessage(made: Delegation, replaced: Delegation | null): Message {
  const instead: Piece[] =
    replaced === null || replaced.toUserId === made.toUserId
      ? []
      : [words(" instead of "), person(replaced.toUserId)];
  return message("Your delegate is set.", [
    [
      person(made.toUserId),
      words(" can decide in your place"),
      ...instead,
      words(" until "),
      time(made.until),
      words("."),
    ],
    [
      words("Your own vote goes before theirs. Take it back with "),
      code(`${COMMAND} delegate off`),
      words("."),
    ],
  ]);
}

/** To whoever gets it. */
export function toldMessage(made: Delegation): Message {
  return message("You can decide in somebody's place.", [
    [
      person(made.fromUserId),
      words(" asks you to decide in their place until "),
      time(made.until),
      words("."),
    ],
    [words(COUNTS)],
  ]);
}

/** To either of them, after it ended before its time. */
export function takenBackMessage(ended: Delegation, to: "giver" | "delegate"): Message {
  return to === "giver"
    ? message("Your delegate is removed.", [
        [person(ended.toUserId), words(" no longer decides in your place.")],
      ])
    : message("You no longer decide in somebody's place.", [
        [words("You no longer decide in the place of "), person(ended.fromUserId), words(".")],
      ]);
}

export function delegationsMessage(delegations: readonly Delegation[]): Message {
  const title =
    delegations.length === 0
      ? `Nobody decides in another's place. To be away: ${COMMAND} delegate @name until friday`
      : counted(delegations.length, "delegation");
  const fitted = fitMessage([
    always([richText(lines([bold(title)]))]),
    listed(delegations, drawn, { priority: 1, noun: "delegation", hint: "", most: 40 }),
  ]);
  return { text: notificationText(title), blocks: fitted.blocks };
}

function drawn({ fromUserId, toUserId, until }: Delegation): RichTextBlockElement[] {
  return [
    bullets([
      section(
        person(toUserId),
        words(" in the place of "),
        person(fromUserId),
        words(" until "),
        time(until),
      ),
    ]),
  ];
}

function message(text: string, rows: readonly (readonly Piece[])[]): Message {
  return {
    text: notificationText(text),
    blocks: fitMessage([always([richText(lines(...rows))])]).blocks,
  };
}
