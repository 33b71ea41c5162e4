// `/ops ...`: the words of a slash command. It has no thread, so its answers are for the asker alone and its
// card opens the thread.

import type { App } from "@slack/bolt";
import { answerCommand, answerMisread } from "../../answers/answer-command.ts";
import { readCommand } from "../../command-language/read-command.ts";
import { COMMAND } from "../../messages/identifiers.ts";
import { reply } from "../../reply.ts";
import type { Desk, Requester } from "../../requester.ts";
import { readTypedText } from "../../command-language/typed-text.ts";
import { recordedOf } from "../recorded-request.ts";
import { vocabularyOf } from "../vocabulary.ts";

export function listenToOpsCommand(app: App, desk: Desk): void {
  app.command(COMMAND, async ({ command, context }) => {
    const typed = readTypedText(command.text);
    const requester: Requester = {
      ...recordedOf(context),
      userId: command.user_id,
      entry: "command",
      place: { channelId: command.channel_id, threadTs: null },
      planThreadTs: null,
      words: `${COMMAND} ${typed.words}`,
    };
    const read = readCommand(typed, vocabularyOf(desk.ports));
    const answer = read.ok
      ? await answerCommand(desk, requester, read.value)
      : await answerMisread(desk, requester, read.refusal);
    if (answer === null) return;
    await reply(
      desk.ports,
      requester,
      answer.place === undefined ? { ...answer, to: "asker" } : answer,
    );
  });
}
