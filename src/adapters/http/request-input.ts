// The input and the result of `http.request`: what a plan may say and what it gets back. Sends nothing.

import { z } from "zod";
import type { Json } from "#engine/json.ts";

const METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"] as const;

const NO_LINE_BREAK = /^[^\r\n\0]*$/;
const TOKEN = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/;

/** Decided by the client itself; setting them would let a plan smuggle a second request. */
const CONNECTION_HEADERS: ReadonlySet<string> = new Set([
  "host",
  "content-length",
  "transfer-encoding",
  "connection",
  "keep-alive",
  "upgrade",
  "te",
  "trailer",
  "expect",
  "accept-encoding",
  "idempotency-key",
]);

/** A plan is stored and shown, so credentials come from a profile, never from a plan. */
const CREDENTIAL_HEADER = /(^|-)(authorization|cookie|api-?key|token|secret|password|signature)$/i;

const json: z.ZodType<Json> = z.json();

const url = z
  .string()
  .max(4000)
  .superRefine((text, context) => {
    const problem = urlProblem(text);
    if (problem !== null) context.addIssue({ code: "custom", message: problem });
  });

function urlProblem(text: string): string | null {
  if (!/^[\x21-\x7e]+$/.test(text)) return "must be ASCII without spaces or line breaks";
  if (!URL.canParse(text)) return "must be an absolute URL";
  const parsed = new URL(text);
  if (parsed.protocol !== "https:" && parsed.protocol !== "http:") return "must be http or https";
  if (parsed.username !== "" || parsed.password !== "") {
    return "must not hold credentials: use a profile";
  }
  return null;
}

const headers = z.record(z.string(), z.string().max(4000)).superRefine((values, context) => {
  for (const [name, value] of Object.entries(values)) {
    const add = (message: string) => context.addIssue({ code: "custom", path: [name], message });
    if (!TOKEN.test(name)) add("is not a header name");
    if (!NO_LINE_BREAK.test(value)) add("must not hold line breaks");
    if (CONNECTION_HEADERS.has(name.toLowerCase())) add("is set by the client");
    if (CREDENTIAL_HEADER.test(name)) add("is a credential: use a profile");
  }
});

const queryValue = z.union([z.string().max(4000), z.number(), z.boolean()]);

const statusRange = z.union([
  z.int().min(100).max(599),
  z
    .string()
    .regex(/^[1-5]\d\d(-[1-5]\d\d)?$/, "must be a status such as 204 or a range such as 200-299"),
]);

const previewRequest = z.strictObject({
  method: z.enum(["GET", "HEAD", "OPTIONS"]).default("GET"),
  url,
  expect_status: z.array(statusRange).min(1).max(20).default(["200-299"]),
});

export const requestInput = z
  .strictObject({
    method: z.enum(METHODS).default("GET"),
    url,
    headers: headers.default({}),
    query: z.record(z.string(), z.union([queryValue, z.array(queryValue).max(100)])).default({}),
    /** A JSON body. */
    json: json.optional(),
    /** A text body; `content-type` is text/plain unless the headers say otherwise. */
    text: z.string().max(1_000_000).optional(),
    expect_status: z.array(statusRange).min(1).max(20).default(["200-299"]),
    follow_redirects: z.int().min(0).max(5).default(0),
    /** The target deduplicates by the `Idempotency-Key` header, so that a repeat is safe. */
    idempotent: z.boolean().default(false),
    /** What a dry run sends instead; without it, OPTIONS to the same address. Must only read. */
    preview: previewRequest.optional(),
    /** How the body is kept in the result. */
    save_body: z.enum(["auto", "text", "none"]).default("auto"),
  })
  .superRefine((input, context) => {
    const bodies = [input.json, input.text].filter((body) => body !== undefined).length;
    if (bodies > 1) {
      context.addIssue({
        code: "custom",
        path: ["text"],
        message: "json and text exclude each other",
      });
    }
    if (bodies > 0 && (input.method === "GET" || input.method === "HEAD")) {
      const path = [input.json === undefined ? "text" : "json"];
      context.addIssue({ code: "custom", path, message: `${input.method} has no body` });
    }
  });
export type RequestInput = z.infer<typeof requestInput>;

export const requestResult = z.strictObject({
  status: z.int(),
  headers: z.record(z.string(), z.string()),
  /** JSON when the target said it is JSON, else text; null when there was none or it was not asked for. */
  body: json,
  /** The body was longer than the limit: what is kept is its beginning, as text. */
  truncated: z.boolean(),
});
export type RequestResult = z.infer<typeof requestResult>;

export function isReading(method: RequestInput["method"]): boolean {
  return method === "GET" || method === "HEAD" || method === "OPTIONS";
}

export function requestUrl(input: RequestInput): URL {
  const target = new URL(input.url);
  for (const [name, value] of Object.entries(input.query)) {
    for (const one of [value].flat()) target.searchParams.append(name, String(one));
  }
  target.hash = "";
  return target;
}

export function statusExpected(expected: RequestInput["expect_status"], status: number): boolean {
  return expected.some((range) => {
    const [from, to] = String(range).split("-").map(Number);
    return from !== undefined && status >= from && status <= (to ?? from);
  });
}
