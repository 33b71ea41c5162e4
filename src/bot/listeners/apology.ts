// Tells a person that their request failed for a reason of ours, wherever they made it.

import { isJsonObject } from "#engine/json.ts";
import type { JsonObject } from "#engine/json.ts";
import type { InboundRequest } from "#engine/message-store.ts";
import type { BotPorts } from "../bot-ports.ts";
import { reply, said } from "../reply.ts";
import type { Place } from "../requester.ts";

export async function apologize(ports: BotPorts, request: InboundRequest): Promise<void> {
  const { id, userId, payload, receivedAt } = request;
  if (userId === null || (payload["event"] !== undefined && isHome(payload["event"]))) return;
  const place = placeOf(payload) ?? { channelId: userId, threadTs: null };
  const text = `Something went wrong inside Countersign, and your request may not have been carried out. Look at the plan before you try again. For the operators: request ${id}.`;
  await reply(
    ports,
    { requestId: id, receivedAt, userId, entry: "web", place, planThreadTs: null, words: "" },
    said(text, "warning"),
  );
}

function placeOf(payload: JsonObject): Place | null {
  const { event, channel, container, channel_id: commandChannel } = payload;
  if (isJsonObject(event)) return place(event["channel"], event["thread_ts"] ?? event["ts"]);
  if (typeof commandChannel === "string") return place(commandChannel, null);
  const threadTs = isJsonObject(container) ? container["thread_ts"] : null;
  return place(isJsonObject(channel) ? channel["id"] : null, threadTs);
}

function place(channelId: unknown, threadTs: unknown): Place | null {
  return typeof channelId === "string"
    ? { channelId, threadTs: typeof threadTs === "string" ? threadTs : null }
    : null;
}

function isHome(event: unknown): boolean {
  return isJsonObject(event) && event["type"] === "app_home_opened";
}
