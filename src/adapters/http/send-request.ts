// Carries out one request with its redirects. Knows which failures leave the outcome open and which don't.

import { request } from "undici";
import { abortFailure, OperationError, OutcomeUnknown } from "#engine/failure.ts";
import type { Failure } from "#engine/failure.ts";
import type { AttemptContext } from "#engine/operation.ts";
import type { AddressGuard } from "./address-guard.ts";
import { openDispatcher } from "./guarded-dispatcher.ts";
import { profileOf, targetRefusal } from "./http-config.ts";
import type { HttpConfig } from "./http-config.ts";
import { connectionFailure, isLostAnswer, retryAfterMs, statusCategory } from "./http-errors.ts";
import { credentialSpellings, maskCredentials } from "./mask-credentials.ts";
import { isReading, requestUrl, statusExpected } from "./request-input.ts";
import type { RequestInput, RequestResult } from "./request-input.ts";
import { bodyValue, readBody, storableText } from "./response-body.ts";
import type { ReadBody } from "./response-body.ts";

/** Response headers that are kept; cookies and anything unknown are not. */
const KEPT_HEADERS: ReadonlySet<string> = new Set([
  "allow",
  "content-type",
  "content-length",
  "date",
  "etag",
  "last-modified",
  "link",
  "location",
  "retry-after",
  "x-request-id",
  "x-correlation-id",
]);

export type Sender = { readonly config: HttpConfig; readonly guard: AddressGuard };

type Hop = {
  readonly url: URL;
  readonly method: RequestInput["method"];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** Null once a redirect has left the origin that the credentials are for. */
  readonly profileName: string | null;
};

type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ReadBody;
};

/**
 * Sends and follows redirects up to the input's limit.
 * @throws {OperationError} not sent, or answered with a status that was not expected.
 * @throws {OutcomeUnknown} a changing request left and its answer was lost.
 */
export async function sendRequest(
  sender: Sender,
  input: RequestInput,
  context: AttemptContext,
): Promise<RequestResult> {
  const secret = await credentialHeaders(sender.config, context.profile);
  const spellings = credentialSpellings(secret);
  const mask = (text: string) => maskCredentials(text, spellings);
  let hop = firstHop(input, context);
  // From here on an earlier hop may already have changed something: a lost answer stays open.
  let acted = false;
  for (let redirects = 0; ; redirects++) {
    const { answer, failure, sent } = await exchange(
      sender,
      hop,
      hop.profileName === null ? {} : secret,
      context,
    );
    const changing = !isReading(hop.method);
    if (failure !== null) throw outcome(acted || (changing && sent), masked(failure, mask));
    context.output(`${hop.method} ${mask(shown(hop.url))} answered ${answer.status}\n`);
    const next = redirects < input.follow_redirects ? nextHop(sender.config, hop, answer) : null;
    if (next === null) return settle(hop, answer, { input, acted, mask, redact: context.redact });
    acted ||= changing && answer.status < 307;
    hop = next;
  }
}

