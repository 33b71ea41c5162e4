// Slack's requests over HTTP: bounded body, signature on the raw bytes, and only then parsed and taken in.
// Mounted on a server that is handed in; knows no listener.

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "#engine/time.ts";
import type { Log } from "../bot-ports.ts";
import { parseBody, readDelivery } from "./delivery.ts";
import type { Ack, Incoming } from "./intake.ts";
import { checkSignature } from "./signature.ts";
import type { SignatureAnswer } from "./signature.ts";

/** Slack's largest payloads are views of 250 kB; forms encode them to at most three times that. */
const LARGEST_BODY_BYTES = 1_000_000;

export type Forgery = Exclude<SignatureAnswer, "valid">;

export type HttpIntakeOptions = {
  readonly signingSecret: string;
  readonly botUserId: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly receive: (incoming: Incoming) => Promise<"accepted" | "unavailable">;
  /** A request without a valid signature: nobody is known to have sent it. */
  readonly onForged: (why: Forgery) => Promise<void>;
};

/** Handles `/slack/events`: events, commands and interactivity. */
export function createHttpIntake(
  options: HttpIntakeOptions,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  return async (request, response) => {
    if (request.method !== "POST") return end(response, 405, "");
    const body = await readBody(request);
    if (body === null) return end(response, 413, "");
    const answer = checkSignature({
      secret: options.signingSecret,
      body,
      timestamp: header(request, "x-slack-request-timestamp"),
      signature: header(request, "x-slack-signature"),
      now: options.clock.now(),
    });
    if (answer !== "valid") {
      end(response, 401, "");
      return options.onForged(answer);
    }
    const payload = parseBody(header(request, "content-type"), body.toString("utf8"));
    if (payload === null) return end(response, 400, "");
    const read = readDelivery(payload, options.botUserId);
    switch (read.kind) {
      case "unreadable":
        return end(response, 400, "");
      case "ignored":
        return end(response, 200, "");
      case "challenge":
        return end(response, 200, read.challenge);
      case "delivery": {
        const retry = header(request, "x-slack-retry-num") !== undefined;
        const received = await options.receive({
          delivery: read.delivery,
          retry,
          ack: answerOnce(response),
        });
        if (received === "unavailable") {
          // Slack repeats events after an error. A command's or click's sender sees the failure at once.
          end(response, 503, "");
        }
      }
    }
  };
}

function answerOnce(response: ServerResponse): Ack {
  return async (answer) => {
    if (response.writableEnded) return;
    if (answer === undefined || answer === "") end(response, 200, "");
    else end(response, 200, JSON.stringify(answer), "application/json; charset=utf-8");
  };
}

function end(
  response: ServerResponse,
  status: number,
  body: string,
  type = "text/plain; charset=utf-8",
): void {
  // 413 leaves the rest of the body unread: the connection can't be used again.
  const close = status === 413 ? { connection: "close" } : {};
  response.writeHead(status, { "content-type": type, "cache-control": "no-store", ...close });
  response.end(body);
}

/** The raw body, or null when it is larger than anything Slack sends. */
async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk))
      throw new TypeError("the request was given an encoding before it was read");
    size += chunk.length;
    if (size > LARGEST_BODY_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** A header's value; undefined when it is absent or came twice. */
function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === "string" ? value : undefined;
}
