// Serves the web page: its files, what it needs to know, live changes, and what a person does in it.

import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import path from "node:path";
import type { Acting } from "./acting.ts";
import type { SocketMode } from "./socket-mode.ts";
import { contentType, readBody, sendJson, sendText } from "./http-messages.ts";
import { parseJson } from "./json-value.ts";
import { LiveUpdates } from "./live-updates.ts";
import { isPageAction, pageActions } from "./page-actions.ts";
import { readPageData } from "./page-data.ts";
import type { RequestLog } from "./request-log.ts";

/** A suggestion that fills the composer: "Ask for help" fills "/ops help". */
export interface Tip {
  readonly label: string;
  readonly text: string;
}

export interface PageServerOptions {
  readonly acting: Acting;
  readonly sockets: SocketMode;
  readonly log: RequestLog;
  readonly tips: readonly Tip[];
  readonly host: string;
}

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
};

export const securityHeaders = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cache-control": "no-cache",
};

const loopbackNames = ["127.0.0.1", "localhost", "[::1]", "::1"];

export class PageServer {
  readonly #options: PageServerOptions;
  readonly #updates: LiveUpdates;

  constructor(options: PageServerOptions) {
    this.#options = options;
    this.#updates = new LiveUpdates(options.acting.state);
  }

  async serve(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    if (!this.#isKnownHost(request))
      return sendText(response, 403, "The playground answers to its own address only.");
    if (url.pathname === "/playground/events") return this.#updates.add(request, response, url);
    if (url.pathname.startsWith("/playground/api/")) return this.#serveApi(request, response, url);
    if (/^\/(archives|files)\//.test(url.pathname)) return sendToPage(response, url);
    return serveStatic(response, url.pathname);
  }

  /** A page elsewhere must not reach the playground through a name that resolves to this machine. */
  #isKnownHost(request: IncomingMessage): boolean {
    if (!loopbackNames.includes(this.#options.host)) return true;
    const name = (request.headers.host ?? "").replace(/:\d+$/, "");
    return loopbackNames.includes(name);
  }

  async #serveApi(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const name = url.pathname.slice("/playground/api/".length);
    try {
      if (request.method === "GET")
        return sendJson(response, readPageData(this.#options, name, url.searchParams));
      // Only JSON: a form on another site can't send it without being asked first.
      if (contentType(request) !== "application/json")
        return sendText(response, 415, "Send application/json.");
      const body = parseJson((await readBody(request)).toString("utf8"));
      if (!isPageAction(name))
        return sendJson(response, { error: `There is no action ${name}.` }, { status: 404 });
      const result = await pageActions[name](this.#options.acting, body);
      sendJson(response, result ?? {});
    } catch (error) {
      sendJson(
        response,
        { error: error instanceof Error ? error.message : "That failed." },
        { status: 400 },
      );
    }
  }

  close(): void {
    this.#updates.close();
  }
}

/** A permalink leads to the message on the page. */
function sendToPage(response: ServerResponse, url: URL): void {
  const [, kind, first = "", second = ""] = url.pathname.split("/");
  const digits = second.replace(/^p/, "");
  const query =
    kind === "archives"
      ? {
          channel: first,
          ts: `${digits.slice(0, -6)}.${digits.slice(-6)}`,
          thread: url.searchParams.get("thread_ts") ?? "",
        }
      : { file: second };
  response.writeHead(302, { location: `/?${new URLSearchParams(query).toString()}` });
  response.end();
}

const pageFolder = path.join(import.meta.dirname, "page");

function serveStatic(response: ServerResponse, pathname: string): void {
  const name = pathname === "/" ? "index.html" : pathname.slice(1);
  const type = types[path.extname(name)];
  if (type === undefined || !/^[a-z0-9-]+\.[a-z]+$/.test(name))
    return sendText(response, 404, "Not found");
  let content: Buffer;
  try {
    content = readFileSync(path.join(pageFolder, name));
  } catch {
    return sendText(response, 404, "Not found");
  }
  response.writeHead(200, { ...securityHeaders, "content-type": type });
  response.end(content);
}