function firstHop(input: RequestInput, context: AttemptContext): Hop {
  const headers = Object.fromEntries(
    Object.entries(input.headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  if (input.json !== undefined) headers["content-type"] ??= "application/json";
  if (input.text !== undefined) headers["content-type"] ??= "text/plain; charset=utf-8";
  if (input.idempotent) headers["idempotency-key"] = context.idempotencyKey;
  headers["user-agent"] ??= "countersign";
  const body = input.json === undefined ? (input.text ?? null) : JSON.stringify(input.json);
  return {
    url: requestUrl(input),
    method: input.method,
    headers,
    body,
    profileName: context.profile,
  };
}

async function credentialHeaders(
  config: HttpConfig,
  profileName: string | null,
): Promise<Readonly<Record<string, string>>> {
  const profile = profileOf(config, profileName);
  if (profile === null) return {};
  const failed = (reason: string, cause?: unknown) => {
    const message = `The credentials of the profile ${profileName} ${reason}.`;
    return new OperationError({ category: "authentication", message }, { cause });
  };
  const headers = await profile.headers().catch((cause: unknown) => {
    throw failed("could not be read", cause);
  });
  const empty = Object.keys(headers).find((name) => headers[name] === "");
  if (empty !== undefined) throw failed(`have no value for the header ${empty}`);
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
}

type Exchange =
  | { readonly answer: Answer; readonly failure: null; readonly sent: true }
  | { readonly answer: null; readonly failure: Failure; readonly sent: boolean };

async function exchange(
  { config, guard }: Sender,
  hop: Hop,
  secret: Readonly<Record<string, string>>,
  { signal, timeoutMs }: AttemptContext,
): Promise<Exchange> {
  const target = `${hop.method} ${shown(hop.url)}`;
  const refusal = targetRefusal(config, hop);
  if (refusal !== null) {
    return { answer: null, sent: false, failure: { category: "authorization", message: refusal } };
  }
  const { agent, connected } = openDispatcher(config, profileOf(config, hop.profileName), guard);
  try {
    signal.throwIfAborted();
    const response = await request(hop.url, {
      dispatcher: agent,
      method: hop.method,
      headers: { ...hop.headers, ...secret, "accept-encoding": "identity" },
      body: hop.body,
      signal,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    });
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(response.headers)) {
      if (KEPT_HEADERS.has(name) && value !== undefined) headers[name] = [value].flat().join(", ");
    }
    const body = await readBody(response.body, config.maxResponseBytes);
    return { answer: { status: response.statusCode, headers, body }, failure: null, sent: true };
  } catch (error) {
    const failure = signal.aborted ? abortFailure(target) : connectionFailure(error, target);
    return { answer: null, failure, sent: connected() };
  } finally {
    await agent.destroy();
  }
}

/** Null when the answer is the last one. @throws {OperationError} on a redirect that may not be followed. */
function nextHop(config: HttpConfig, hop: Hop, answer: Answer): Hop | null {
  const location = answer.headers["location"];
  if (![301, 302, 303, 307, 308].includes(answer.status) || location === undefined) return null;
  const url = URL.canParse(location, hop.url.href) ? new URL(location, hop.url) : null;
  const keeps = answer.status >= 307 || isReading(hop.method);
  const problem = redirectProblem(hop, url, keeps);
  if (url === null || problem !== null) {
    const message = `${hop.method} ${shown(hop.url)} answered ${answer.status}: ${problem ?? "bad address"}`;
    // Answers 301 to 303 to a changing request come after the change.
    throw outcome(!keeps, { category: "permanent", code: `HTTP ${answer.status}`, message });
  }
  const here = url.origin === hop.url.origin;
  const { "idempotency-key": _, "content-type": __, ...plain } = hop.headers;
  return {
    url,
    method: keeps ? hop.method : "GET",
    headers: here ? (keeps ? hop.headers : plain) : { "user-agent": "countersign" },
    body: keeps ? hop.body : null,
    profileName: here && targetRefusal(config, { ...hop, url }) === null ? hop.profileName : null,
  };
}

/** What was approved names one target: a change is never carried to another by the target itself. */
function redirectProblem(hop: Hop, url: URL | null, keeps: boolean): string | null {
  if (url === null) return "the redirect's address can't be read";
  if (url.protocol !== "https:" && url.protocol !== "http:") return `a redirect to ${url.protocol}`;
  if (url.username !== "" || url.password !== "") return "a redirect that holds credentials";
  if (hop.url.protocol === "https:" && url.protocol === "http:") return "a redirect to plain HTTP";
  if (keeps && !isReading(hop.method) && url.origin !== hop.url.origin) {
    return `a change may not be redirected to ${url.origin}`;
  }
  return null;
}

type Settling = {
  readonly input: RequestInput;
  readonly acted: boolean;
  readonly mask: (text: string) => string;
  readonly redact: AttemptContext["redact"];
};

function settle(hop: Hop, answer: Answer, { input, acted, mask, redact }: Settling): RequestResult {
  const whole = mask(answer.body.text);
  // What is cut may end within a secret: only what certainly is none is kept of its last line.
  const text = answer.body.truncated && redact !== undefined ? redact.stream().push(whole) : whole;
  if (!statusExpected(input.expect_status, answer.status)) {
    const said = redact?.text(text) ?? text;
    const detail = said === "" ? "" : `: ${storableText(said).slice(0, 500)}`;
    const waitMs = retryAfterMs(answer.headers["retry-after"], Date.now());
    const open = acted || (!isReading(hop.method) && isLostAnswer(answer.status));
    throw outcome(open, {
      category: statusCategory(answer.status),
      code: `HTTP ${answer.status}`,
      message: `${hop.method} ${mask(shown(hop.url))} answered ${answer.status}${detail}`,
      ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }),
    });
  }
  const body = { ...answer.body, text };
  const contentType = input.save_body === "text" ? undefined : answer.headers["content-type"];
  const headers = Object.entries(answer.headers).map(([name, value]) => [name, mask(value)]);
  return {
    status: answer.status,
    headers: Object.fromEntries(headers) as Record<string, string>,
    body: input.save_body === "none" || text === "" ? null : bodyValue(body, contentType),
    truncated: body.truncated,
  };
}

function outcome(open: boolean, failure: Failure): OperationError | OutcomeUnknown {
  return open ? new OutcomeUnknown(failure) : new OperationError(failure);
}

function masked(failure: Failure, mask: (text: string) => string): Failure {
  return { ...failure, message: mask(failure.message) };
}

/** Without the query: it is in the plan, and in an output line it would only be long. */
function shown(url: URL): string {
  return `${url.origin}${url.pathname}`;
}
