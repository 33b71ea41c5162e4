// The Web API as one function from a call to a reply: authentication, faults, rate limits, then the method itself.

import { stringAt, type JsonRecord } from "../json-value.ts";
import type { Faults } from "../faults.ts";
import type { RateLimits } from "../rate-limits.ts";
import type { RequestLog } from "../request-log.ts";
import { chatMethods } from "./chat-methods.ts";
import { conversationMethods } from "./conversation-methods.ts";
import { fileMethods } from "./file-methods.ts";
import { identityMethods } from "./identity-methods.ts";
import { refuse, type Answer, type CallContext, type Method } from "./method.ts";
import { viewMethods } from "./view-methods.ts";

const methods: Readonly<Record<string, Method>> = {
  ...chatMethods,
  ...conversationMethods,
  ...fileMethods,
  ...identityMethods,
  ...viewMethods,
};

export interface WebApiOptions {
  readonly context: CallContext;
  readonly botToken: string;
  readonly appToken: string;
  /** The bot token's scopes; absent: every scope. */
  readonly scopes: readonly string[] | undefined;
  readonly faults: Faults;
  readonly log: RequestLog;
  /** Absent: calls are not limited. */
  readonly rateLimits: RateLimits | undefined;
}

export interface ApiCall {
  readonly method: string;
  /** What the Authorization header or the `token` argument carried. */
  readonly token: string | undefined;
  /** `undefined` when the body could not be read. */
  readonly args: JsonRecord | undefined;
}

export type ApiReply =
  | {
      readonly kind: "answer";
      readonly answer: Answer;
      readonly scopes: readonly string[] | undefined;
    }
  | { readonly kind: "rate-limited"; readonly retryAfterSeconds: number }
  | { readonly kind: "http-error"; readonly status: number }
  | { readonly kind: "drop" }
  | { readonly kind: "hang" };

/** Answers one call and logs it. */
export function answerCall(options: WebApiOptions, call: ApiCall): ApiReply {
  const reply = decide(options, call);
  const outcome =
    reply.kind === "answer" ? (reply.answer.ok ? "ok" : reply.answer.error) : reply.kind;
  const { state } = options.context;
  options.log.add({ atMs: state.clock.now(), method: call.method, args: call.args ?? {}, outcome });
  state.changes.publish({ kind: "call", method: call.method });
  return reply;
}

function decide(options: WebApiOptions, call: ApiCall): ApiReply {
  const answered = (answer: Answer): ApiReply => ({
    kind: "answer",
    answer,
    scopes: options.scopes,
  });
  const fault = options.faults.take(call.method);
  if (fault?.kind === "api-error") return answered(refuse(fault.error));
  if (fault !== undefined && fault.kind !== "drop-answer") return fault;
  const method = Object.hasOwn(methods, call.method) ? methods[call.method] : undefined;
  if (method === undefined) return answered(refuse("unknown_method", { req_method: call.method }));
  const refusal = authenticate(options, method, call.token);
  if (refusal !== undefined) return answered(refusal);
  if (call.args === undefined) return answered(refuse("invalid_json"));
  const waitSeconds = options.rateLimits?.admit(
    call.method,
    method.tier,
    stringAt(call.args, "channel") ?? "",
  );
  if (waitSeconds !== undefined) return { kind: "rate-limited", retryAfterSeconds: waitSeconds };
  const answer = method.call(options.context, call.args);
  return fault === undefined ? answered(answer) : { kind: "drop" };
}

function authenticate(
  { botToken, appToken, scopes }: WebApiOptions,
  method: Method,
  token: string | undefined,
) {
  if (token === undefined || token === "") return refuse("not_authed");
  if (token !== botToken && token !== appToken) return refuse("invalid_auth");
  const wanted = method.token === "app" ? appToken : botToken;
  if (token !== wanted) return refuse("not_allowed_token_type");
  const lacking =
    method.token === "bot" &&
    scopes !== undefined &&
    method.scopes.length > 0 &&
    !method.scopes.some((scope) => scopes.includes(scope));
  if (!lacking) return undefined;
  return refuse("missing_scope", { needed: method.scopes.join(","), provided: scopes.join(",") });
}
