import { header } from "./blocks.ts";
import { type Message, notificationText } from "./message.ts";
export function blocksOf(text: string): Message {
  return { text: notificationText(text), blocks: [header(text)] };
}
