// Slack's requests over Socket Mode: Bolt's receiver keeps the connection, and what it receives goes the same
// way in as HTTP does. An envelope that could not be recorded is not acknowledged, so Slack delivers it again.

import { SocketModeReceiver } from "@slack/bolt";
import type { App, ReceiverEvent } from "@slack/bolt";
import { isJsonObject } from "#engine/json.ts";
import { slackClientOptions } from "../connect-slack.ts";
import type { Log, SlackConnection } from "../bot-ports.ts";
import { quietSlackLogger } from "../slack-logger.ts";
import { readDelivery } from "./delivery.ts";
import type { Incoming } from "./intake.ts";

export type SocketIntake = {
  /** Resolves when the connection stands; rejects when the app-level token is refused. */
  start(): Promise<void>;
  stop(): Promise<void>;
  readonly connected: () => boolean;
};

export function createSocketIntake(options: {
  readonly connection: SlackConnection & { readonly appToken: string };
  readonly botUserId: string;
  readonly log: Log;
  readonly receive: (incoming: Incoming) => Promise<"accepted" | "unavailable">;
}): SocketIntake {
  const { connection, botUserId, log, receive } = options;
  const {
    retryConfig: _off,
    rejectRateLimitedCalls: _neither,
    ...clientOptions
  } = slackClientOptions(connection, log);
  const receiver = new SocketModeReceiver({
    appToken: connection.appToken,
    logger: quietSlackLogger(log),
    // Opening the connection is retried by the library itself: nothing else would.
    installerOptions: { clientOptions },
  });
  let connected = false;
  receiver.client.on("connected", () => {
    connected = true;
  });
  for (const event of ["disconnected", "reconnecting", "close"]) {
    receiver.client.on(event, () => {
      connected = false;
    });
  }
  const processEvent = async (event: ReceiverEvent): Promise<void> => {
    if (!isJsonObject(event.body)) return event.ack();
    const read = readDelivery(event.body, botUserId);
    if (read.kind !== "delivery") return event.ack();
    await receive({
      delivery: read.delivery,
      retry: (event.retryNum ?? 0) > 0,
      ack: (answer) => event.ack(answer),
    });
  };
  // The receiver calls nothing of the app but this; the app itself is fed after the request was recorded.
  receiver.init({ processEvent } as unknown as App);
  return {
    start: async () => {
      await receiver.start();
    },
    stop: async () => {
      await receiver.stop();
    },
    connected: () => connected,
  };
}
