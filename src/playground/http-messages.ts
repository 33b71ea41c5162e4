// Reading requests and writing responses of node:http: bodies with a size limit, forms, JSON, multipart.

import type { IncomingMessage, ServerResponse } from "node:http";
import { isRecord, parseJson, type JsonRecord } from "./json-value.ts";

const maxBodyBytes = 64_000_000;

/** The whole body. Rejects when it is larger than 64 MB or the connection breaks. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk as Uint8Array);
    size += bytes.byteLength;
    if (size > maxBodyBytes) throw new Error("The request body is larger than 64 MB.");
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

export function contentType(request: IncomingMessage): string {
  return (request.headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
}

/** Arguments of a Web API call; `undefined` when the body is not what its content type says. */
export function readArguments(
  type: string,
  body: Buffer,
  query: URLSearchParams,
): JsonRecord | undefined {
  const fromQuery = Object.fromEntries(query);
  if (type === "application/json") {
    const parsed = parseJson(body.toString("utf8"));
    return isRecord(parsed) ? { ...fromQuery, ...parsed } : undefined;
  }
  return { ...fromQuery, ...Object.fromEntries(new URLSearchParams(body.toString("utf8"))) };
}

/** The bytes of an upload: the first file of a multipart form, or the body itself. */
export async function readUpload(request: IncomingMessage, body: Buffer): Promise<Uint8Array> {
  if (contentType(request) !== "multipart/form-data") return body;
  const headers = { "content-type": request.headers["content-type"] ?? "" };
  const form = await new Response(new Uint8Array(body), { headers }).formData();
  for (const value of form.values()) {
    if (typeof value !== "string") return new Uint8Array(await value.arrayBuffer());
  }
  return new Uint8Array();
}

export function sendJson(
  response: ServerResponse,
  value: unknown,
  { status = 200, headers = {} }: { status?: number; headers?: Record<string, string> } = {},
): void {
  response.writeHead(status, { "content-type": "application/json; charset=utf-8", ...headers });
  response.end(JSON.stringify(value));
}

export function sendText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    "content-type": "text/plain; charset=utf-8",
    "x-content-type-options": "nosniff",
  });
  response.end(text);
}
