// The Web API's three doors over HTTP: methods, uploads, and private files, which ask for the bot's token.

import type { IncomingMessage, ServerResponse } from "node:http";
import {
  contentType,
  readArguments,
  readBody,
  readUpload,
  sendJson,
  sendText,
} from "../http-messages.ts";
import { stringAt } from "../json-value.ts";
import { answerCall, type ApiReply, type WebApiOptions } from "./web-api.ts";

export async function serveApi(
  options: WebApiOptions,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  const args = readArguments(contentType(request), await readBody(request), url.searchParams);
  const token = bearer(request) ?? stringAt(args, "token");
  const method = url.pathname.slice("/api/".length);
  sendReply(request, response, answerCall(options, { method, token, args: withoutToken(args) }));
}

/** Tokens are never kept in the log. */
function withoutToken(args: ReturnType<typeof readArguments>) {
  if (args === undefined) return undefined;
  const { token: _token, ...rest } = args;
  return rest;
}

function bearer(request: IncomingMessage): string | undefined {
  return /^Bearer (.+)$/i.exec(request.headers.authorization ?? "")?.[1];
}

function sendReply(request: IncomingMessage, response: ServerResponse, reply: ApiReply): void {
  switch (reply.kind) {
    case "answer": {
      const headers =
        reply.scopes === undefined ? {} : { "x-oauth-scopes": reply.scopes.join(",") };
      return sendJson(response, reply.answer, { headers });
    }
    case "rate-limited":
      return sendJson(
        response,
        { ok: false, error: "ratelimited" },
        { status: 429, headers: { "retry-after": String(reply.retryAfterSeconds) } },
      );
    case "http-error":
      return sendText(response, reply.status, "fault on demand");
    case "drop":
      request.socket.destroy();
      return undefined;
    case "hang":
      return undefined;
  }
}

export async function serveUpload(
  { context }: WebApiOptions,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  const fileId = url.pathname.slice("/upload/v1/".length);
  const bytes = await readUpload(request, await readBody(request));
  const received = context.uploads.receive(fileId, bytes);
  sendText(
    response,
    received ? 200 : 400,
    received ? `OK - ${bytes.byteLength}` : "unexpected upload",
  );
}

/** Without the bot's token Slack leads to its login page, so an app that forgets it downloads HTML. */
export async function serveFile(
  { context, botToken }: WebApiOptions,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  const [, , fullId = "", ...rest] = url.pathname.split("/");
  const stored = context.state.findFile(fullId.split("-").at(-1) ?? "");
  if (bearer(request) !== botToken) {
    response.writeHead(302, { location: `/?redir=${encodeURIComponent(url.pathname)}` });
    response.end();
    return;
  }
  if (stored === undefined) return sendText(response, 404, "file_not_found");
  const disposition = rest[0] === "download" ? { "content-disposition": "attachment" } : {};
  response.writeHead(200, {
    "content-type": stored.file.mimetype,
    "x-content-type-options": "nosniff",
    "content-security-policy": "sandbox",
    ...disposition,
  });
  response.end(stored.bytes);
}
