// The one HTTP server of a process: routes by exact path, or by what a path begins with, bounds what a request may take, and answers the
// rest with 404. Knows no Slack and no database; its routes are handed in.

import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

export type HttpServer = {
  readonly url: string;
  readonly port: number;
  /** Stops accepting, lets running requests finish within `graceMs`, then cuts them. */
  close(graceMs: number): Promise<void>;
};

/** @throws {Error} when the address can't be bound, naming it and what to change. */
export async function startHttpServer(options: {
  readonly host: string;
  readonly port: number;
  /** By path. One that ends in a slash is for everything below it that has no route of its own. */
  readonly routes: Readonly<Record<string, Handler>>;
  readonly onError: (error: unknown) => void;
}): Promise<HttpServer> {
  const server = createServer(
    { requestTimeout: 30_000, headersTimeout: 10_000 },
    (request, response) => {
      const path = pathOf(request);
      if (path === null) {
        answerText(response, 400, "Bad request\n");
        return;
      }
      const handler = handlerOf(options.routes, path);
      if (handler === undefined) {
        answerText(response, 404, "Not found\n");
        return;
      }
      void Promise.resolve()
        .then(() => handler(request, response))
        .catch((error: unknown) => {
          options.onError(error);
          if (!response.headersSent) answerText(response, 500, "Internal error\n");
          else response.destroy();
        });
    },
  );
  await listen(server, options.host, options.port);
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://${options.host.includes(":") ? `[${options.host}]` : options.host}:${port}`,
    close: (graceMs) => closeServer(server, graceMs),
  };
}

/** Null: what was asked for is no address, such as `//`. Anybody can send that, so it must not be an error of ours. */
function pathOf({ url = "/" }: IncomingMessage): string | null {
  return URL.parse(url, "http://localhost")?.pathname ?? null;
}

function handlerOf(routes: Readonly<Record<string, Handler>>, path: string): Handler | undefined {
  if (Object.hasOwn(routes, path)) return routes[path];
  const above = path.slice(0, path.indexOf("/", 1) + 1);
  return above.length > 1 && Object.hasOwn(routes, above) ? routes[above] : undefined;
}

export function answerText(
  response: ServerResponse,
  status: number,
  body: string,
  type = "text/plain; charset=utf-8",
): void {
  response.writeHead(status, {
    "content-type": type,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  });
  response.end(body);
}

export function answerJson(response: ServerResponse, status: number, body: unknown): void {
  answerText(response, status, `${JSON.stringify(body)}\n`, "application/json; charset=utf-8");
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const why =
        error.code === "EADDRINUSE" ? "something else listens there already" : error.message;
      const sentence = `Cannot listen on ${host}:${port}: ${why}. Set HOST and PORT to a free address.`;
      reject(new Error(sentence, { cause: error }));
    });
    server.listen(port, host, resolve);
  });
}

function closeServer(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}
