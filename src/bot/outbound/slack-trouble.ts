// What a failed call of the Web API means for the message it carried: wait, try again because nobody knows
// whether it arrived, or give up because it never can. Pure.

import {
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
} from "@slack/web-api";

export type Trouble =
  /** Slack refused it for now; it certainly did nothing. */
  | { readonly kind: "rate-limited"; readonly waitMs: number }
  /** No answer, or one that says nothing of the effect: it may have been carried out. */
  | { readonly kind: "unanswered"; readonly detail: string }
  /** The installation is broken (token, scopes). Nothing is lost: an operator mends it and sending goes on. */
  | { readonly kind: "installation"; readonly error: string }
  /** This message can never be sent there. */
  | { readonly kind: "permanent"; readonly error: string };

const TEMPORARY = new Set([
  "internal_error",
  "fatal_error",
  "service_unavailable",
  "request_timeout",
  "team_added_to_org",
  "accesslimited",
  "posting_to_channel_denied_temporarily",
]);
const INSTALLATION = new Set([
  "invalid_auth",
  "not_authed",
  "account_inactive",
  "token_revoked",
  "token_expired",
  "no_permission",
  "missing_scope",
  "not_allowed_token_type",
  "ekm_access_denied",
  "two_factor_setup_required",
]);

/** Null when the error is not one of Slack's. */
export function troubleOf(error: unknown): Trouble | null {
  if (error instanceof WebAPIRateLimitedError)
    return { kind: "rate-limited", waitMs: error.retryAfter * 1000 };
  if (error instanceof WebAPIPlatformError) {
    const code = error.data.error;
    if (code === "ratelimited" || code === "rate_limited") {
      return {
        kind: "rate-limited",
        waitMs: (error.data.response_metadata?.retryAfter ?? 30) * 1000,
      };
    }
    if (TEMPORARY.has(code)) return { kind: "unanswered", detail: code };
    if (INSTALLATION.has(code)) return { kind: "installation", error: code };
    return { kind: "permanent", error: code };
  }
  if (error instanceof WebAPIHTTPError)
    return { kind: "unanswered", detail: `HTTP ${error.statusCode}` };
  if (error instanceof WebAPIRequestError)
    return { kind: "unanswered", detail: error.original.message };
  return null;
}

/** The wait before the next try, in milliseconds: doubling from a second, at most a minute, forever. */
export function backoffMs(tries: number): number {
  return Math.min(60_000, 1000 * 2 ** Math.min(10, Math.max(0, tries - 1)));
}
