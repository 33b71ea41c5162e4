// `http.request` as the engine's registry sees it. Sends nothing itself.

import { OperationError, OutcomeUnknown } from "#engine/failure.ts";
import { eraseOperation } from "#engine/operation.ts";
import type { AnyOperation, Operation } from "#engine/operation.ts";
import { AddressRefused, createAddressGuard, resolveWithSystem } from "./address-guard.ts";
import type { Resolve } from "./address-guard.ts";
import { targetRefusal } from "./http-config.ts";
import type { HttpConfig } from "./http-config.ts";
import { connectionFailure } from "./http-errors.ts";
import { isReading, requestInput, requestResult, requestUrl } from "./request-input.ts";
import type { RequestInput, RequestResult } from "./request-input.ts";
import { askTarget } from "./preview-request.ts";
import { sendRequest } from "./send-request.ts";

/** The HTTP operations under this configuration. */
export function createHttpOperations(config: HttpConfig): readonly AnyOperation[] {
  return [createHttpRequest(config)];
}

/**
 * `http.request` by itself, for those that build on it.
 * @param resolve how names become addresses; the system's resolver unless a test says otherwise.
 */
export function createHttpRequest(
  config: HttpConfig,
  resolve: Resolve = resolveWithSystem,
): AnyOperation {
  const guard = createAddressGuard(config.allowedPrivateRanges, resolve);
  const operation: Operation<RequestInput, RequestResult> = {
    name: "http.request",
    summary: "Send an HTTP request and check the status of the answer.",
    input: requestInput,
    result: requestResult,
    example: {
      method: "POST",
      url: "https://lb.example.com/hosts/web-1/drain",
      json: { wait: true },
    },
    worstRisk: "destructive",
    risk: ({ method }) => {
      if (isReading(method)) return "read-only";
      return method === "DELETE" ? "destructive" : "modify";
    },
    effect: ({ method, idempotent }) => {
      const repeatable = isReading(method) || method === "PUT" || method === "DELETE" || idempotent;
      return repeatable ? "idempotent" : "once";
    },
    defaultTimeoutMs: config.defaultTimeoutMs,
    describe: (input) => {
      const size = bodySize(input);
      const body = size === 0 ? "" : ` with a body of ${size} bytes`;
      return `Send ${input.method} ${oneLine(requestUrl(input).href)}${body}.`;
    },
    // What would take a request back is known to the plan's author only: `rollback` in the step.
    describeUndo: () => null,
    locks: (input) => {
      if (isReading(input.method)) return [];
      const { origin, pathname } = requestUrl(input);
      return [`http:${origin}${pathname}`];
    },
    target: (input) => `http:${requestUrl(input).host}`,
    permitted: (input, profileName) =>
      targetRefusal(config, { profileName, url: requestUrl(input) }),
    preview: async (input, context) => {
      const { profile, signal } = context;
      const url = requestUrl(input);
      const lines = rendered(input, profile);
      if (signal.aborted) return { wouldSucceed: null, lines };
      const refusal = targetRefusal(config, { profileName: profile, url });
      if (refusal !== null) return { wouldSucceed: false, lines: [...lines, refusal] };
      try {
        const addresses = await guard.resolve(url.hostname);
        const found = addresses.map(({ address }) => address).join(", ");
        const asked = await askTarget({ config, guard }, input, context);
        return { ...asked, lines: [...lines, `${url.hostname} is at ${found}.`, ...asked.lines] };
      } catch (error) {
        if (error instanceof AddressRefused) {
          return { wouldSucceed: false, lines: [...lines, error.message] };
        }
        if (error instanceof OperationError || error instanceof OutcomeUnknown) throw error;
        throw new OperationError(connectionFailure(error, url.hostname), { cause: error });
      }
    },
    run: (input, context) => sendRequest({ config, guard }, input, context),
  };
  return eraseOperation(operation);
}

/** The request as it would be sent, without the values of the profile's headers. */
function rendered(input: RequestInput, profile: string | null): string[] {
  const lines = [`Would send ${input.method} ${oneLine(requestUrl(input).href)}.`];
  for (const [name, value] of Object.entries(input.headers)) lines.push(`Header ${name}: ${value}`);
  if (profile !== null) lines.push(`With the credentials of the profile ${profile}.`);
  const size = bodySize(input);
  if (size > 0) lines.push(`With a body of ${size} bytes.`);
  lines.push(`Expects a status among ${input.expect_status.join(", ")}.`);
  return lines;
}

function bodySize({ json, text }: RequestInput): number {
  return Buffer.byteLength(json === undefined ? (text ?? "") : JSON.stringify(json));
}

function oneLine(text: string): string {
  return text.length > 300 ? `${text.slice(0, 299)}…` : text;
}
