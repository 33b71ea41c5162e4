// One table from EC2's error codes, the SDK's and Node's to the eleven categories. Knows no operation.
//
// | reported                                                        | category       |
// |-----------------------------------------------------------------|----------------|
// | AuthFailure, expired or unknown keys, no credentials found      | authentication |
// | UnauthorizedOperation, OperationNotPermitted, opt-in, blocked   | authorization  |
// | Invalid*, Missing*, Malformed*, Unknown*, Unsupported*          | validation     |
// | *.NotFound, Incorrect*State, *LimitExceeded, *Duplicate, *InUse | resource       |
// | throttling, Insufficient*Capacity, Unavailable, 503             | temporary      |
// | InternalError, InternalFailure, DependencyViolation, other 5xx  | dependency     |
// | no region, an endpoint that can't be used                       | configuration  |
// | refused, reset, name not found                                  | network        |
// | the SDK's and Node's time-outs                                  | timeout        |
//
// Codes: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html

import type { ErrorCategory, Failure } from "#engine/failure.ts";

/** First match wins: `InvalidInstanceID.NotFound` is about a resource, not about the input's form. */
const RULES: readonly (readonly [RegExp, ErrorCategory])[] = [
  [/^(AuthFailure|InvalidClientTokenId|SignatureDoesNotMatch|RequestExpired)$/, "authentication"],
  [/^(ExpiredToken.*|CredentialsProviderError|TokenProviderError)$/, "authentication"],
  [/^(MissingAuthenticationToken|UnrecognizedClientException)$/, "authentication"],
  [/^(UnauthorizedOperation|AccessDenied.*|OperationNotPermitted)$/, "authorization"],
  [/^(OptInRequired|Blocked|PendingVerification)$/, "authorization"],
  [/^(RequestLimitExceeded|Throttling.*|Insufficient.*Capacity)$/, "temporary"],
  [/^(Unavailable|ServiceUnavailable|ServerInternal)$/, "temporary"],
  [/^(InternalError|InternalFailure|DependencyViolation)$/, "dependency"],
  [/(NotFound|LimitExceeded|Duplicate|InUse|IdempotentParameterMismatch)$/, "resource"],
  [/^Incorrect(Instance)?State$/, "resource"],
  [/^(Invalid|Missing|Malformed|Unknown|Unsupported|Validation)/, "validation"],
  [/^(ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|EPIPE|EHOSTUNREACH|ENETUNREACH)$/, "network"],
  [/^(TimeoutError|ETIMEDOUT|RequestTimeout.*|AbortError)$/, "timeout"],
  [
    /^(ConfigError|EndpointError|ERR_INVALID_URL|ERR_TLS.*|CERT_.*|.*_CERT.*|UNABLE_TO_.*)$/,
    "configuration",
  ],
];

/** The SDK's words for a connection that never stood; its name is that of every other time-out. */
const NEVER_CONNECTED = /did not establish a connection/;

/** The error is certain to have come before the request left this machine. */
const NEVER_SENT =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|CredentialsProviderError|TokenProviderError|ConfigError|EndpointError|ERR_INVALID_URL|ERR_TLS_.*|CERT_.*|.*_CERT|.*_CERT_.*|UNABLE_TO_.*)$/;

export type Ec2Reported = {
  readonly code: string;
  /** Absent when no answer came. */
  readonly status: number | null;
  readonly message: string;
};

export function reportedBy(error: unknown): Ec2Reported {
  if (!(error instanceof Error)) return { code: "UNKNOWN", status: null, message: String(error) };
  const metadata = "$metadata" in error ? error.$metadata : undefined;
  const status =
    typeof metadata === "object" && metadata !== null && "httpStatusCode" in metadata
      ? Number(metadata.httpStatusCode)
      : null;
  const nodeCode = "code" in error && typeof error.code === "string" ? error.code : null;
  // The SDK wraps Node's network errors under other names and keeps the code.
  const code = status === null && nodeCode !== null ? nodeCode : error.name;
  return { code, status, message: error.message };
}

export function ec2Failure({ code, status, message }: Ec2Reported): Failure {
  // An encoded message can only be read with another permission, and it is several thousand letters.
  const plain = message.split(" Encoded authorization failure message")[0] ?? message;
  const category = ruled(code) ?? byStatus(status, message);
  const line = `${code}: ${plain}`.replaceAll(/\s+/g, " ");
  return { category, code, message: line.slice(0, 2000) };
}

/** May EC2 have acted although this error came back? An internal error says nothing either way. */
export function mayHaveActed({ code, status, message }: Ec2Reported): boolean {
  if (status !== null) return status === 500 || status === 502 || status === 504;
  return !NEVER_SENT.test(code) && !NEVER_CONNECTED.test(message);
}

function ruled(code: string): ErrorCategory | null {
  return RULES.find(([pattern]) => pattern.test(code))?.[1] ?? null;
}

function byStatus(status: number | null, message: string): ErrorCategory {
  if (status === null) {
    if (/region is missing/i.test(message)) return "configuration";
    return /socket hang up|connection/i.test(message) ? "network" : "unknown";
  }
  if (status === 503) return "temporary";
  if (status >= 500) return "dependency";
  return status >= 400 ? "validation" : "unknown";
}
