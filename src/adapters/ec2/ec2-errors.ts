// What EC2 and the SDK report: the category by the engine's table, and whether EC2 may have acted all the same.
// Knows no operation.

import { categoryOf } from "#engine/error-categories.ts";
import type { ErrorCategory, Failure } from "#engine/failure.ts";

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
  const category = categoryOf(["aws", "node", "tls"], code) ?? byStatus(status, message);
  const line = `${code}: ${plain}`.replaceAll(/\s+/g, " ");
  return { category, code, message: line.slice(0, 2000) };
}

/** May EC2 have acted although this error came back? An internal error says nothing either way. */
export function mayHaveActed({ code, status, message }: Ec2Reported): boolean {
  if (status !== null) return status === 500 || status === 502 || status === 504;
  return !NEVER_SENT.test(code) && !NEVER_CONNECTED.test(message);
}

/** A code that nobody knows, or the SDK's plain errors, which have none. */
function byStatus(status: number | null, message: string): ErrorCategory {
  if (status !== null) return categoryOf("http", status) ?? "unknown";
  if (/region is missing/i.test(message)) return "configuration";
  return /socket hang up|connection/i.test(message) ? "network" : "unknown";
}
