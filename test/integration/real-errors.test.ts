// The table of errors against errors that really happened: sockets, TLS, processes, files and the AWS SDK are
// provoked on this host, nothing is made up.

import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, rm, statfs, symlink, writeFile } from "node:fs/promises";
import { createServer as createTlsServer } from "node:https";
import { createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { createCheckOperations } from "#adapters/checks/check-operations.ts";
import { createEc2Operations } from "#adapters/ec2/ec2-operations.ts";
import type { Ec2Profile } from "#adapters/ec2/ec2-config.ts";
import { DEFAULT_HTTP_CONFIG } from "#adapters/http/http-config.ts";
import type { HttpConfig } from "#adapters/http/http-config.ts";
import { createHttpRequest } from "#adapters/http/http-operations.ts";
import { createTcpReach } from "#adapters/http/tcp-reach.ts";
import { createShellOperations } from "#adapters/shell/shell-operations.ts";
import { DEFAULT_SHELL_CONFIG } from "#adapters/shell/shell-config.ts";
import { categoryOf, errorCode } from "#engine/error-categories.ts";
import { OperationError, OutcomeUnknown } from "#engine/failure.ts";
import type { ErrorCategory, Failure } from "#engine/failure.ts";
import type { JsonObject } from "#engine/json.ts";
import type { AnyOperation } from "#engine/operation.ts";
import { startEc2Server } from "#playground/infrastructure/ec2-server.ts";
import type { Ec2Server } from "#playground/infrastructure/ec2-server.ts";
import { selfSignedCertificate } from "#test/fixtures/self-signed-certificate.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "countersign-errors-"));
});
afterAll(() => rm(folder, { recursive: true }));

const servers: { readonly server: Server; readonly sockets: Set<Socket> }[] = [];
afterEach(async () => {
  for (const { server, sockets } of servers.splice(0)) {
    const closed = once(server, "close");
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  }
});

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
  });
  servers.push({ server, sockets });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return (server.address() as AddressInfo).port;
}

/** Does this once a request has come. */
const answering = (act: (socket: Socket) => void): Promise<number> =>
  listen(createServer((socket) => socket.once("data", () => act(socket))));

const saying = (text: string) => answering((socket) => socket.end(text));

async function closedPort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const closed = once(server, "close");
  server.close();
  await closed;
  return port;
}

async function failureOf(
  operation: AnyOperation | undefined,
  input: JsonObject,
  timeoutMs = 5_000,
): Promise<Failure> {
  if (operation === undefined) throw new Error("there is no such operation");
  const context = {
    signal: new AbortController().signal,
    idempotencyKey: "key",
    output: () => {},
    profile: null,
    timeoutMs,
  };
  const error = await operation.run(operation.input.parse(input), context).then(
    (found) => new Error(`succeeded with ${JSON.stringify(found)}`),
    (reason: unknown) => reason,
  );
  if (error instanceof OperationError || error instanceof OutcomeUnknown) return error.failure;
  throw error;
}

const LOOPBACK: HttpConfig = { ...DEFAULT_HTTP_CONFIG, allowedPrivateRanges: ["127.0.0.0/8"] };

