// `check.http_status`: a URL answers with an expected status. The request itself is `http.request`'s, with its
// hosts, guard, profiles and limits; only the judgement is made here.

import { z } from "zod";
import { OperationError } from "#engine/failure.ts";
import type { JsonObject } from "#engine/json.ts";
import type { AnyOperation, Operation } from "#engine/operation.ts";
import { forbidden, notHeld, quoted, READS } from "./condition.ts";

const status = z.union([
  z.int().min(100).max(599),
  z
    .string()
    .regex(
      /^[1-5](xx|\d\d(-[1-5]\d\d)?)$/i,
      "must be a status such as 204, a class such as 2xx or a range such as 200-299",
    ),
]);

const result = z.strictObject({ status: z.int() });

export function httpStatus(request: AnyOperation) {
  const input = z
    .strictObject({
      url: z.string().max(4000),
      method: z.enum(["GET", "HEAD", "OPTIONS"]).default("GET"),
      headers: z.record(z.string(), z.string().max(4000)).default({}),
      expect: z.union([status, z.array(status).min(1).max(20)]).default("2xx"),
      follow_redirects: z.int().min(0).max(5).default(0),
    })
    .superRefine((given, context) => {
      const parsed = request.input.safeParse(requestOf(given));
      for (const { path, message } of parsed.error?.issues ?? []) {
        context.addIssue({ code: "custom", path, message });
      }
    });
  type Input = z.infer<typeof input>;
  const asRequest = (given: Input): unknown => request.input.parse(requestOf(given));

  const operation: Operation<Input, z.infer<typeof result>> = {
    ...READS,
    name: "check.http_status",
    summary: "Check that a URL answers with an expected status.",
    input,
    result,
    example: { url: "https://api.example.com/health", expect: "2xx" },
    defaultTimeoutMs: request.defaultTimeoutMs,
    describe: (given) =>
      `Check that ${given.method} ${quoted(given.url, 300)} answers ${expected(given.expect)}.`,
    target: (given, profile) => request.target?.(asRequest(given), profile) ?? null,
    permitted: (given, profile) => request.permitted?.(asRequest(given), profile) ?? null,
    run: async (given, context) => {
      const asked = asRequest(given);
      const refusal = request.permitted?.(asked, context.profile) ?? null;
      if (refusal !== null) throw forbidden(refusal);
      const answer = await request.run(asked, context).catch((error: unknown) => {
        const refused = error instanceof OperationError && error.failure.code === "ADDRESS_REFUSED";
        throw refused ? forbidden(error.message, error) : error;
      });
      const found = result.parse({ status: (answer as JsonObject)["status"] });
      if ([given.expect].flat().some((one) => covers(one, found.status))) return found;
      throw notHeld(
        `${given.method} ${quoted(given.url, 300)} answered ${found.status}, expected ${expected(given.expect)}.`,
      );
    },
  };
  return operation;
}

type Status = z.infer<typeof status>;

/** Every status is let through as an answer, so that the judgement stays here. */
function requestOf(given: {
  readonly url: string;
  readonly method: string;
  readonly headers: JsonObject;
  readonly follow_redirects: number;
}): JsonObject {
  const { url, method, headers, follow_redirects } = given;
  return {
    url,
    method,
    headers,
    follow_redirects,
    expect_status: ["100-599"],
    save_body: "none",
  };
}

function covers(expected: Status, status: number): boolean {
  const text = String(expected).toLowerCase();
  if (text.endsWith("xx")) return Math.floor(status / 100) === Number(text[0]);
  const [from, to] = text.split("-").map(Number);
  return from !== undefined && status >= from && status <= (to ?? from);
}

function expected(given: Status | readonly Status[]): string {
  return [given].flat().join(" or ");
}
