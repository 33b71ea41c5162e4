// Slash commands and button clicks as Slack sends them, signed, each with an id of its own.

import { encodeForHttp } from "../src/playground/delivery.ts";
import { defaultSeed } from "../src/playground/seed.ts";
import { signRequest } from "../src/playground/signing.ts";

export type SignedRequest = {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

const { team, app } = defaultSeed;
const CHANNEL = { id: "C0PRODUCTION", name: "ops-production" } as const;
let triggers = 0;

export class SlackRequests {
  readonly #secret: string;
  /** Nothing listens there: answers go through the Web API. */
  readonly #responseUrl = "http://127.0.0.1:9/response";

  constructor(signingSecret: string) {
    this.#secret = signingSecret;
  }

  command(user: { readonly id: string; readonly name: string }, text: string): SignedRequest {
    return this.#signed("slash_commands", {
      token: "bench",
      team_id: team.id,
      team_domain: team.domain,
      channel_id: CHANNEL.id,
      channel_name: CHANNEL.name,
      user_id: user.id,
      user_name: user.name,
      command: "/ops",
      text,
      api_app_id: app.id,
      is_enterprise_install: "false",
      response_url: this.#responseUrl,
      trigger_id: nextTrigger(),
    });
  }

  click(
    user: { readonly id: string; readonly name: string },
    button: { readonly actionId: string; readonly value: string },
  ): SignedRequest {
    const ts = "1763690000.000100";
    return this.#signed("interactive", {
      type: "block_actions",
      user: { id: user.id, username: user.name, name: user.name, team_id: team.id },
      api_app_id: app.id,
      token: "bench",
      container: { type: "message", message_ts: ts, channel_id: CHANNEL.id, is_ephemeral: false },
      trigger_id: nextTrigger(),
      team: { id: team.id, domain: team.domain },
      enterprise: null,
      is_enterprise_install: false,
      channel: CHANNEL,
      message: {
        type: "message",
        ts,
        text: "a plan",
        user: app.botUserId,
        bot_id: app.botId,
        team: team.id,
      },
      response_url: this.#responseUrl,
      actions: [
        {
          type: "button",
          action_id: button.actionId,
          block_id: "actions",
          value: button.value,
          text: { type: "plain_text", text: "Approve", emoji: true },
          action_ts: ts,
        },
      ],
    });
  }

  #signed(type: "slash_commands" | "interactive", payload: Record<string, unknown>): SignedRequest {
    const { contentType, body } = encodeForHttp({ id: "", type, payload });
    const timestampSeconds = Math.floor(Date.now() / 1_000);
    return {
      body,
      headers: {
        "content-type": contentType,
        ...signRequest({ secret: this.#secret, body, timestampSeconds }),
      },
    };
  }
}

function nextTrigger(): string {
  triggers += 1;
  return `bench.${process.pid}.${triggers}`;
}
