// The one table from what targets report to the eleven categories: docs/errors.md is this table in prose. Rows
// of a source are read from the top, exact codes before patterns. Knows no adapter.

import type { ErrorCategory } from "./failure.ts";

/** Who says the code. The same word may mean something else to another. */
export const ERROR_SOURCES = [
  "countersign",
  "node",
  "tls",
  "undici",
  "http",
  "aws",
  "opnsense",
  "exit",
] as const;
export type ErrorSource = (typeof ERROR_SOURCES)[number];

export type ErrorRow = {
  /** `*` stands for any letters, `400-499` for a range of numbers. */
  readonly codes: readonly string[];
  readonly category: ErrorCategory;
  /** Half a sentence for people. */
  readonly meaning: string;
};

const row = (category: ErrorCategory, meaning: string, ...codes: readonly string[]): ErrorRow => ({
  codes,
  category,
  meaning,
});

const COUNTERSIGN: readonly ErrorRow[] = [
  row("temporary", "the condition of a check does not hold", "CHECK"),
  row("timeout", "stopped by a time-out, a cancel or a lost lease", "ABORTED"),
  row("authorization", "the address may not be reached from here", "ADDRESS_REFUSED"),
  row("configuration", "another certificate than the profile names", "CERTIFICATE_NOT_PINNED"),
  row("unknown", "a program that could not be ended", "LOST"),
];

/** `man errno`, and libuv's codes of name resolution. */
const NODE: readonly ErrorRow[] = [
  row("network", "no such name, or the name server did not answer", "ENOTFOUND", "EAI_*"),
  row("network", "nobody listens at the port", "ECONNREFUSED"),
  row("network", "the connection was cut", "ECONNRESET", "ECONNABORTED", "EPIPE", "ENOTCONN"),
  row("network", "no way there", "EHOSTUNREACH", "EHOSTDOWN", "ENETUNREACH", "ENETDOWN"),
  row("network", "this host has no address of that kind", "EADDRNOTAVAIL", "EAFNOSUPPORT"),
  row("timeout", "no answer in time", "ETIMEDOUT"),
  row("temporary", "this host is out of processes, memory or files", "EAGAIN", "ENOMEM"),
  row("temporary", "this host is out of processes, memory or files", "EMFILE", "ENFILE", "ENOBUFS"),
  row("temporary", "in use at this moment", "EBUSY", "ETXTBSY"),
  row("authorization", "this user may not do that", "EACCES", "EPERM"),
  row("configuration", "no such file or folder", "ENOENT", "ENOTDIR", "EISDIR", "ELOOP", "ENODEV"),
  row("configuration", "not a program of this host", "ENOEXEC"),
  row("configuration", "the file system can't be written", "EROFS"),
  row("configuration", "no usable address", "ERR_INVALID_URL"),
  row("resource", "the disk is full", "ENOSPC", "EDQUOT", "EFBIG"),
  row("resource", "something is there already", "EEXIST", "EADDRINUSE", "ENOTEMPTY"),
  row("dependency", "the device failed", "EIO"),
  row("validation", "too long", "E2BIG", "ENAMETOOLONG", "EMSGSIZE"),
  row("validation", "the call does not exist in this form", "EINVAL", "ERR_INVALID_ARG_*"),
];

/** OpenSSL's and Node's codes of certificates; X509_V_ERR in `man verify`. */
const TLS: readonly ErrorRow[] = [
  row("configuration", "signed by nobody trusted", "DEPTH_ZERO_SELF_SIGNED_CERT"),
  row("configuration", "signed by nobody trusted", "SELF_SIGNED_CERT_IN_CHAIN", "UNABLE_TO_*"),
  row("configuration", "expired, not yet valid or revoked", "CERT_*", "CRL_*"),
  row("configuration", "no certificate to trust", "INVALID_CA", "INVALID_PURPOSE"),
  row("configuration", "made out to another name", "ERR_TLS_CERT_ALTNAME_INVALID", "HOSTNAME_*"),
  row(
    "configuration",
    "the two sides do not speak the same TLS",
    "ERR_TLS_*",
    "ERR_SSL_*",
    "EPROTO",
  ),
];

