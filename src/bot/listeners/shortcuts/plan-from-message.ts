// The message shortcut: the code block or snippet of somebody's message becomes a plan, asked for by the person
// who used the shortcut.

import type { App, MessageShortcut } from "@slack/bolt";
import type { Json } from "#engine/json.ts";
import { askForWork } from "../../answers/ask-for-work.ts";
import { attachedSource } from "../../answers/attached-source.ts";
import { SHORTCUTS } from "../../messages/identifiers.ts";
import { reply, said } from "../../reply.ts";
import type { Answer } from "../../reply.ts";
import type { Desk, Requester } from "../../requester.ts";
import { readTypedText } from "../../command-language/typed-text.ts";
import { recordedOf } from "../recorded-request.ts";

export function listenToPlanFromMessage(app: App, desk: Desk): void {
  app.shortcut<MessageShortcut>(
    { callback_id: SHORTCUTS.planFromMessage, type: "message_action" },
    async ({ shortcut, context }) => {
      const { message, channel, user, message_ts: ts } = shortcut;
      const threadTs = typeof message["thread_ts"] === "string" ? message["thread_ts"] : ts;
      const typed = readTypedText(message.text ?? "");
      const requester: Requester = {
        ...recordedOf(context),
        userId: user.id,
        entry: "shortcut",
        place: { channelId: channel.id, threadTs },
        planThreadTs: threadTs,
        words: typed.words,
      };
      const answer = await planFrom(
        desk,
        requester,
        typed.codeBlocks,
        message["files"] as Json | undefined,
      );
      if (answer !== null) await reply(desk.ports, requester, answer);
    },
  );
}

async function planFrom(
  desk: Desk,
  requester: Requester,
  codeBlocks: readonly string[],
  files: Json | undefined,
): Promise<Answer | null> {
  const [block] = codeBlocks;
  if (codeBlocks.length > 1)
    return said(
      "This message has several code blocks. Send the plan in a message with one.",
      "warning",
    );
  if (block !== undefined) return askForWork(desk, requester, { kind: "source", text: block });
  const attached = await attachedSource(desk, files);
  if (!attached.ok) return said(attached.refusal.sentence, "warning");
  if (attached.value !== null)
    return askForWork(desk, requester, { kind: "source", text: attached.value });
  return said(
    "This message holds no plan. Use the shortcut on a message with a plan as YAML or JSON in a code block, or as a snippet.",
    "warning",
  );
}