describe("a request whose connection", () => {
  const sent = async (port: number, scheme = "http", timeoutMs = 5_000) =>
    failureOf(createHttpRequest(LOOPBACK), { url: `${scheme}://127.0.0.1:${port}/` }, timeoutMs);
  type Row = readonly [string, () => Promise<Failure>, ErrorCategory, RegExp];
  const rows: readonly Row[] = [
    ["is refused", async () => sent(await closedPort()), "network", /^ECONNREFUSED$/],
    [
      "leads to a name that nobody has",
      () => failureOf(createHttpRequest(LOOPBACK), { url: "http://nobody.invalid/" }),
      "network",
      /^(ENOTFOUND|EAI_AGAIN)$/,
    ],
    [
      "is reset",
      async () => sent(await answering((socket) => socket.resetAndDestroy())),
      "network",
      /^(ECONNRESET|UND_ERR_SOCKET)$/,
    ],
    [
      "is closed",
      async () => sent(await answering((socket) => socket.end())),
      "network",
      /^UND_ERR_SOCKET$/,
    ],
    [
      "is closed in the middle of the body",
      async () => sent(await saying("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc")),
      "network",
      /^UND_ERR_(SOCKET|RES_CONTENT_LENGTH_MISMATCH)$/,
    ],
    [
      "stays silent",
      async () => sent(await answering(() => {}), "http", 200),
      "timeout",
      /^UND_ERR_HEADERS_TIMEOUT$/,
    ],
    [
      "falls silent in the middle of the body",
      async () => {
        const port = await answering((socket) =>
          socket.write("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc"),
        );
        return sent(port, "http", 200);
      },
      "timeout",
      /^UND_ERR_BODY_TIMEOUT$/,
    ],
    [
      "does not come up in time",
      () => {
        const config = { ...LOOPBACK, connectTimeoutMs: 100 };
        const request = createHttpRequest(config, () => new Promise(() => {}));
        return failureOf(request, { url: "http://slow.test/" });
      },
      "timeout",
      /^UND_ERR_CONNECT_TIMEOUT$/,
    ],
    [
      "speaks no HTTP",
      async () => sent(await saying("220 mail.test ESMTP\r\n")),
      "configuration",
      /^HPE_/,
    ],
    [
      "brings more headers than are taken",
      async () => sent(await saying(`HTTP/1.1 200 OK\r\nx: ${"a".repeat(80_000)}\r\n\r\n`)),
      "dependency",
      /^UND_ERR_HEADERS_OVERFLOW$/,
    ],
    [
      "speaks no TLS",
      async () => sent(await saying("HTTP/1.1 400 Bad Request\r\n\r\n"), "https"),
      "configuration",
      /^ERR_SSL_/,
    ],
  ];
  test.each(rows)("%s", async (_what, provoke, category, code) => {
    const failure = await provoke();
    expect(failure).toMatchObject({ category, code: expect.stringMatching(code) });
  });
});

describe("a certificate that", () => {
  const shown = async (name: string, notAfter?: string, trusted = true): Promise<Failure> => {
    const own = selfSignedCertificate(["a.test"], notAfter);
    const port = await listen(createTlsServer(own, (_request, response) => response.end()));
    const reach: HttpConfig = {
      ...LOOPBACK,
      profiles: {
        own: {
          allowedHosts: ["*"],
          headers: async () => ({}),
          ...(trusted && { caPem: own.cert }),
        },
      },
    };
    const request = createHttpRequest(reach, async () => [{ address: "127.0.0.1", family: 4 }]);
    const asOwn = {
      ...request,
      run: (input: unknown, context: Parameters<typeof request.run>[1]) =>
        request.run(input, { ...context, profile: "own" }),
    };
    return failureOf(asOwn, { url: `https://${name}:${port}/` });
  };
  test.each([
    ["nobody vouches for", () => shown("a.test", undefined, false), "DEPTH_ZERO_SELF_SIGNED_CERT"],
    ["has expired", () => shown("a.test", "210101000000Z"), "CERT_HAS_EXPIRED"],
    ["is another's", () => shown("b.test"), "ERR_TLS_CERT_ALTNAME_INVALID"],
  ])("%s is a matter of configuration", async (_what, provoke, code) => {
    expect(await provoke()).toMatchObject({ category: "configuration", code });
  });
});

describe("an HTTP status that was not expected", () => {
  test.each<[number, ErrorCategory]>([
    [301, "permanent"],
    [400, "validation"],
    [401, "authentication"],
    [403, "authorization"],
    [404, "resource"],
    [405, "validation"],
    [407, "authentication"],
    [408, "timeout"],
    [409, "resource"],
    [422, "validation"],
    [424, "dependency"],
    [425, "temporary"],
    [429, "temporary"],
    [451, "authorization"],
    [500, "dependency"],
    [501, "dependency"],
    [502, "temporary"],
    [503, "temporary"],
    [504, "timeout"],
    [507, "resource"],
  ])("%i is %s", async (status, category) => {
    const port = await saying(`HTTP/1.1 ${status} Told so\r\ncontent-length: 0\r\n\r\n`);
    const failure = await failureOf(createHttpRequest(LOOPBACK), {
      url: `http://127.0.0.1:${port}/`,
    });
    expect(failure).toMatchObject({ category, code: `HTTP ${status}` });
  });
});

