// What a browser sends to the pages and what it is sent: one session cookie, bodies of JSON from our own pages only,
// and headers under which nothing of a page can be framed, embedded, sniffed or leaked.

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Html } from "./html.ts";

const MAX_BODY_BYTES = 64 * 1024;
/** A little longer than any session, whose end the engine decides. */
const COOKIE_SECONDS = 15 * 60;

const HEADERS = {
  // No form is ever sent, and nothing runs that is not a file of ours.
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "permissions-policy":
    "publickey-credentials-get=(self), publickey-credentials-create=(self), camera=(), geolocation=(), microphone=()",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "cache-control": "no-store",
} as const;

export function sendPage(response: ServerResponse, status: number, page: Html): void {
  response.writeHead(status, { ...HEADERS, "content-type": "text/html; charset=utf-8" });
  response.end(page.toString());
}

export function sendFile(response: ServerResponse, content: Buffer, type: string): void {
  response.writeHead(200, { ...HEADERS, "cache-control": "no-cache", "content-type": type });
  response.end(content);
}

export function sendAnswer(response: ServerResponse, status: number, answer: object): void {
  response.writeHead(status, { ...HEADERS, "content-type": "application/json; charset=utf-8" });
  response.end(JSON.stringify(answer));
}

export function redirect(response: ServerResponse, location: string): void {
  response.writeHead(303, { ...HEADERS, location });
  response.end();
}

/** Only over https does a browser keep `__Host-` cookies everywhere; without it there is this machine alone. */
function cookieName(publicUrl: string): string {
  return publicUrl.startsWith("https:") ? "__Host-countersign-step-up" : "countersign-step-up";
}

/** Lax, because the browser comes back from Slack; it is sent with no request that another site makes but that one. */
export function setSession(response: ServerResponse, publicUrl: string, session: string): void {
  const secure = publicUrl.startsWith("https:") ? "; Secure" : "";
  response.setHeader(
    "set-cookie",
    `${cookieName(publicUrl)}=${session}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${COOKIE_SECONDS}${secure}`,
  );
}

/** Empty: none, or nothing that we could have set. */
export function sessionOf(request: IncomingMessage, publicUrl: string): string {
  const name = cookieName(publicUrl);
  for (const pair of (request.headers.cookie ?? "").split(";")) {
    const [key, value = ""] = pair.trim().split("=");
    if (key === name && isToken(value)) return value;
  }
  return "";
}

/** The shape of everything random that we hand out: 32 bytes in base 64 URL. */
export function isToken(text: string): boolean {
  return /^[A-Za-z0-9_-]{43}$/.test(text);
}

export type Posted =
  | { readonly kind: "body"; readonly body: Readonly<Record<string, unknown>> }
  | { readonly kind: "refused"; readonly status: 400 | 403 | 413 | 415; readonly why: string };

/** A body that a page of ours sent. A page elsewhere can't: its origin differs, and JSON isn't sent without asking us. */
export async function readPosted(request: IncomingMessage, publicUrl: string): Promise<Posted> {
  const site = request.headers["sec-fetch-site"];
  if (
    request.headers.origin !== publicUrl ||
    (site !== undefined && site !== "same-origin") // Browsers that say so agree with the origin.
  )
    return refused(403, "This request does not come from a page of Countersign.");
  const type = (request.headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json") return refused(415, "Expected application/json.");
  const text = await readText(request);
  if (text === null) return refused(413, `Expected at most ${MAX_BODY_BYTES} bytes.`);
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === "object" && body !== null && !Array.isArray(body))
      return { kind: "body", body: body as Readonly<Record<string, unknown>> };
  } catch {
    // Answered like any other body that is no object.
  }
  return refused(400, "Expected a JSON object.");
}

function refused(status: Extract<Posted, { kind: "refused" }>["status"], why: string): Posted {
  return { kind: "refused", status, why };
}

/** Null: too long. The rest is read and thrown away, so that the answer gets through. */
async function readText(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk as Uint8Array);
    size += bytes.byteLength;
    if (size <= MAX_BODY_BYTES) chunks.push(bytes);
  }
  return size > MAX_BODY_BYTES ? null : Buffer.concat(chunks).toString("utf8");
}
