import { createServer } from "node:http";
import type { RequestListener, Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { once } from "node:events";
import { afterEach, describe, expect, test } from "vitest";
import { OperationError, OutcomeUnknown } from "#engine/failure.ts";
import type { JsonObject } from "#engine/json.ts";
import { selfSignedCertificate } from "#test/fixtures/self-signed-certificate.ts";
import { DEFAULT_HTTP_CONFIG } from "./http-config.ts";
import type { HttpConfig, HttpProfile } from "./http-config.ts";
import { createAddressGuard } from "./address-guard.ts";
import type { Resolve } from "./address-guard.ts";
import { requestInput } from "./request-input.ts";
import type { RequestResult } from "./request-input.ts";
import { sendRequest } from "./send-request.ts";

const LOOPBACK: HttpConfig = { ...DEFAULT_HTTP_CONFIG, allowedPrivateRanges: ["127.0.0.0/8"] };
const toLoopback: Resolve = async () => [{ address: "127.0.0.1", family: 4 }];

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  }
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("no port");
  return address.port;
}

const serve = (listener: RequestListener) => listen(createServer(listener));

type Sending = {
  readonly config?: HttpConfig;
  readonly profile?: string;
  readonly resolve?: Resolve;
  readonly signal?: AbortSignal;
};

function send(input: JsonObject, sending: Sending = {}): Promise<RequestResult> {
  const config = sending.config ?? LOOPBACK;
  const guard = createAddressGuard(config.allowedPrivateRanges, sending.resolve ?? toLoopback);
  return sendRequest({ config, guard }, requestInput.parse(input), {
    signal: sending.signal ?? new AbortController().signal,
    idempotencyKey: "run-1/step-1",
    output: () => {},
    profile: sending.profile ?? null,
    timeoutMs: 5_000,
  });
}

async function failure(running: Promise<unknown>) {
  const error = await running.then(
    () => new Error("it succeeded"),
    (reason: unknown) => reason,
  );
  if (error instanceof OperationError || error instanceof OutcomeUnknown) {
    return { kind: error.name, ...error.failure };
  }
  throw new Error("not an operation's error", { cause: error });
}

function withProfile(profile: Partial<HttpProfile>): HttpConfig {
  const api = { allowedHosts: ["*"], headers: async () => ({}), ...profile };
  return { ...LOOPBACK, profiles: { api } };
}

