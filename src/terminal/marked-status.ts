// How a plan or run stands, in a table for a terminal: marked, as in Slack, when the glass was broken for it.

import { identifier } from "#bot/messages/plain.ts";

export function markedStatus(status: string, emergency: boolean): string {
  const { text } = identifier(status, 20);
  return emergency ? `${text}, break-glass` : text;
}