describe("a file system that is asked for its space", () => {
  const space = (path: string) => {
    const operations = createCheckOperations({
      request: createHttpRequest(LOOPBACK),
      tcp: createTcpReach(LOOPBACK),
      disks: { paths: [path], measure: (one) => statfs(one) },
    });
    const operation = operations.find(({ name }) => name === "check.disk_space");
    return failureOf(operation, { path, min_free: "100%" });
  };
  test.each<[string, (at: string) => string, ErrorCategory, string]>([
    ["and is not there", (at) => `${at}/missing`, "configuration", "ENOENT"],
    ["beneath a file", (at) => `${at}/file/x`, "configuration", "ENOTDIR"],
    ["behind links in a circle", (at) => `${at}/circle`, "configuration", "ELOOP"],
    [
      "with a name longer than there are",
      (at) => `${at}/${"x".repeat(300)}`,
      "validation",
      "ENAMETOOLONG",
    ],
    ["and is not wholly free", (at) => at, "temporary", "CHECK"],
  ])("%s", async (_what, pathIn, category, code) => {
    await writeFile(join(folder, "file"), "");
    await symlink("circle", join(folder, "circle")).catch(() => {});
    expect(await space(pathIn(folder))).toMatchObject({ category, code });
  });

  test("a full disk is a matter of a resource", async () => {
    const error = await writeFile("/dev/full", "x").then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(errorCode(error)).toBe("ENOSPC");
    expect(categoryOf("node", "ENOSPC")).toBe("resource");
  });
});

describe("a program", () => {
  const run = async (script: string): Promise<Failure> => {
    const path = join(folder, "program");
    await writeFile(path, `#!/bin/sh\n${script}\n`);
    await chmod(path, 0o755);
    return started(path);
  };
  const started = (path: string, directory = folder): Promise<Failure> => {
    const environment = { PATH: "/usr/bin:/bin" };
    const program = { path, risk: "modify", repeatable: true, directory, environment } as const;
    const [operation] = createShellOperations({ ...DEFAULT_SHELL_CONFIG, programs: [program] });
    return failureOf(operation, { program: path });
  };

  test.each<[string, string, ErrorCategory, string]>([
    ["that fails", "exit 1", "permanent", "exit 1"],
    ["used wrongly", "exit 64", "validation", "exit 64"],
    ["given wrong data", "exit 65", "validation", "exit 65"],
    ["without its input", "exit 66", "resource", "exit 66"],
    ["without a user it needs", "exit 67", "dependency", "exit 67"],
    ["without a host it needs", "exit 68", "dependency", "exit 68"],
    ["without a service it needs", "exit 69", "dependency", "exit 69"],
    ["that is broken", "exit 70", "permanent", "exit 70"],
    ["on a system that is out of something", "exit 71", "temporary", "exit 71"],
    ["without a file of the system", "exit 72", "resource", "exit 72"],
    ["that can't make its output", "exit 73", "resource", "exit 73"],
    ["that can't read or write", "exit 74", "resource", "exit 74"],
    ["that asks to come later", "exit 75", "temporary", "exit 75"],
    ["whose partner breaks the protocol", "exit 76", "dependency", "exit 76"],
    ["without permission", "exit 77", "authorization", "exit 77"],
    ["configured wrongly", "exit 78", "configuration", "exit 78"],
    ["that timeout(1) ended", "timeout 0.05 sleep 5", "timeout", "exit 124"],
    ["that starts what can't be executed", "exec /etc/passwd", "authorization", "exit 126"],
    ["that starts what is not there", "no-such-program-anywhere", "configuration", "exit 127"],
    ["whose child was killed", "sh -c 'kill -9 $$'; exit $?", "resource", "exit 137"],
    ["whose child crashed", "sh -c 'kill -SEGV $$'; exit $?", "permanent", "exit 139"],
    ["whose child was asked to end", "sh -c 'kill -TERM $$'; exit $?", "temporary", "exit 143"],
    ["that was killed", "kill -9 $$", "resource", "SIGKILL"],
    ["that crashed", "kill -SEGV $$", "permanent", "SIGSEGV"],
    ["that was asked to end", "kill -TERM $$", "temporary", "SIGTERM"],
    ["that ended like ssh without a connection", "exit 255", "unknown", "exit 255"],
  ])("%s", async (_what, script, category, code) => {
    expect(await run(script)).toMatchObject({ category, code });
  });

  test.each<[string, () => Promise<Failure>, ErrorCategory, string]>([
    ["is not there", () => started(join(folder, "nothing")), "configuration", "ENOENT"],
    ["is a folder", () => started(join(folder, "sub")), "authorization", "EACCES"],
    ["may not be executed", () => started(join(folder, "plain")), "authorization", "EACCES"],
    ["lies beneath a file", () => started(join(folder, "plain/x")), "configuration", "ENOTDIR"],
    ["has no folder to work in", () => started("/bin/true", "/nowhere"), "configuration", "ENOENT"],
  ])("that %s was not started", async (_what, start, category, code) => {
    await mkdir(join(folder, "sub"), { recursive: true });
    await writeFile(join(folder, "plain"), "", { mode: 0o644 });
    expect(await start()).toMatchObject({ category, code });
  });

  test("on a system out of files is worth another try", () => {
    // A process of its own, so that only its files run out.
    const script = `const { openSync } = require("node:fs"); try { for (;;) openSync("/dev/null"); } catch (error) { console.log(error.code); }`;
    const { stdout } = spawnSync("/bin/sh", [
      "-c",
      `ulimit -n 64; exec "$0" -e '${script}'`,
      process.execPath,
    ]);
    expect(stdout.toString().trim()).toBe("EMFILE");
    expect(categoryOf("node", "EMFILE")).toBe("temporary");
  });
});

