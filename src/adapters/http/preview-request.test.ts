import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { once } from "node:events";
import { afterEach, describe, expect, test } from "vitest";
import type { JsonObject } from "#engine/json.ts";
import type { Preview } from "#engine/operation.ts";
import { createHttpRequest } from "./http-operations.ts";
import { DEFAULT_HTTP_CONFIG } from "./http-config.ts";

const config = {
  ...DEFAULT_HTTP_CONFIG,
  allowedHosts: ["lb.internal"],
  allowedPrivateRanges: ["127.0.0.0/8"],
};
const operation = createHttpRequest(config, async () => [{ address: "127.0.0.1", family: 4 }]);

const servers: Server[] = [];
let asked: string[] = [];
afterEach(async () => {
  asked = [];
  for (const server of servers.splice(0)) {
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  }
});

/** Answers the address of a target that notes what it is asked. */
async function target(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
  const server = createServer((request, response) => {
    asked.push(
      `${request.method ?? ""} ${request.url ?? ""} ${request.headers["content-type"] ?? "-"}`,
    );
    answer(request, response);
  });
  servers.push(server);
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("no port");
  return `http://lb.internal:${address.port}`;
}

async function preview(given: JsonObject): Promise<Preview> {
  if (operation.preview === undefined) throw new Error("no preview");
  return operation.preview(operation.input.parse(given), {
    signal: new AbortController().signal,
    idempotencyKey: "key",
    output: () => {},
    profile: null,
    timeoutMs: 5_000,
  });
}

const allowing = (methods: string) => (_request: IncomingMessage, response: ServerResponse) =>
  void response.writeHead(204, { allow: methods }).end();

describe("a dry run of a request that changes something", () => {
  test("asks with OPTIONS whether the target takes it, and sends nothing else", async () => {
    const url = await target(allowing("GET, POST"));
    const found = await preview({ method: "POST", url: `${url}/drain`, json: { wait: true } });
    expect(found.wouldSucceed).toBe(true);
    expect(found.lines.at(-1)).toBe("OPTIONS answered 204: it takes GET, POST.");
    expect(asked).toEqual(["OPTIONS /drain -"]);
  });

  test("would fail where the target does not take the method", async () => {
    const url = await target(allowing("GET"));
    expect(await preview({ method: "DELETE", url: `${url}/x` })).toMatchObject({
      wouldSucceed: false,
    });
  });

  test.each([
    [405, "allow, but refused", { allow: "GET" }],
    [200, "no word about methods", {}],
    [500, "an error", {}],
  ])("can't be told from %i with %s", async (status, _what, headers) => {
    const url = await target(
      (_request, response) => void response.writeHead(status, headers).end(),
    );
    const found = await preview({ method: "POST", url: `${url}/x` });
    expect(found.wouldSucceed).toBeNull();
    expect(found.lines.at(-1)).toBe(`OPTIONS answered ${status}, which does not tell.`);
  });

  test("sends the declared preview request instead", async () => {
    const url = await target((_request, response) => void response.writeHead(200).end("{}"));
    const declared = { method: "GET", url: `${url}/plan?of=drain`, expect_status: [200] };
    const found = await preview({ method: "POST", url: `${url}/drain`, preview: declared });
    expect(found.wouldSucceed).toBe(true);
    expect(asked).toEqual(["GET /plan?of=drain -"]);
  });

  test("would fail where the declared preview answers otherwise", async () => {
    const url = await target((_request, response) => void response.writeHead(409).end());
    const declared = { url: `${url}/plan` };
    const found = await preview({ method: "POST", url: `${url}/drain`, preview: declared });
    expect(found.wouldSucceed).toBe(false);
    expect(found.lines.at(-1)).toContain("answered 409, expected 200-299");
  });

  test("reaches no host that the request itself may not reach", async () => {
    const url = await target(allowing("POST"));
    const declared = { url: "http://metadata.internal/latest" };
    await expect(
      preview({ method: "POST", url: `${url}/drain`, preview: declared }),
    ).rejects.toThrow("metadata.internal");
    expect(asked).toEqual([]);
  });

  test("says so when nobody answers", async () => {
    const url = await target(() => {});
    for (const server of servers.splice(0)) server.close();
    await expect(preview({ method: "POST", url: `${url}/x` })).rejects.toMatchObject({
      failure: { category: "network" },
    });
  });
});

test("a request that only reads is not sent twice", async () => {
  const url = await target(allowing("GET"));
  expect(await preview({ method: "GET", url: `${url}/x` })).toMatchObject({ wouldSucceed: null });
  expect(asked).toEqual([]);
});

test("a preview may only read", () => {
  const given = { method: "POST", url: "http://lb.internal/x" };
  const preview = { method: "DELETE", url: "http://lb.internal/x" };
  expect(operation.input.safeParse({ ...given, preview }).success).toBe(false);
});
