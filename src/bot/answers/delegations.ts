// Handing on one's say in conversation: to whom and until when, taking it back, and who has whose. Whoever is named
// is told, so that nobody signs for others without knowing.

import { delegate, revokeDelegation } from "#engine/delegate.ts";
import type { Delegation } from "#engine/delegation.ts";
import { DirectoryUnavailable } from "#engine/identity.ts";
import type { Command } from "../command-language/command.ts";
import {
  delegatedMessage,
  delegationsMessage,
  takenBackMessage,
  toldMessage,
} from "../messages/delegations.ts";
import { messageJson } from "../messages/message.ts";
import type { Message } from "../messages/message.ts";
import { refusedAnswer } from "../reply.ts";
import type { Answer } from "../reply.ts";
import { askerOf } from "../requester.ts";
import type { Desk, Requester } from "../requester.ts";
import { untilMoment } from "../command-language/until-words.ts";

export async function delegateTo(
  desk: Desk,
  requester: Requester,
  { toUserId, until }: Extract<Command, { kind: "delegate" }>,
): Promise<Answer> {
  const { ports } = desk;
  const timeZone = await timeZoneOf(desk, requester.userId);
  const moment = untilMoment(until, { now: ports.clock.now(), timeZone });
  const asker = askerOf(desk, requester);
  const result = await delegate(ports, asker, { toUserId, until: moment });
  if (!result.ok) return refusedAnswer(result.refusal);
  const { delegation, replaced } = result.value;
  await tell(desk, requester, toUserId, toldMessage(delegation));
  if (replaced !== null && replaced.toUserId !== toUserId)
    await tell(desk, requester, replaced.toUserId, takenBackMessage(replaced, "delegate"));
  return { message: delegatedMessage(delegation, replaced), to: "asker" };
}

export async function takeBack(desk: Desk, requester: Requester): Promise<Answer> {
  const result = await revokeDelegation(desk.ports, askerOf(desk, requester));
  if (!result.ok) return refusedAnswer(result.refusal);
  const revoked: Delegation = result.value;
  await tell(desk, requester, revoked.toUserId, takenBackMessage(revoked, "delegate"));
  return { message: takenBackMessage(revoked, "giver"), to: "asker" };
}

export async function listDelegations({ ports, slack }: Desk): Promise<Message> {
  const now = ports.clock.now();
  return delegationsMessage(await ports.delegations.active(slack.identity.teamId, now));
}

/** Slack says where a person's clocks are. Without an answer the words are read in UTC, and the answer names the moment. */
async function timeZoneOf({ ports, slack }: Desk, userId: string): Promise<string> {
  try {
    const standing = await ports.directory.standing(slack.identity.teamId, userId, "cached");
    return standing.kind === "member" ? (standing.timeZone ?? "UTC") : "UTC";
  } catch (error) {
    if (error instanceof DirectoryUnavailable) return "UTC";
    throw error;
  }
}

async function tell(
  { ports }: Desk,
  { requestId }: Requester,
  userId: string,
  message: Message,
): Promise<void> {
  await ports.outbox.note(
    [
      {
        kind: "reply",
        replyId: `${requestId}:${userId}`,
        channelId: userId,
        threadTs: null,
        userId: null,
        message: messageJson(message),
      },
    ],
    ports.clock.now(),
  );
}
