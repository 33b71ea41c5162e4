// Said in a waiting plan's thread when more people may decide on it because it has waited too long.

import type { AwaitingPlan } from "#engine/plan.ts";
import type { People } from "#engine/policy.ts";
import { timeoutWords } from "./approvals.ts";
import { always, fitMessage } from "./budget.ts";
import { COMMAND } from "./identifiers.ts";
import { type Message, notificationText } from "./message.ts";
import { identifier } from "./plain.ts";
import { type Piece, bold, code, lines, richText, time, untrusted, words } from "./rich-text.ts";

/** More names than this tell a reader nothing. */
const NAMED = 8;

/** Mentions nobody: those it is for are written to by themselves, while they work. */
export function planWidenedMessage(record: AwaitingPlan, { groups, users }: People): Message {
  const named = [...groups, ...users].map((name) => identifier(name, 40).text);
  const more = named.length - NAMED;
  const listed = named.slice(0, NAMED).join(", ");
  const rows: Piece[][] = [
    [bold("More people may approve now: "), untrusted(record.plan.title, 150)],
    [
      words(
        `It has waited so long that the policy lets these decide, too: ${listed}${more > 0 ? ` and ${more} more` : ""}`,
      ),
    ],
    [
      words("Approve by "),
      time(record.approveBy),
      words(`, ${timeoutWords(record)} · `),
      code(`${COMMAND} policy ${record.id}`),
    ],
  ];
  return {
    text: notificationText(`More people may approve now: ${record.plan.title}`),
    blocks: fitMessage([always([richText(lines(...rows))])]).blocks,
  };
}