const UNDICI: readonly ErrorRow[] = [
  row("network", "the connection was cut", "UND_ERR_SOCKET", "UND_ERR_CLOSED", "UND_ERR_DESTROYED"),
  row("network", "less was sent than announced", "UND_ERR_RES_CONTENT_LENGTH_MISMATCH"),
  row("timeout", "no connection in time", "UND_ERR_CONNECT_TIMEOUT"),
  row("timeout", "no answer in time", "UND_ERR_HEADERS_TIMEOUT", "UND_ERR_BODY_TIMEOUT"),
  row("timeout", "stopped", "UND_ERR_ABORTED", "UND_ERR_ABORT"),
  row("dependency", "more headers than are taken", "UND_ERR_HEADERS_OVERFLOW"),
  row("configuration", "no HTTP/1.1 is spoken there", "HPE_*"),
  row("validation", "not a request", "UND_ERR_INVALID_ARG", "UND_ERR_REQ_CONTENT_LENGTH_MISMATCH"),
  row("validation", "not a request", "UND_ERR_NOT_SUPPORTED"),
];

/** RFC 9110 and the registry of status codes. */
const HTTP: readonly ErrorRow[] = [
  row("authentication", "who is asking is not known", "401", "407"),
  row("authorization", "who is asking may not", "403", "451"),
  row("timeout", "no answer in time", "408", "504"),
  row("resource", "not there, gone, or in another state than expected", "404", "410", "412", "428"),
  row("resource", "conflict, locked, or no room", "409", "423", "507"),
  row("temporary", "asked to come again later", "425", "429", "503"),
  row("temporary", "a gateway could not reach the target", "502"),
  row("dependency", "something that the target needs failed", "424", "500-599"),
  row("validation", "the request is not one that the target takes", "400-499"),
  row("permanent", "an answer that was not expected", "100-399"),
];

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html and the SDK's own names. */
const AWS: readonly ErrorRow[] = [
  row("authentication", "keys unknown or wrong", "AuthFailure", "InvalidClientTokenId"),
  row("authentication", "keys unknown or wrong", "InvalidAccessKeyId", "UnrecognizedClient*"),
  row("authentication", "keys unknown or wrong", "SignatureDoesNotMatch", "IncompleteSignature*"),
  row(
    "authentication",
    "keys unknown or wrong",
    "InvalidSignature*",
    "MissingAuthenticationToken*",
  ),
  row("authentication", "keys or clock out of date", "ExpiredToken*", "RequestExpired"),
  row(
    "authentication",
    "keys or clock out of date",
    "RequestTimeTooSkewed",
    "TokenRefreshRequired",
  ),
  row("authentication", "no credentials found", "CredentialsProviderError", "TokenProviderError"),
  row("authorization", "not permitted", "UnauthorizedOperation", "AccessDenied*"),
  row("authorization", "not permitted", "OperationNotPermitted", "NotAuthorized*"),
  row("authorization", "the account may not", "OptInRequired", "Blocked", "PendingVerification"),
  row("temporary", "throttled", "RequestLimitExceeded", "*Throttl*", "SlowDown"),
  row("temporary", "throttled", "TooManyRequests*", "BandwidthLimitExceeded"),
  row("temporary", "no capacity at this moment", "Insufficient*Capacity*"),
  row("temporary", "not available at this moment", "Unavailable", "ServiceUnavailable*"),
  row("temporary", "another request comes first", "PriorRequestNotComplete", "ConcurrentModif*"),
  row("timeout", "no answer in time", "TimeoutError", "RequestTimeout*", "AbortError"),
  row("network", "no connection", "NetworkingError"),
  row("dependency", "AWS failed", "InternalError", "InternalFailure", "InternalServ*"),
  row("dependency", "AWS failed", "ServerInternal"),
  row("dependency", "something else depends on it", "DependencyViolation"),
  row("resource", "there is no such thing", "*NotFound*", "NoSuch*"),
  row("resource", "in another state than needed", "Incorrect*State", "Invalid*State*"),
  row("resource", "in another state than needed", "IdempotentParameterMismatch", "Conflict*"),
  row("resource", "a quota is used up", "*LimitExceeded*", "*Exceeded"),
  row("resource", "taken already", "*Duplicate", "*AlreadyExists*", "*InUse*"),
  row("configuration", "no region or no usable endpoint", "ConfigError", "EndpointError"),
  row("validation", "not a request that AWS takes", "Invalid*", "Missing*", "Malformed*"),
  row("validation", "not a request that AWS takes", "Unknown*", "Unsupported*", "Validation*"),
];

