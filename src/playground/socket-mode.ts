// Socket Mode: connections opened with a one-time ticket, envelopes sent to any one of them, acknowledgements awaited.

import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer, type RawData, type WebSocket } from "ws";
import type { ChangeFeed } from "./change-feed.ts";
import type { Clock } from "./clock.ts";
import {
  acknowledgeWithinMs,
  type Acknowledgement,
  type Attempt,
  type Delivery,
} from "./delivery.ts";
import type { IdMint } from "./id-mint.ts";
import { isRecord, parseJson, stringAt } from "./json-value.ts";

const maxConnections = 10;
/** The SDK gives up on a connection after 30 s without a ping. */
const pingEveryMs = 10_000;
const goodbyeMs = 500;
const retryReasons = {
  http_timeout: "timeout",
  http_error: "error",
  connection_failed: "error",
} as const;

export type DisconnectReason =
  | "warning"
  | "refresh_requested"
  | "link_disabled"
  | "too_many_websockets";

export interface SocketModeOptions {
  readonly clock: Clock;
  readonly ids: IdMint;
  readonly appId: string;
  readonly changes: ChangeFeed;
}

export class SocketMode {
  readonly #options: SocketModeOptions;
  readonly #server = new WebSocketServer({ noServer: true });
  readonly #tickets = new Set<string>();
  readonly #waiting = new Map<string, (acknowledgement: Acknowledgement) => void>();
  readonly #pings: NodeJS.Timeout;
  #connections: readonly WebSocket[] = [];
  #turn = 0;

  constructor(options: SocketModeOptions) {
    this.#options = options;
    this.#pings = setInterval(() => {
      for (const connection of this.#connections) connection.ping();
    }, pingEveryMs);
    this.#pings.unref();
  }

  get connected(): boolean {
    return this.#connections.length > 0;
  }

  issueTicket(): string {
    const ticket = this.#options.ids.id("ticket-").toLowerCase();
    this.#tickets.add(ticket);
    return ticket;
  }

  /** Takes over an upgrade request that carries a fresh ticket; refuses any other. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer, ticket: string): void {
    if (!this.#tickets.delete(ticket)) {
      socket.end("HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n");
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (connection) => this.#greet(connection));
  }

  #greet(connection: WebSocket): void {
    connection.on("error", () => connection.terminate());
    connection.on("close", () => this.#remove(connection));
    connection.on("message", (data) => this.#receive(data));
    if (this.#connections.length >= maxConnections) {
      this.#disconnect(connection, "too_many_websockets");
      return;
    }
    this.#connections = [...this.#connections, connection];
    connection.send(
      JSON.stringify({
        type: "hello",
        num_connections: this.#connections.length,
        debug_info: { host: "playground", build_number: 1, approximate_connection_time: 18_060 },
        connection_info: { app_id: this.#options.appId },
      }),
    );
    this.#options.changes.publish({ kind: "connection", connected: true });
  }

  #remove(connection: WebSocket): void {
    this.#connections = this.#connections.filter((other) => other !== connection);
    this.#options.changes.publish({ kind: "connection", connected: this.connected });
  }

  #receive(data: RawData): void {
    const frame = parseJson(decodeFrame(data));
    const envelopeId = stringAt(frame, "envelope_id") ?? "";
    const settle = this.#waiting.get(envelopeId);
    if (settle === undefined) return;
    const payload = isRecord(frame) ? frame["payload"] : undefined;
    const empty = payload === undefined || (isRecord(payload) && Object.keys(payload).length === 0);
    // The SDK wraps a plain string answer as {text}, which Slack reads as the same message.
    settle({ kind: "acknowledged", body: empty ? undefined : payload });
  }

  /** Sends to one of the connections, in turn. */
  send(delivery: Delivery, attempt: Attempt): Promise<Acknowledgement> {
    const connection = this.#connections[this.#turn % this.#connections.length];
    this.#turn += 1;
    if (connection === undefined) return Promise.resolve({ kind: "unreachable" });
    const envelopeId = this.#options.ids.id("envelope-").toLowerCase();
    return new Promise((resolve) => {
      const cancel = this.#options.clock.schedule(acknowledgeWithinMs, () =>
        settle({ kind: "timeout" }),
      );
      const lost = () => settle({ kind: "unreachable" });
      const settle = (acknowledgement: Acknowledgement) => {
        cancel();
        connection.off("close", lost);
        this.#waiting.delete(envelopeId);
        resolve(acknowledgement);
      };
      this.#waiting.set(envelopeId, settle);
      connection.once("close", lost);
      connection.send(JSON.stringify(envelope(delivery, envelopeId, attempt)));
    });
  }

  /** Asks every connection to come back, as Slack does every few hours. */
  refresh(reason: DisconnectReason = "refresh_requested"): void {
    for (const connection of this.#connections) this.#disconnect(connection, reason);
  }

  #disconnect(connection: WebSocket, reason: DisconnectReason): void {
    connection.send(
      JSON.stringify({ type: "disconnect", reason, debug_info: { host: "playground" } }),
    );
    if (reason !== "warning") connection.close(1000);
  }

  /** Breaks every connection without a word. */
  cut(): void {
    for (const connection of this.#connections) connection.terminate();
  }

  /** Says goodbye to every connection and waits briefly for the answer. */
  async close(): Promise<void> {
    clearInterval(this.#pings);
    this.#server.close();
    await Promise.all(this.#connections.map(closePolitely));
  }
}

function decodeFrame(data: RawData): string {
  const parts = Array.isArray(data) ? data : [Buffer.from(data as Uint8Array)];
  return Buffer.concat(parts).toString("utf8");
}

function closePolitely(connection: WebSocket): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => connection.terminate(), goodbyeMs);
    connection.once("close", () => {
      clearTimeout(timer);
      resolve();
    });
    connection.close(1001);
  });
}

function envelope(delivery: Delivery, envelopeId: string, attempt: Attempt) {
  const base = {
    envelope_id: envelopeId,
    type: delivery.type,
    payload: delivery.payload,
    accepts_response_payload: delivery.type !== "events_api",
  };
  if (delivery.type !== "events_api") return base;
  const reason = attempt.reason === undefined ? "" : retryReasons[attempt.reason];
  return { ...base, retry_attempt: attempt.number, retry_reason: reason };
}
