// Something for plans to change: an HTTP server that remembers every request, holds answers back until it is
// told, and fails on demand. A lost answer is a request remembered and never answered.

import { createServer } from "node:http";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { until } from "#test/until.ts";

export type Asked = {
  readonly method: string;
  readonly path: string;
  /** The Idempotency-Key header. */
  readonly key: string | null;
};

export type Target = {
  readonly url: string;
  /** Everything asked, or what one path was asked, in the order of arrival. */
  asked(path?: string): readonly Asked[];
  /** The headers of each request for the path. */
  headers(path: string): readonly IncomingHttpHeaders[];
  /** How often each path was asked. */
  counts(): Readonly<Record<string, number>>;
  /** Requests for the path that were received and not answered yet. */
  waiting(path: string): number;
  /** Resolves when so many requests for the path have arrived. */
  arrives(path: string, count?: number): Promise<void>;
  /** From now on the path is not answered, until the returned function is called. */
  hold(path: string): () => void;
  /** The next so many answers have this status. */
  fail(path: string, status: number, times?: number): void;
  close(): Promise<void>;
};

export async function startTarget(): Promise<Target> {
  const asked: Asked[] = [];
  const held = new Map<string, Set<ServerResponse>>();
  const failures = new Map<string, number[]>();
  const headersOf = new Map<string, IncomingHttpHeaders[]>();

  const answer = (path: string, response: ServerResponse): void => {
    const status = failures.get(path)?.shift() ?? 200;
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify({ path, ok: status < 300 }));
  };
  const receive = (request: IncomingMessage, response: ServerResponse): void => {
    const { pathname: path } = new URL(request.url ?? "/", "http://target");
    const key = request.headers["idempotency-key"];
    asked.push({ method: request.method ?? "", path, key: typeof key === "string" ? key : null });
    headersOf.set(path, [...(headersOf.get(path) ?? []), request.headers]);
    const holder = held.get(path);
    if (holder === undefined) return answer(path, response);
    holder.add(response);
    response.once("close", () => holder.delete(response));
    return undefined;
  };
  const server = createServer((request, response) => {
    request.resume().once("end", () => receive(request, response));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const of = (path?: string) => asked.filter((one) => path === undefined || one.path === path);

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: of,
    headers: (path) => headersOf.get(path) ?? [],
    counts: () => Object.fromEntries(asked.map(({ path }) => [path, of(path).length])),
    waiting: (path) => held.get(path)?.size ?? 0,
    async arrives(path, count = 1) {
      await until(`${count} request(s) for ${path}`, () => of(path).length >= count, 30_000);
    },
    hold(path) {
      held.set(path, held.get(path) ?? new Set());
      return () => {
        const responses = held.get(path) ?? [];
        held.delete(path);
        for (const response of responses) answer(path, response);
      };
    },
    fail: (path, status, times = 1) => {
      failures.set(path, [
        ...(failures.get(path) ?? []),
        ...Array.from({ length: times }, () => status),
      ]);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
