// "Sign in with Slack": where the browser is sent, and whom Slack names for the code it comes back with. The tokens
// that come with the name are not kept.

import { z } from "zod";
import type { SlackSignIn } from "#engine/passkey.ts";
import type { Problem } from "#engine/plan.ts";
import { refuse } from "#engine/result.ts";
import type { Clock } from "#engine/time.ts";
import { readIdToken } from "./id-token.ts";

const SLACK_API = "https://slack.com/api/";
const TIMEOUT_MS = 10_000;
const LONGEST_ANSWER = 64 * 1024;

const answerSchema = z.union([
  z.object({ ok: z.literal(true), id_token: z.string() }),
  z.object({ ok: z.literal(false), error: z.string().regex(/^[a-z_]{1,60}$/) }),
]);

/** Why people can't be signed in through this Web API: who answers there is known by its certificate alone. */
export function apiProblem(apiUrl: string | null): Problem | null {
  const { protocol, hostname, origin } = new URL(apiUrl ?? SLACK_API);
  if (protocol === "https:" || isThisMachine(hostname)) return null;
  const expected = "an https address, or one of this machine: people sign in over TLS only";
  return { path: "SLACK_API_URL", found: origin, expected };
}

/** @param apiUrl base of the Web API, ending in `/`, without an {@link apiProblem}; null: Slack's own. */
export function createSlackSignIn(options: {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly apiUrl: string | null;
  readonly clock: Pick<Clock, "now">;
  /** Why Slack could not be asked, for the log. */
  readonly report: (error: unknown) => void;
}): SlackSignIn {
  const { clientId, clientSecret, clock, report } = options;
  const api = new URL(options.apiUrl ?? SLACK_API);
  const issuer = api.origin;
  return {
    authorizeUrl({ teamId, state, nonce, redirectUri }) {
      const url = new URL("/openid/connect/authorize", issuer);
      url.search = new URLSearchParams({
        response_type: "code",
        scope: "openid",
        client_id: clientId,
        state,
        nonce,
        team: teamId,
        redirect_uri: redirectUri,
      }).toString();
      return url.href;
    },

    async identityOf({ code, redirectUri }) {
      const answer = await exchange(new URL("openid.connect.token", api), {
        authorization: basic(clientId, clientSecret),
        body: { grant_type: "authorization_code", code, redirect_uri: redirectUri },
        report,
      });
      if (typeof answer === "string") return refuse(answer);
      return readIdToken(answer.idToken, { issuer, clientId, now: clock.now() });
    },
  };
}

/** The ID token, or a sentence about why there is none. */
async function exchange(
  url: URL,
  given: {
    readonly authorization: string;
    readonly body: Readonly<Record<string, string>>;
    readonly report: (error: unknown) => void;
  },
): Promise<{ readonly idToken: string } | string> {
  let text: string;
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { authorization: given.authorization },
      body: new URLSearchParams(given.body),
      // Anywhere else a redirect leads, another certificate answers.
      redirect: "error",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    text = await response.text();
  } catch (error) {
    given.report(error);
    return "Slack could not be asked.";
  }
  const parsed = answerSchema.safeParse(text.length > LONGEST_ANSWER ? null : parsedJson(text));
  if (!parsed.success) return "Slack's answer could not be read.";
  return parsed.data.ok ? { idToken: parsed.data.id_token } : `Slack said ${parsed.data.error}.`;
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** RFC 6749, 2.3.1: both are form-encoded first. */
function basic(id: string, secret: string): string {
  const pair = `${encodeURIComponent(id)}:${encodeURIComponent(secret)}`;
  return `Basic ${Buffer.from(pair).toString("base64")}`;
}

function isThisMachine(hostname: string): boolean {
  return ["127.0.0.1", "[::1]", "localhost"].includes(hostname);
}
