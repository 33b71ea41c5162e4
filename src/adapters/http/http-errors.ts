// One table from what undici, Node and HTTP report to the eleven categories. Knows nothing of requests.
//
// | reported                                                      | category       |
// |---------------------------------------------------------------|----------------|
// | name or route not found, refused, reset, unreachable, cut off | network        |
// | connect, header or body time-out; 408, 504                    | timeout        |
// | 401, 407                                                      | authentication |
// | 403, 451; address refused by the guard                        | authorization  |
// | 400, 405, 406, 411 to 417, 422, 431; other 4xx                | validation     |
// | 404, 409, 410, 412, 423, 428; 507                             | resource       |
// | 424, 500, other 5xx                                           | dependency     |
// | certificate not trusted, wrong or expired; protocol broken    | configuration  |
// | 425, 429, 502, 503                                            | temporary      |
// | any other status that was not expected                        | permanent      |

import type { ErrorCategory, Failure } from "#engine/failure.ts";

const CATEGORY_BY_CODE: Readonly<Record<string, ErrorCategory>> = {
  ENOTFOUND: "network",
  EAI_AGAIN: "network",
  EAI_FAIL: "network",
  ECONNREFUSED: "network",
  ECONNRESET: "network",
  ECONNABORTED: "network",
  EHOSTUNREACH: "network",
  ENETUNREACH: "network",
  ENETDOWN: "network",
  EPIPE: "network",
  UND_ERR_SOCKET: "network",
  UND_ERR_CLOSED: "network",
  UND_ERR_DESTROYED: "network",
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: "network",
  ETIMEDOUT: "timeout",
  UND_ERR_CONNECT_TIMEOUT: "timeout",
  UND_ERR_HEADERS_TIMEOUT: "timeout",
  UND_ERR_BODY_TIMEOUT: "timeout",
  ABORTED: "timeout",
  UND_ERR_ABORTED: "timeout",
  ADDRESS_REFUSED: "authorization",
  UND_ERR_INVALID_ARG: "validation",
  UND_ERR_HEADERS_OVERFLOW: "dependency",
  CERTIFICATE_NOT_PINNED: "configuration",
  DEPTH_ZERO_SELF_SIGNED_CERT: "configuration",
  SELF_SIGNED_CERT_IN_CHAIN: "configuration",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "configuration",
  UNABLE_TO_GET_ISSUER_CERT: "configuration",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "configuration",
  CERT_HAS_EXPIRED: "configuration",
  CERT_NOT_YET_VALID: "configuration",
  CERT_REVOKED: "configuration",
};

const CATEGORY_BY_STATUS: Readonly<Record<number, ErrorCategory>> = {
  401: "authentication",
  407: "authentication",
  403: "authorization",
  451: "authorization",
  404: "resource",
  409: "resource",
  410: "resource",
  412: "resource",
  423: "resource",
  428: "resource",
  507: "resource",
  408: "timeout",
  504: "timeout",
  425: "temporary",
  429: "temporary",
  502: "temporary",
  503: "temporary",
  424: "dependency",
};

/** A retry later than this is a person's decision, not a header's. */
const MAX_RETRY_AFTER_MS = 3_600_000;

export function statusCategory(status: number): ErrorCategory {
  const known = CATEGORY_BY_STATUS[status];
  if (known !== undefined) return known;
  if (status >= 500) return "dependency";
  return status >= 400 ? "validation" : "permanent";
}

/** A gateway answered in the place of a target whose answer it lost: the target may have acted. */
export function isLostAnswer(status: number): boolean {
  return status === 502 || status === 504;
}

/**
 * `Retry-After` as milliseconds from now, bounded to one hour.
 * @param nowMs the present, for the header's date form (RFC 9110, 10.2.3).
 */
export function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  const waitMs = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  if (Number.isNaN(waitMs)) return undefined;
  return Math.min(Math.max(waitMs, 0), MAX_RETRY_AFTER_MS);
}

/** The failure of a request that got no complete answer. */
export function connectionFailure(error: unknown, target: string): Failure {
  const code = errorCode(error);
  const category =
    CATEGORY_BY_CODE[code] ??
    (/^(ERR_TLS_|ERR_SSL_|HPE_|EPROTO)/.test(code) ? "configuration" : "unknown");
  const reason = error instanceof Error ? error.message : String(error);
  return { category, code, message: `${target}: ${reason}`.slice(0, 2000) };
}

/** The first code on the way down the causes; a connection tried on several addresses carries several errors. */
function errorCode(error: unknown, depth = 0): string {
  if (typeof error !== "object" || error === null || depth > 5) return "UNKNOWN";
  if ("code" in error && typeof error.code === "string") return error.code;
  // undici's parser gives its complaint a name, and a code only sometimes.
  if (error instanceof Error && error.name === "HTTPParserError") return "HPE_INVALID";
  const inner =
    error instanceof AggregateError ? error.errors[0] : "cause" in error ? error.cause : null;
  return errorCode(inner, depth + 1);
}
