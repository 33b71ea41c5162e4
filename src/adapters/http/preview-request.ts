// What a dry run asks of a target: the preview request that the plan declares, else OPTIONS to the same address, which
// changes nothing (RFC 9110, 9.2.1 and 9.3.7). Both go out under the same rules as the request itself.

import type { AttemptContext, Preview } from "#engine/operation.ts";
import { OperationError } from "#engine/failure.ts";
import { targetRefusal } from "./http-config.ts";
import { isReading, requestInput, requestUrl, statusExpected } from "./request-input.ts";
import type { RequestInput } from "./request-input.ts";
import { sendRequest } from "./send-request.ts";
import type { Sender } from "./send-request.ts";

const ANY_STATUS = ["100-599"];

/** @throws {OperationError} nobody answered. */
export async function askTarget(
  sender: Sender,
  input: RequestInput,
  context: AttemptContext,
): Promise<Preview> {
  if (input.preview !== undefined) return declared(sender, input.preview, context);
  // What only reads is left to the run; asking twice tells nothing more.
  if (isReading(input.method)) return { wouldSucceed: null, lines: [] };
  const { method, headers, query, url } = input;
  const options = requestInput.parse({
    method: "OPTIONS",
    url,
    query,
    headers: withoutBody(headers),
    expect_status: ANY_STATUS,
    save_body: "none",
  });
  const { status, headers: answered } = await sendRequest(sender, options, context);
  const allowed = answered["allow"];
  if (allowed === undefined || status >= 400)
    return { wouldSucceed: null, lines: [`OPTIONS answered ${status}, which does not tell.`] };
  const methods = allowed.split(",").map((one) => one.trim().toUpperCase());
  const line = `OPTIONS answered ${status}: it takes ${methods.join(", ")}.`;
  return { wouldSucceed: methods.includes(method), lines: [line] };
}

async function declared(
  sender: Sender,
  preview: NonNullable<RequestInput["preview"]>,
  context: AttemptContext,
): Promise<Preview> {
  const { method, url, expect_status: expected } = preview;
  const request = requestInput.parse({ method, url, expect_status: ANY_STATUS, save_body: "none" });
  const refusal = targetRefusal(sender.config, {
    profileName: context.profile,
    url: requestUrl(request),
  });
  if (refusal !== null) throw new OperationError({ category: "authorization", message: refusal });
  const { status } = await sendRequest(sender, request, context);
  const fits = statusExpected(expected, status);
  const line = `The preview request ${method} ${url} answered ${status}, ${fits ? "as expected" : `expected ${expected.join(", ")}`}.`;
  return { wouldSucceed: fits, lines: [line] };
}

/** OPTIONS carries no body, so nothing may describe one. */
function withoutBody(headers: RequestInput["headers"]): RequestInput["headers"] {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !name.toLowerCase().startsWith("content-")),
  );
}
