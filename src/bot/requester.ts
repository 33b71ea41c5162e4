// Who asks, where, in which request: what every listener makes of its payload before anything is decided.
// The person comes from the signed payload and from nowhere else.

import type { EntryPath } from "#engine/audit-event.ts";
import type { Conversation } from "#engine/identity.ts";
import { secretIn } from "#engine/secret-scan.ts";
import type { KnowsSecret } from "#engine/secret-scan.ts";
import type { Instant } from "#engine/time.ts";
import type { Asker } from "#engine/use-case-ports.ts";
import type { BotPorts, Log, Slack } from "./bot-ports.ts";

/** Everything a listener works with. */
export type Desk = { readonly slack: Slack; readonly ports: BotPorts; readonly log: Log };

/** A channel and, inside it, a thread. A person's id instead of a channel's: a direct message. */
export type Place = { readonly channelId: string; readonly threadTs: string | null };

export type Requester = {
  readonly requestId: string;
  readonly receivedAt: Instant;
  readonly userId: string;
  readonly entry: EntryPath;
  /** Where they wrote or clicked, and where the answer belongs. */
  readonly place: Place;
  /** The thread that a plan asked for here gets; null: its card opens one. */
  readonly planThreadTs: string | null;
  /** What they wrote, for the record. */
  readonly words: string;
};

const KEPT_WORDS = 500;

/** The asker, in a new conversation or in the one of the plan they speak of. */
export function askerOf(
  { slack, ports }: Desk,
  requester: Requester,
  conversation: Conversation | null = null,
): Asker {
  const { requestId, receivedAt, userId, entry } = requester;
  const { teamId } = slack.identity;
  return {
    teamId,
    userId,
    requestId,
    receivedAt,
    entry,
    conversation: conversation ?? newConversation(ports, teamId, requester),
  };
}

function newConversation(
  ports: BotPorts,
  teamId: string,
  { place, planThreadTs, words }: Requester,
): Conversation {
  return {
    id: ports.ids.next("cv"),
    teamId,
    channelId: place.channelId,
    threadTs: planThreadTs,
    words: keptWords(words, ports.redactor.knows),
    permalink: null,
  };
}

/** The words go into the database and the audit log, which must not hold a secret that somebody typed. */
function keptWords(words: string, knows: KnowsSecret): string {
  if (secretIn(words, knows) !== null) return "(left out: the words seem to hold a secret)";
  return words.length > KEPT_WORDS ? `${words.slice(0, KEPT_WORDS)}…` : words;
}