describe("EC2, asked through the SDK,", () => {
  let server: Ec2Server;
  beforeAll(async () => {
    server = await startEc2Server({ passingLooks: 1 });
  });
  afterAll(() => server.close());

  const CREDENTIALS = async () => ({
    accessKeyId: "AKIDTEST",
    secretAccessKey: "secret-of-the-test",
  });
  const askedAs = async (profile: Ec2Profile): Promise<Failure> => {
    const { operations, close } = createEc2Operations({
      defaultProfile: profile,
      profiles: {},
      pollDelayMs: 5,
      sleep: () => Promise.resolve(),
    });
    try {
      const operation = operations.find(({ name }) => name === "ec2.describe_instances");
      return await failureOf(operation, { region: "eu-west-1", instance_ids: ["i-00000000"] });
    } finally {
      close();
    }
  };
  const asked = (endpoint = server.url) => askedAs({ endpoint, credentials: CREDENTIALS });

  test.each<[string, number, ErrorCategory]>([
    ["AuthFailure", 401, "authentication"],
    ["RequestExpired", 400, "authentication"],
    ["ExpiredToken", 400, "authentication"],
    ["InvalidClientTokenId", 403, "authentication"],
    ["UnauthorizedOperation", 403, "authorization"],
    ["OperationNotPermitted", 400, "authorization"],
    ["OptInRequired", 401, "authorization"],
    ["InvalidParameterValue", 400, "validation"],
    ["InvalidInstanceID.Malformed", 400, "validation"],
    ["MissingParameter", 400, "validation"],
    ["UnsupportedOperation", 400, "validation"],
    ["InvalidGroup.Duplicate", 400, "resource"],
    ["IncorrectInstanceState", 400, "resource"],
    ["InstanceLimitExceeded", 400, "resource"],
    ["VcpuLimitExceeded", 400, "resource"],
    ["IdempotentParameterMismatch", 400, "resource"],
    ["RequestLimitExceeded", 503, "temporary"],
    ["Throttling", 400, "temporary"],
    ["InsufficientInstanceCapacity", 500, "temporary"],
    ["Unavailable", 503, "temporary"],
    ["DependencyViolation", 400, "dependency"],
    ["InternalError", 500, "dependency"],
    ["SomethingNewEntirely", 400, "validation"],
    ["SomethingNewEntirely", 500, "dependency"],
  ])("answers %s with %i, which is %s", async (code, status, category) => {
    server.failNext({ action: "DescribeInstances", how: { code, status, message: "told so" } });
    expect(await asked()).toMatchObject({ category, code });
  });

  test("knows no such instance", async () => {
    const failure = await asked();
    expect(failure).toMatchObject({ category: "resource", code: "InvalidInstanceID.NotFound" });
  });

  test("closes the connection", async () => {
    server.failNext({ action: "DescribeInstances", how: "cut" });
    expect(await asked()).toMatchObject({ category: "network", code: "ECONNRESET" });
  });

  test("is not there", async () => {
    const endpoint = `http://127.0.0.1:${await closedPort()}`;
    expect(await asked(endpoint)).toMatchObject({ category: "network", code: "ECONNREFUSED" });
  });

  test("shows a certificate that nobody vouches for", async () => {
    const own = selfSignedCertificate(["a.test"]);
    const port = await listen(createTlsServer(own, (_request, response) => response.end()));
    expect(await asked(`https://127.0.0.1:${port}`)).toMatchObject({
      category: "configuration",
      code: "DEPTH_ZERO_SELF_SIGNED_CERT",
    });
  });

  test("is asked with a profile that AWS's files do not have", async () => {
    vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
    const profile = { endpoint: server.url, awsProfile: "no-such-profile-of-the-test" };
    expect(await askedAs(profile).finally(() => vi.unstubAllEnvs())).toMatchObject({
      category: "authentication",
      code: "CredentialsProviderError",
    });
  });
});
