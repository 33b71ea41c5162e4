// What `http.request` may reach and with which credentials. Plain values: knows no file and no environment.

/** Who is on the other side of a profile, and what is said to prove who we are. */
export type HttpProfile = {
  /**
   * `api.example.com`, `api.example.com:8443` or `*.example.com`. The credentials go nowhere else, and
   * over plain HTTP only to a host written with its scheme: `http://lb.internal`.
   */
  readonly allowedHosts: readonly string[];
  /** Headers such as `authorization`. Asked at each attempt, so that values are neither kept nor logged. */
  readonly headers: () => Promise<Readonly<Record<string, string>>>;
  /** PEM certificates trusted instead of the system's, for targets with their own authority. */
  readonly caPem?: string;
  /** SHA-256 of the one certificate accepted, as hexadecimal digits with or without colons. */
  readonly certificateSha256?: string;
};

export type HttpConfig = {
  /** Hosts that requests without a profile may reach, as in {@link HttpProfile}; `*` is every public host. */
  readonly allowedHosts: readonly string[];
  /**
   * Private ranges that may be reached, in CIDR form. An instance metadata address is opened only by
   * naming that single address (`169.254.169.254/32`), never by a wider range.
   */
  readonly allowedPrivateRanges: readonly string[];
  /** What is kept of a response's body, in bytes. */
  readonly maxResponseBytes: number;
  readonly connectTimeoutMs: number;
  /** Time-out of one attempt when the plan gives none. */
  readonly defaultTimeoutMs: number;
  readonly profiles: Readonly<Record<string, HttpProfile>>;
};

/** A start that reaches no private address and sends no credentials. */
export const DEFAULT_HTTP_CONFIG: HttpConfig = {
  allowedHosts: ["*"],
  allowedPrivateRanges: [],
  maxResponseBytes: 256 * 1024,
  connectTimeoutMs: 10_000,
  defaultTimeoutMs: 30_000,
  profiles: {},
};

/** Where a request goes and as whom; `profile` is null when no credentials are sent. */
type Caller = { readonly profileName: string | null; readonly url: URL };

/** Null when the configuration lets this request out, else one sentence. */
export function targetRefusal(config: HttpConfig, { profileName, url }: Caller): string | null {
  if (profileName === null) {
    if (config.allowedHosts.some((pattern) => covers(pattern, url, true))) return null;
    return `The host ${url.host} is not among the hosts allowed for http.request.`;
  }
  const profile = profileOf(config, profileName);
  if (profile === null) return `There is no HTTP profile named ${profileName}.`;
  if (profile.allowedHosts.some((pattern) => covers(pattern, url, false))) return null;
  return `The profile ${profileName} may not be used for ${url.origin}.`;
}

export function profileOf(config: HttpConfig, name: string | null): HttpProfile | null {
  if (name === null || !Object.hasOwn(config.profiles, name)) return null;
  return config.profiles[name] ?? null;
}

/** A pattern without a scheme covers plain HTTP only where nothing secret is sent. */
function covers(pattern: string, url: URL, plainByDefault: boolean): boolean {
  const parts = /^(?:(https?:)\/\/)?(.*?)(?::(\d+))?$/.exec(pattern.toLowerCase());
  const [, scheme, host = "", port] = parts ?? [];
  const plain = url.protocol === "http:";
  if (scheme === undefined ? plain && !plainByDefault : scheme !== url.protocol) return false;
  if (port !== undefined && port !== (url.port === "" ? (plain ? "80" : "443") : url.port)) {
    return false;
  }
  const hostname = url.hostname.replace(/\.$/, "").toLowerCase();
  if (host === "*") return true;
  return host.startsWith("*.") ? hostname.endsWith(host.slice(1)) : hostname === host;
}
