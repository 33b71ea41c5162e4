// Opens the one Web API client and asks Slack who the bot is, waiting out an outage. Pacing and retrying are
// the sender's business, so the client's own are off.

import { WebAPIPlatformError, WebClient } from "@slack/web-api";
import type { WebClientOptions } from "@slack/web-api";
import type { JsonObject } from "#engine/json.ts";
import { maskJson } from "#engine/redactor.ts";
import type { Clock } from "#engine/time.ts";
import type { Log, Slack, SlackConnection, SlackIdentity } from "./bot-ports.ts";
import { quietSlackLogger } from "./slack-logger.ts";
import { SlackTokenRefused } from "./slack-token-refused.ts";

const CALL_TIMEOUT_MS = 15_000;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;

/** What is said in these is masked once more: a secret may have become known since the text was kept. */
const SAYING = /^(chat|views)\./;

class MaskingClient extends WebClient {
  readonly #mask: (text: string) => string;

  constructor(token: string, options: WebClientOptions, mask: (text: string) => string) {
    super(token, options);
    this.#mask = mask;
  }

  override apiCall(
    method: string,
    options: Parameters<WebClient["apiCall"]>[1] = {},
  ): ReturnType<WebClient["apiCall"]> {
    if (!SAYING.test(method)) return super.apiCall(method, options);
    return super.apiCall(method, maskJson(options as JsonObject, this.#mask));
  }
}

/** Errors of `auth.test` that waiting does not cure. */
const WRONG_TOKEN = new Set([
  "invalid_auth",
  "not_authed",
  "account_inactive",
  "token_revoked",
  "token_expired",
  "no_permission",
  "not_allowed_token_type",
]);

export function slackClientOptions(connection: SlackConnection, log: Log): WebClientOptions {
  return {
    logger: quietSlackLogger(log),
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: CALL_TIMEOUT_MS,
    allowAbsoluteUrls: true,
    ...(connection.apiUrl !== null && { slackApiUrl: withSlash(connection.apiUrl) }),
  };
}

/**
 * Waits until Slack answers, however long that takes.
 * @throws {SlackTokenRefused} when the token is wrong.
 */
export async function connectSlack(options: {
  readonly connection: SlackConnection;
  readonly clock: Clock;
  readonly log: Log;
  /** Applied to all that is said. */
  readonly mask?: (text: string) => string;
}): Promise<Slack> {
  const { connection, clock, log, mask = asItIs } = options;
  const client = new MaskingClient(connection.botToken, slackClientOptions(connection, log), mask);
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    try {
      return { client, connection, identity: await whoAmI(client) };
    } catch (error) {
      if (error instanceof SlackTokenRefused) throw error;
      log.warn({ err: error, waitMs }, "Slack did not answer auth.test; asking again");
      await clock.sleep(waitMs);
    }
  }
}

function asItIs(text: string): string {
  return text;
}

async function whoAmI(client: WebClient): Promise<SlackIdentity> {
  try {
    const answer = await client.auth.test();
    const { team_id: teamId, user_id: botUserId, bot_id: botId } = answer;
    if (teamId === undefined || botUserId === undefined || botId === undefined) {
      throw new SlackTokenRefused(
        "SLACK_BOT_TOKEN is not a bot's token: auth.test names no bot. Use the xoxb- token of the installed app.",
      );
    }
    return { teamId, botUserId, botId, appId: await appOf(client, botId) };
  } catch (error) {
    if (error instanceof WebAPIPlatformError && WRONG_TOKEN.has(error.data.error)) {
      throw new SlackTokenRefused(
        `Slack refuses SLACK_BOT_TOKEN (${error.data.error}). Copy the bot token (xoxb-...) of the installed app again.`,
      );
    }
    throw error;
  }
}

/** A token that may not ask is no reason not to start: over HTTP the signature says which app a request is for. */
async function appOf(client: WebClient, botId: string): Promise<string | null> {
  try {
    const { bot } = await client.bots.info({ bot: botId });
    return bot?.app_id ?? null;
  } catch (error) {
    if (error instanceof WebAPIPlatformError && !WRONG_TOKEN.has(error.data.error)) return null;
    throw error;
  }
}

function withSlash(url: string): string {
  return url.endsWith("/") ? url : `${url}/`;
}
