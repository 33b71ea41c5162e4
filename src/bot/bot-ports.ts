// What the speaking half is given: the engine's ports, the stores between Slack and the engine, the bells,
// and Slack itself. Knows no adapter.

import type { WebClient } from "@slack/web-api";
import type { Logger } from "pino";
import type { BreakerStore } from "#engine/breaker-store.ts";
import type { Dispatcher } from "#engine/dispatcher.ts";
import type { Inbox, Outbox } from "#engine/message-store.ts";
import type { TimingStore } from "#engine/timings.ts";
import type { EnginePorts } from "#engine/use-case-ports.ts";

export type BotPorts = EnginePorts & {
  readonly inbox: Inbox;
  readonly outbox: Outbox;
  readonly dispatcher: Dispatcher;
  readonly breakers: BreakerStore;
  readonly timings: TimingStore;
  /** Where our own pages are reached, without a slash at its end; null: not configured. Resolves once they are served. */
  readonly publicUrl: () => Promise<string | null>;
};

/** How the program reaches its workspace. */
export type SlackConnection = {
  readonly botToken: string;
  readonly signingSecret: string;
  /** Present: Socket Mode. Null: HTTP. */
  readonly appToken: string | null;
  /** Another Web API base, ending in `/`; null: Slack's own. */
  readonly apiUrl: string | null;
};

/** Who the bot is, as `auth.test` and `bots.info` answered at the start. The only workspace it serves. */
export type SlackIdentity = {
  readonly teamId: string;
  readonly botUserId: string;
  readonly botId: string;
  /** Null: Slack didn't say. */
  readonly appId: string | null;
};

/** What is counted for the metrics. Knows no Prometheus. */
export type Telemetry = {
  /**
   * A request from Slack: `accepted`, `seen` (Slack's own repeat), `replayed`, `other-workspace`, `other-app`,
   * `unavailable`, or how it failed to prove itself.
   */
  readonly inbound: (kind: string, outcome: string) => void;
  /** From a request's arrival to its acknowledgement, in milliseconds. */
  readonly acknowledged: (ms: number) => void;
  /** A paced Web API call: `ok`, or what was wrong. */
  readonly slackCall: (method: string, outcome: string) => void;
};

export const SILENT: Telemetry = {
  inbound: () => undefined,
  acknowledged: () => undefined,
  slackCall: () => undefined,
};

export type Log = Pick<Logger, "debug" | "info" | "warn" | "error">;

/** Slack as the bot calls it: one client whose own retries are off, and who it is there. */
export type Slack = {
  readonly client: WebClient;
  readonly identity: SlackIdentity;
  readonly connection: SlackConnection;
};
