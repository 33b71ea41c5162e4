// What an ID token says, checked in every respect but its signature: it comes from the token endpoint over TLS, which
// says who issued it (OpenID Connect Core 1.0, 3.1.3.7, rule 6).

import { z } from "zod";
import { accept, refuse } from "#engine/result.ts";
import type { Result } from "#engine/result.ts";
import type { Instant } from "#engine/time.ts";

const claimsSchema = z.object({
  iss: z.string(),
  aud: z.union([z.string(), z.array(z.string())]),
  azp: z.string().optional(),
  exp: z.number(),
  iat: z.number(),
  nonce: z.string(),
  "https://slack.com/team_id": z.string(),
  "https://slack.com/user_id": z.string(),
});

export type NamedPerson = {
  readonly teamId: string;
  readonly userId: string;
  readonly nonce: string;
};

/** Between Slack's clock and ours. */
const SKEW_MS = 60_000;
/** An older token is not the answer to a code that was just exchanged. */
const OLDEST_MS = 10 * 60_000;

/** Whom the token names; else a sentence about what is wrong with it. */
export function readIdToken(
  token: string,
  expected: { readonly issuer: string; readonly clientId: string; readonly now: Instant },
): Result<NamedPerson, string> {
  const claims = claimsOf(token);
  if (claims === null) return refuse("Slack's answer holds no ID token that can be read.");
  const { issuer, clientId, now } = expected;
  if (claims.iss !== issuer) return refuse("its ID token was issued by somebody else than Slack.");
  const audience = typeof claims.aud === "string" ? [claims.aud] : claims.aud;
  const isOurs =
    audience.includes(clientId) &&
    (audience.length === 1 ? (claims.azp ?? clientId) : claims.azp) === clientId;
  if (!isOurs) return refuse("its ID token was issued to another app.");
  if (claims.exp * 1000 <= now - SKEW_MS) return refuse("its ID token has expired.");
  const age = now - claims.iat * 1000;
  if (age > OLDEST_MS || age < -SKEW_MS)
    return refuse("its ID token was not issued just now; check the clocks of both sides.");
  const {
    nonce,
    "https://slack.com/team_id": teamId,
    "https://slack.com/user_id": userId,
  } = claims;
  return accept({ teamId, userId, nonce });
}

function claimsOf(token: string): z.infer<typeof claimsSchema> | null {
  const [, payload, signature, ...more] = token.split(".");
  if (payload === undefined || signature === undefined || more.length > 0) return null;
  try {
    const parsed = claimsSchema.safeParse(
      JSON.parse(Buffer.from(payload, "base64url").toString("utf8")),
    );
    return parsed.success ? parsed.data : null;
  } catch {
    // Not JSON: the caller says so.
    return null;
  }
}
