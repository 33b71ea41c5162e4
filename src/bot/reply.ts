// Answers a request through the outbox, so that an outage delays the answer and a request worked on twice is
// answered once.

import type { BotPorts } from "./bot-ports.ts";
import { messageJson } from "./messages/message.ts";
import type { Message } from "./messages/message.ts";
import { refusalMessage } from "./messages/refusal-message.ts";
import { saidMessage } from "./messages/said.ts";
import type { Said } from "./messages/said.ts";
import type { Refusal } from "#engine/refusal.ts";
import type { Place, Requester } from "./requester.ts";

/** What a request is answered with: to everyone where it was made, or to the asker alone. */
export type Answer = {
  readonly message: Message;
  readonly to: "everyone" | "asker";
  readonly place?: Place;
};

/** @param answer null: something else that is on its way answers. */
export async function reply(
  ports: BotPorts,
  requester: Requester,
  answer: Answer | null,
): Promise<void> {
  if (answer === null) return;
  const { channelId, threadTs } = answer.place ?? requester.place;
  await ports.outbox.note(
    [
      {
        kind: "reply",
        replyId: requester.requestId,
        channelId,
        threadTs,
        userId: answer.to === "asker" ? requester.userId : null,
        message: messageJson(answer.message),
      },
    ],
    ports.clock.now(),
  );
}

export function said(text: string, mark?: Said["mark"]): Answer {
  return { message: saidMessage({ text, ...(mark !== undefined && { mark }) }), to: "asker" };
}

export function refusedAnswer(refusal: Refusal): Answer {
  return { message: refusalMessage(refusal), to: "asker" };
}
