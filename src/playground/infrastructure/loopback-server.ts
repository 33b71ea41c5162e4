// An HTTP server on a free loopback port that answers text and closes at once. Knows no double.

import { createServer } from "node:http";
import type { IncomingMessage } from "node:http";

export type Asked = {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
};
/** `cut` closes the connection instead of an answer, `stall` never answers; both after the double has acted. */
export type Answered =
  | { readonly status: number; readonly type: string; readonly body: string }
  | "cut"
  | "stall";

export type LoopbackServer = { readonly url: string; readonly close: () => Promise<void> };

const MAX_BODY = 1_000_000;

export async function serveLoopback(
  port: number,
  answer: (asked: Asked) => Answered | Promise<Answered>,
): Promise<LoopbackServer> {
  const server = createServer((request, response) => {
    readBody(request)
      .then((body) =>
        answer({
          method: request.method ?? "GET",
          path: new URL(request.url ?? "/", "http://loopback").pathname,
          headers: request.headers,
          body,
        }),
      )
      .catch((error: unknown) => ({ status: 500, type: "text/plain", body: String(error) }))
      .then((answered) => {
        if (answered === "stall") return null;
        if (answered === "cut") return request.socket.destroy();
        return response
          .writeHead(answered.status, { "content-type": answered.type })
          .end(answered.body);
      })
      .catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(port, "127.0.0.1", resolve);
  });
  const address = server.address();
  const bound = typeof address === "object" && address !== null ? address.port : port;
  return {
    url: `http://127.0.0.1:${bound}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY) throw new Error("the body is too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
