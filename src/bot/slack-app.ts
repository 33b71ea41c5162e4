// One Bolt app with the same listeners over HTTP and Socket Mode. It is fed by our own intake, which records
// before it acknowledges; Bolt routes what was recorded to its listener.

import type { IncomingMessage, ServerResponse } from "node:http";
import { App } from "@slack/bolt";
import type { Receiver } from "@slack/bolt";
import type { InboundRequest } from "#engine/message-store.ts";
import { SILENT } from "./bot-ports.ts";
import type { BotPorts, Log, Slack, Telemetry } from "./bot-ports.ts";
import { slackClientOptions } from "./connect-slack.ts";
import { createHttpIntake } from "./inbound/http-intake.ts";
import type { Forgery } from "./inbound/http-intake.ts";
import { Intake } from "./inbound/intake.ts";
import type { Ack } from "./inbound/intake.ts";
import { RefusalAudit } from "./inbound/refusal-audit.ts";
import { createSocketIntake } from "./inbound/socket-intake.ts";
import { apologize } from "./listeners/apology.ts";
import { registerListeners } from "./listeners/register-listeners.ts";
import { quietSlackLogger } from "./slack-logger.ts";

export type SlackApp = {
  /** Answers `/slack/events`. In Socket Mode nothing is expected there: 404. */
  readonly handler: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  /** `http` or `socket`, for the start's message. */
  readonly mode: "http" | "socket";
  /** Connects Socket Mode; nothing to do for HTTP. @throws when the app-level token is refused. */
  start(): Promise<void>;
  /** Takes nothing more in and lets what is worked on finish within `graceMs`. */
  stop(graceMs: number): Promise<void>;
  /**
   * Takes up requests that a dead process left, and records how many were refused without an entry of their own. To
   * be called every half minute or so. Answers how many were taken up.
   */
  sweep(): Promise<number>;
  /** Null when requests can come in, else a sentence. */
  problem(): string | null;
};

export type SlackAppOptions = {
  readonly slack: Slack;
  readonly ports: BotPorts;
  readonly log: Log;
  readonly telemetry?: Telemetry;
};

export function createSlackApp({
  slack,
  ports,
  log,
  telemetry = SILENT,
}: SlackAppOptions): SlackApp {
  const app = createBoltApp(slack, log);
  registerListeners(app, { slack, ports, log });
  const refusals = new RefusalAudit({
    audit: ports.audit,
    clock: ports.clock,
    log,
    teamId: slack.identity.teamId,
  });
  const intake = new Intake({
    inbox: ports.inbox,
    refusals,
    clock: ports.clock,
    log,
    telemetry,
    secrets: ports.secrets,
    redactor: ports.redactor,
    identity: slack.identity,
    listen: (request, ack) => app.processEvent(receiverEvent(request, ack)),
    onDefect: (request) => apologize(ports, request),
  });
  const { appToken, signingSecret } = slack.connection;
  const { botUserId } = slack.identity;
  const receive = intake.receive.bind(intake);
  const socket =
    appToken === null
      ? null
      : createSocketIntake({
          connection: { ...slack.connection, appToken },
          botUserId,
          log,
          receive,
        });
  const http = createHttpIntake({
    signingSecret,
    botUserId,
    clock: ports.clock,
    log,
    receive,
    onForged: async (why) => {
      telemetry.inbound("forged", why);
      await refusals.note({
        code: `signature-${why}`,
        attempted: "unproven request",
        explanation: `A request to /slack/events ${UNPROVEN[why]}, and had no effect.`,
        actor: null,
        entry: "web",
      });
    },
  });
  return {
    mode: socket === null ? "http" : "socket",
    handler: socket === null ? http : notHere,
    start: async () => socket?.start(),
    stop: async (graceMs) => {
      await socket?.stop();
      await intake.close(graceMs);
      await refusals.flush(true);
    },
    sweep: async () => {
      await refusals.flush();
      return intake.sweep();
    },
    problem: () => (socket === null || socket.connected() ? null : "Socket Mode is not connected"),
  };
}

/** Bolt as a router: it opens no port, keeps no conversation, and asks Slack for nothing at its start. */
function createBoltApp({ connection, identity }: Slack, log: Log): App {
  const app = new App({
    token: connection.botToken,
    botId: identity.botId,
    botUserId: identity.botUserId,
    tokenVerificationEnabled: false,
    receiver: passive,
    convoStore: false,
    logger: quietSlackLogger(log),
    clientOptions: slackClientOptions(connection, log),
    attachFunctionToken: false,
  });
  // The intake decides what a defect means; Bolt only passes it on.
  app.error(async (error) => {
    throw error;
  });
  return app;
}

const UNPROVEN: Readonly<Record<Forgery, string>> = {
  missing: "carried no signature or timestamp",
  "too-old": "was signed more than five minutes ago",
  "in-the-future": "was signed more than five minutes in the future",
  wrong: "carried a signature that is not Slack's for this app",
};

const passive: Receiver = {
  init: () => undefined,
  start: async () => undefined,
  stop: async () => undefined,
};

function receiverEvent(request: InboundRequest, ack: Ack) {
  return {
    body: { ...request.payload },
    ack: async (answer?: unknown) => ack(answer),
    customProperties: { requestId: request.id, receivedAt: request.receivedAt },
  };
}

async function notHere(_request: IncomingMessage, response: ServerResponse): Promise<void> {
  response.writeHead(404).end();
}
