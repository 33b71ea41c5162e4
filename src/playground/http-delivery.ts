// Delivers to the app's request URL with signed HTTP requests, and waits three seconds for the answer.

import { Agent, request as httpRequest, type IncomingMessage } from "node:http";
import type { Clock } from "./clock.ts";
import {
  acknowledgeWithinMs,
  encodeForHttp,
  type Acknowledgement,
  type Attempt,
  type Delivery,
} from "./delivery.ts";
import { readBody } from "./http-messages.ts";
import { parseJson } from "./json-value.ts";
import { signRequest } from "./signing.ts";

export interface RawRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface HttpDeliveryOptions {
  readonly clock: Clock;
  readonly signingSecret: string;
}

export class HttpDelivery {
  readonly #clock: Clock;
  readonly #signingSecret: string;
  readonly #agent = new Agent({ keepAlive: true });

  constructor({ clock, signingSecret }: HttpDeliveryOptions) {
    this.#clock = clock;
    this.#signingSecret = signingSecret;
  }

  /** The request as Slack would send it now. */
  prepare(url: string, delivery: Delivery, attempt: Attempt): RawRequest {
    const { contentType, body } = encodeForHttp(delivery);
    return {
      url,
      body,
      headers: {
        "content-type": contentType,
        "user-agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        ...this.sign(body),
        ...(attempt.reason === undefined
          ? {}
          : {
              "x-slack-retry-num": String(attempt.number),
              "x-slack-retry-reason": attempt.reason,
            }),
      },
    };
  }

  /** Signs with the right secret at the clock's time, unless told otherwise. */
  sign(
    body: string,
    timestampSeconds = Math.floor(this.#clock.now() / 1000),
    secret = this.#signingSecret,
  ) {
    return signRequest({ secret, body, timestampSeconds });
  }

  send(raw: RawRequest): Promise<Acknowledgement> {
    return new Promise((resolve) => {
      const request = httpRequest(
        raw.url,
        {
          method: "POST",
          agent: this.#agent,
          headers: { ...raw.headers, "content-length": Buffer.byteLength(raw.body) },
        },
        (response) => {
          readAcknowledgement(response).then(settle, () => settle({ kind: "unreachable" }));
        },
      );
      const cancel = this.#clock.schedule(acknowledgeWithinMs, () => {
        settle({ kind: "timeout" });
        request.destroy();
      });
      const settle = (acknowledgement: Acknowledgement) => {
        cancel();
        resolve(acknowledgement);
      };
      request.on("error", () => settle({ kind: "unreachable" }));
      request.end(raw.body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

async function readAcknowledgement(response: IncomingMessage): Promise<Acknowledgement> {
  const text = (await readBody(response)).toString("utf8");
  const status = response.statusCode ?? 0;
  if (status < 200 || status > 299) {
    return { kind: "http-error", status, retry: response.headers["x-slack-no-retry"] !== "1" };
  }
  return { kind: "acknowledged", body: text === "" ? undefined : (parseJson(text) ?? text) };
}
