// What was asked for and how it ended, newest first, each with a link to its conversation.

import type { RichTextBlockElement } from "@slack/types";
import type { HistoryItem } from "#engine/audit-event.ts";
import { RISKS } from "#engine/risk.ts";
import { always, fitMessage } from "./budget.ts";
import { COMMAND } from "./identifiers.ts";
import { glassMark } from "./glass-mark.ts";
import { listed } from "./listed.ts";
import { type Message, notificationText } from "./message.ts";
import { counted, identifier, oneLine } from "./plain.ts";
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

/** @param filter the filters as typed. */
export function historyMessage({
  items,
  filter,
}: {
  readonly items: readonly HistoryItem[];
  readonly filter: string | null;
}): Message {
  const about = filter === null ? "" : ` for ${oneLine(filter, 200).text}`;
  const title =
    items.length === 0
      ? `Nothing in the history${about}.`
      : `${counted(items.length, "plan")}${about}, newest first`;
  const fitted = fitMessage([
    always([richText(lines([bold(title)]))]),
    listed(items, drawn, {
      priority: 1,
      noun: "older one",
      hint: `Narrow the list: ${COMMAND} history person=@ann environment=production outcome=failed since=7d`,
      most: 20,
    }),
  ]);
  return { text: notificationText(title), blocks: fitted.blocks };
}

function drawn(item: HistoryItem): RichTextBlockElement[] {
  const risk = RISKS.find((known) => known === item.risk);
  const conversation: Piece[] =
    item.permalink === null ? [] : [words(" · "), link(item.permalink, "conversation")];
  return [
    bullets([
      section(
        bold(outcomeText(item.outcome)),
        ...glassMark(item.emergency),
        words("  "),
        untrusted(item.title, 150),
        ...conversation,
      ),
    ]),
    bullets(
      [
        section(
          ...(risk === undefined ? [words(identifier(item.risk, 20).text)] : riskPieces(risk)),
          words(` · ${identifier(item.environment, 60).text} · `),
          person(item.requesterId),
          words(" · "),
          time(item.filedAt),
          words(" · "),
          code(identifier(item.planId, 40).text),
        ),
      ],
      1,
    ),
  ];
}

/** `rolled-back` as `Rolled back`. */
function outcomeText(outcome: string): string {
  const text = identifier(outcome, 40).text.replaceAll("-", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}