/** What `opnsense-errors.ts` reads from an answer: HTTP 200 does not mean success there. */
const OPNSENSE: readonly ErrorRow[] = [
  row("validation", "the object's fields are wrong", "validations"),
  row("validation", "not an object of this kind, or the wrong method", "failed"),
  row("validation", "the body is not JSON", "HTTP 400"),
  row("authentication", "key or secret are wrong", "HTTP 401"),
  row("authorization", "the key's user lacks the privilege", "HTTP 403"),
  row("authorization", "the key's user may only read", "General access"),
  row("configuration", "no such endpoint: a plug-in is missing, or another series", "HTTP 404"),
  row("resource", "another object uses it", "in use"),
  row("resource", "there is no such object", "not found"),
  row("temporary", "the firewall's web server is starting or busy", "HTTP 502", "HTTP 503"),
  row("timeout", "the firewall did not answer in time", "HTTP 504"),
  row("dependency", "the firewall failed", "HTTP 5*"),
];

/** sysexits.h, the shell's and timeout(1)'s codes, 128 + n for signal n, and the AWS CLI's from 252. */
const EXIT: readonly ErrorRow[] = [
  row("validation", "wrong use, wrong data (EX_USAGE, EX_DATAERR)", "64", "65"),
  row("resource", "no input (EX_NOINPUT)", "66"),
  row("dependency", "no such user or host, no service", "67", "68", "69"),
  row("permanent", "a defect in the program (EX_SOFTWARE)", "70"),
  row("temporary", "the system is out of something (EX_OSERR)", "71"),
  row("resource", "a file is missing, can't be made or read", "72", "73", "74"),
  row("temporary", "asked to come again later (EX_TEMPFAIL)", "75"),
  row("dependency", "the other side broke the protocol (EX_PROTOCOL)", "76"),
  row("authorization", "no permission (EX_NOPERM)", "77"),
  row("configuration", "configured wrongly (EX_CONFIG)", "78"),
  row("timeout", "timeout(1) ended it", "124"),
  row("authorization", "found, and may not be executed", "126"),
  row("configuration", "no such program", "127"),
  row("temporary", "asked to end from outside (SIGHUP, SIGTERM)", "129", "143"),
  row("resource", "killed (SIGKILL), as the kernel does when memory runs out", "137"),
  row("resource", "a limit of time or size (SIGXCPU, SIGXFSZ)", "152", "153"),
  row("dependency", "whoever read its output went away (SIGPIPE)", "141"),
  row("permanent", "crashed, or ended by another signal", "129-192"),
  row("validation", "AWS CLI 2: wrong use", "252"),
  row("configuration", "AWS CLI 2: no region, credentials or readable configuration", "253"),
  row("dependency", "AWS CLI 2: the service refused, for a reason that it did not print", "254"),
  row("unknown", "ssh could not connect; AWS CLI 1 and others: anything", "255"),
  row("permanent", "the program's own failure", "1-128", "193-251"),
];

export const ERROR_TABLE: Readonly<Record<ErrorSource, readonly ErrorRow[]>> = {
  countersign: COUNTERSIGN,
  node: NODE,
  tls: TLS,
  undici: UNDICI,
  http: HTTP,
  aws: AWS,
  opnsense: OPNSENSE,
  exit: EXIT,
};
