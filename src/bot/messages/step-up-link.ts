// The private link at which a person approves a plan with a passkey, and the word that a passkey was registered.

import type { Passkey } from "#engine/passkey.ts";
import type { PlanRecord } from "#engine/plan.ts";
import type { Instant } from "#engine/time.ts";
import { always, fitMessage } from "./budget.ts";
import { COMMAND } from "./identifiers.ts";
import { type Message, notificationText } from "./message.ts";
import {
  bold,
  boldUntrusted,
  code,
  emoji,
  lines,
  link,
  richText,
  riskPieces,
  sentence,
  time,
  words,
} from "./rich-text.ts";

export function stepUpLinkMessage({
  record,
  url,
  openBy,
}: {
  readonly record: PlanRecord;
  readonly url: string;
  readonly openBy: Instant;
}): Message {
  const { plan } = record;
  const text = lines(
    [emoji("key", "1f511"), words(" "), bold("Not approved yet: this plan asks for your passkey.")],
    [boldUntrusted(plan.title, 150), words(" · "), ...riskPieces(plan.risk)],
    [link(url, "Approve with your passkey"), words(" · open it by "), time(openBy)],
    [words("The link is for you alone and works once. Whoever else opens it is refused.")],
  );
  return {
    text: notificationText(`Approve with your passkey: ${plan.title}`),
    blocks: fitMessage([always([richText(text)])]).blocks,
  };
}

/** What came of the link, for the person it was made for. */
export function stepUpOutcomeMessage({
  record,
  userId,
  refused,
}: {
  readonly record: PlanRecord;
  readonly userId: string;
  readonly refused: { readonly sentence: string } | null;
}): Message {
  const { plan, id, conversation } = record;
  const title = boldUntrusted(plan.title, 150);
  const thread =
    conversation.permalink === null
      ? []
      : [words(" "), link(conversation.permalink, "See the thread"), words(".")];
  const text =
    refused === null
      ? lines([
          emoji("white_check_mark", "2705"),
          words(` Your passkey approved plan ${id}: `),
          title,
          words("."),
          ...thread,
        ])
      : lines(
          [
            emoji("warning", "26a0-fe0f"),
            words(` Not approved with your link for plan ${id}: `),
            title,
          ],
          [...sentence(refused.sentence, new Set([userId])), ...thread],
        );
  const said = refused === null ? "Your passkey approved" : "Not approved with your passkey";
  return {
    text: notificationText(`${said}: ${plan.title}`),
    blocks: fitMessage([always([richText(text)])]).blocks,
  };
}

/** How a passkey is named to people: enough of its digest to tell it from others. */
export function passkeyName(digest: string): string {
  return digest.slice(0, 12);
}

export function passkeyRegisteredMessage({ digest, synced, registeredAt }: Passkey): Message {
  const kind = synced ? "synchronized between your devices" : "kept on one device";
  const text = lines(
    [emoji("key", "1f511"), words(" "), bold("A passkey was registered for you.")],
    [
      words("Passkey "),
      code(passkeyName(digest)),
      words(`, ${kind}, registered `),
      time(registeredAt),
      words(". From now on it approves plans in your name where the policy asks for one."),
    ],
    [
      bold("If this was not you, "),
      words("tell your operators at once: whoever registered it was signed in to Slack as you. "),
      words("They remove it with "),
      code(`countersign passkey remove ${passkeyName(digest)}`),
      words(`, and ${COMMAND} history shows what it approved.`),
    ],
  );
  return {
    text: notificationText("A passkey was registered for you."),
    blocks: fitMessage([always([richText(text)])]).blocks,
  };
}