describe("addresses", () => {
  test("a literal that is not allowed is refused before anything is sent", async () => {
    let asked = 0;
    const port = await serve((_request, response) => response.end(String(asked++)));
    for (const host of ["127.0.0.1", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"]) {
      const found = await failure(
        send({ url: `http://${host}:${port}/` }, { config: DEFAULT_HTTP_CONFIG }),
      );
      expect(found).toMatchObject({ kind: "OperationError", category: "authorization" });
    }
    expect(asked).toBe(0);
  });

  test("the name is asked once: the address that was checked is the one connected to", async () => {
    const port = await serve((_request, response) => response.end("here"));
    const answers = ["127.0.0.1", "10.0.0.1"];
    const rebinding: Resolve = async () => [{ address: answers.shift() ?? "", family: 4 }];
    const result = await send({ url: `http://rebind.test:${port}/` }, { resolve: rebinding });
    expect(result.body).toBe("here");
    expect(answers).toEqual(["10.0.0.1"]);
  });

  test("a redirect to an address that is not allowed is refused", async () => {
    const port = await serve((_request, response) =>
      response.writeHead(302, { location: "http://169.254.169.254/latest/meta-data/" }).end(),
    );
    const found = await failure(send({ url: `http://a.test:${port}/`, follow_redirects: 1 }));
    expect(found).toMatchObject({ category: "authorization", code: "ADDRESS_REFUSED" });
  });

  test("a host that is not allowed is refused although its address would be", async () => {
    const config = { ...LOOPBACK, allowedHosts: ["one.test"] };
    const found = await failure(send({ url: "http://two.test/" }, { config }));
    expect(found).toMatchObject({ category: "authorization" });
  });
});

describe("redirects", () => {
  test("are not followed unless the input says so", async () => {
    const port = await serve((_request, response) =>
      response.writeHead(302, { location: "/next" }).end(),
    );
    expect(await failure(send({ url: `http://a.test:${port}/` }))).toMatchObject({
      category: "permanent",
      code: "HTTP 302",
    });
  });

  test("a loop ends at the limit", async () => {
    let asked = 0;
    const port = await serve((_request, response) => {
      asked++;
      response.writeHead(302, { location: "/again" }).end();
    });
    await failure(send({ url: `http://a.test:${port}/`, follow_redirects: 3 }));
    expect(asked).toBe(4);
  });

  test("credentials and headers stay with the origin they were meant for", async () => {
    const seen: (string | undefined)[] = [];
    const other = await serve((request, response) => {
      seen.push(request.headers.authorization, String(request.headers["x-one"]));
      response.end("there");
    });
    const port = await serve((request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(302, { location: `http://b.test:${other}/` }).end();
    });
    const config = withProfile({
      allowedHosts: ["http://a.test"],
      headers: async () => ({ authorization: "Bearer secret-1" }),
    });
    const input = { url: `http://a.test:${port}/`, headers: { "x-one": "1" }, follow_redirects: 1 };
    expect(await send(input, { config, profile: "api" })).toMatchObject({ body: "there" });
    expect(seen).toEqual(["Bearer secret-1", undefined, "undefined"]);
  });

  test("a change is not carried to another origin", async () => {
    let changed = false;
    const other = await serve((_request, response) => {
      changed = true;
      response.end();
    });
    const port = await serve((_request, response) =>
      response.writeHead(307, { location: `http://b.test:${other}/` }).end(),
    );
    const input = { method: "POST", url: `http://a.test:${port}/`, json: 1, follow_redirects: 1 };
    expect(await failure(send(input))).toMatchObject({ kind: "OperationError" });
    expect(changed).toBe(false);
  });

  test("307 repeats the change at the same origin, 303 asks for its answer", async () => {
    const seen: string[] = [];
    const port = await serve((request, response) => {
      seen.push(`${request.method} ${request.url}`);
      if (request.url === "/a") response.writeHead(307, { location: "/b" }).end();
      else if (request.url === "/b") response.writeHead(303, { location: "/c" }).end();
      else response.end("done");
    });
    const input = { method: "POST", url: `http://a.test:${port}/a`, json: 1, follow_redirects: 2 };
    expect(await send(input)).toMatchObject({ body: "done" });
    expect(seen).toEqual(["POST /a", "POST /b", "GET /c"]);
  });

  test("a failure after the change has been answered leaves the outcome open", async () => {
    const port = await serve((request, response) => {
      if (request.method === "POST") response.writeHead(303, { location: "/c" }).end();
      else response.writeHead(500).end();
    });
    const input = { method: "POST", url: `http://a.test:${port}/a`, json: 1, follow_redirects: 1 };
    expect(await failure(send(input))).toMatchObject({ kind: "OutcomeUnknown" });
  });
});

describe("failures of real connections", () => {
  test("nobody listens: certainly not sent", async () => {
    const port = await serve(() => {});
    const [server] = servers.splice(0);
    const closed = server === undefined ? null : once(server, "close");
    server?.close();
    await closed;
    const found = await failure(send({ method: "POST", url: `http://a.test:${port}/` }));
    expect(found).toMatchObject({
      kind: "OperationError",
      category: "network",
      code: "ECONNREFUSED",
    });
  });

  test("the name does not exist: certainly not sent", async () => {
    const resolve: Resolve = async () => {
      throw Object.assign(new Error("not found"), { code: "ENOTFOUND" });
    };
    const found = await failure(send({ method: "POST", url: "http://a.test/" }, { resolve }));
    expect(found).toMatchObject({ kind: "OperationError", category: "network", code: "ENOTFOUND" });
  });

  test("the connection is cut after sending: open for a change, failed for a read", async () => {
    const port = await serve((request) => request.socket.destroy());
    const url = `http://a.test:${port}/`;
    const network = { category: "network" };
    expect(await failure(send({ method: "POST", url }))).toMatchObject({
      kind: "OutcomeUnknown",
      ...network,
    });
    expect(await failure(send({ url }))).toMatchObject({ kind: "OperationError", ...network });
  });

  test("the body is cut off: open for a change", async () => {
    const port = await serve((request, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("half", () => request.socket.destroy());
    });
    const found = await failure(send({ method: "POST", url: `http://a.test:${port}/` }));
    expect(found).toMatchObject({ kind: "OutcomeUnknown", category: "network" });
  });

  test("what answers is no HTTP: a matter of configuration", async () => {
    const port = await serve((request) => request.socket.end("SSH-2.0-OpenSSH\r\n"));
    const found = await failure(send({ url: `http://a.test:${port}/` }));
    expect(found.category).toBe("configuration");
  });

  test("a busy target is temporary and says when to come back", async () => {
    const port = await serve((_request, response) =>
      response.writeHead(429, { "retry-after": "7" }).end("slow down"),
    );
    const found = await failure(send({ url: `http://a.test:${port}/` }));
    expect(found).toMatchObject({ category: "temporary", code: "HTTP 429", retryAfterMs: 7000 });
    expect(found.message).toContain("slow down");
  });

  test("a gateway that lost the answer leaves a change open", async () => {
    const port = await serve((_request, response) => response.writeHead(504).end());
    const url = `http://a.test:${port}/`;
    expect(await failure(send({ method: "PUT", url }))).toMatchObject({ kind: "OutcomeUnknown" });
    expect(await failure(send({ url }))).toMatchObject({ kind: "OperationError" });
  });
});

describe("TLS", () => {
  const own = selfSignedCertificate(["a.test"]);
  const answer: RequestListener = (_request, response) => response.end("over TLS");

  test("a certificate that nobody vouches for is refused", async () => {
    const port = await listen(createTlsServer(own, answer));
    const found = await failure(send({ method: "POST", url: `https://a.test:${port}/` }));
    expect(found).toMatchObject({
      kind: "OperationError",
      category: "configuration",
      code: "DEPTH_ZERO_SELF_SIGNED_CERT",
    });
  });

  test("a profile's own authority is trusted, for the name it vouches for only", async () => {
    const port = await listen(createTlsServer(own, answer));
    const config = withProfile({ caPem: own.cert });
    const good = await send({ url: `https://a.test:${port}/` }, { config, profile: "api" });
    expect(good.body).toBe("over TLS");
    const bad = await failure(send({ url: `https://b.test:${port}/` }, { config, profile: "api" }));
    expect(bad).toMatchObject({ category: "configuration", code: "ERR_TLS_CERT_ALTNAME_INVALID" });
  });

  test("a pinned certificate is the only one accepted", async () => {
    const port = await listen(createTlsServer(own, answer));
    const url = `https://a.test:${port}/`;
    const right = withProfile({ certificateSha256: own.fingerprint256 });
    expect((await send({ url }, { config: right, profile: "api" })).body).toBe("over TLS");
    const other = selfSignedCertificate(["a.test"]).fingerprint256;
    const wrong = withProfile({ certificateSha256: other });
    expect(await failure(send({ url }, { config: wrong, profile: "api" }))).toMatchObject({
      category: "configuration",
      code: "CERTIFICATE_NOT_PINNED",
    });
  });

  test("a profile without a pin or an authority of its own checks as usual", async () => {
    const port = await listen(createTlsServer(own, answer));
    const config = withProfile({});
    const found = await failure(
      send({ url: `https://a.test:${port}/` }, { config, profile: "api" }),
    );
    expect(found.category).toBe("configuration");
  });
});

describe("results", () => {
  test("keep listed headers only, and a long body up to the limit", async () => {
    const port = await serve((_request, response) =>
      response.writeHead(200, { "set-cookie": "s=1", etag: '"1"' }).end("x".repeat(5000)),
    );
    const config = { ...LOOPBACK, maxResponseBytes: 1000 };
    const result = await send({ url: `http://a.test:${port}/` }, { config });
    expect(result.headers).not.toHaveProperty("set-cookie");
    expect(result.headers).toMatchObject({ etag: '"1"' });
    expect(result).toMatchObject({ truncated: true, body: "x".repeat(1000) });
  });

  test("the idempotency key is sent only when the input says that the target honours it", async () => {
    const port = await serve((request, response) =>
      response.end(request.headers["idempotency-key"] ?? "none"),
    );
    const url = `http://a.test:${port}/`;
    expect((await send({ method: "POST", url, idempotent: true })).body).toBe("run-1/step-1");
    expect((await send({ method: "POST", url })).body).toBe("none");
  });

  test("credentials that can't be read are a failure of authentication", async () => {
    const config = withProfile({
      headers: async () => {
        throw new Error("the vault is sealed");
      },
    });
    const found = await failure(send({ url: "https://a.test/" }, { config, profile: "api" }));
    expect(found).toMatchObject({ kind: "OperationError", category: "authentication" });
  });

  test("a credential without a value is not sent as an empty one", async () => {
    const config = withProfile({ headers: async () => ({ authorization: "" }) });
    const found = await failure(send({ url: "https://a.test/" }, { config, profile: "api" }));
    expect(found).toMatchObject({ kind: "OperationError", category: "authentication" });
    expect(found.message).toContain("authorization");
  });

  test("a header of the plan can't stand beside one of the profile", async () => {
    const port = await serve((request, response) =>
      response.end(String(request.headers["x-team"])),
    );
    const config = withProfile({
      allowedHosts: ["http://a.test"],
      headers: async () => ({ "X-Team": "of the profile" }),
    });
    const input = { url: `http://a.test:${port}/`, headers: { "x-team": "of the plan" } };
    expect((await send(input, { config, profile: "api" })).body).toBe("[credential]");
  });
});
