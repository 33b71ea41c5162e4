import { createServer } from "node:net";
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { createCheckOperations } from "#adapters/checks/check-operations.ts";
import type { FileSystemSize } from "#adapters/checks/disk-space.ts";
import { DEFAULT_HTTP_CONFIG } from "#adapters/http/http-config.ts";
import type { HttpConfig } from "#adapters/http/http-config.ts";
import { createHttpRequest } from "#adapters/http/http-operations.ts";
import { createTcpReach } from "#adapters/http/tcp-reach.ts";
import { OperationError } from "#engine/failure.ts";
import type { Failure } from "#engine/failure.ts";
import type { JsonObject } from "#engine/json.ts";
import type { AnyOperation } from "#engine/operation.ts";
import { startHttpTarget } from "./http-target.ts";
import { describeOperation } from "./operation-conformance.ts";
import type { Bench, Sample } from "./operation-conformance.ts";

const TOKEN = "a-token-that-must-stay-secret";
const READS = { risk: "read-only", effect: "idempotent", undo: false } as const;

const config: HttpConfig = {
  ...DEFAULT_HTTP_CONFIG,
  allowedHosts: ["127.0.0.1", "db.test", "gone.test"],
  allowedPrivateRanges: ["127.0.0.0/8"],
  profiles: {
    api: {
      allowedHosts: ["http://127.0.0.1", "https://api.test"],
      headers: async () => ({ authorization: `Bearer ${TOKEN}` }),
    },
  },
};

/** 100 GB of which 20 may be used. */
const DISK: FileSystemSize = { bsize: 1000, blocks: 1e8, bfree: 2.5e7, bavail: 2e7 };

type World = Bench & {
  readonly url: string;
  readonly port: number;
  readonly answerWith: (status: number | "cut") => void;
  readonly closePort: () => void;
  readonly breakDisk: () => void;
};

async function openWorld(name: string): Promise<World> {
  const target = await startHttpTarget();
  const listener = createServer((socket) => socket.destroy());
  await once(listener.listen(0, "127.0.0.1"), "listening");
  const address = listener.address();
  if (typeof address !== "object" || address === null) throw new Error("no port");
  const closePort = (): void => {
    if (listener.listening) listener.close();
  };
  let broken = false;
  let taken: (() => void) | null = null;
  const never = <T>(): Promise<T> => {
    taken?.();
    return new Promise<T>(() => {});
  };
  const operations = createCheckOperations({
    request: createHttpRequest(config),
    tcp: createTcpReach(config, (host) => {
      if (taken !== null) return never();
      if (host === "gone.test")
        return Promise.reject(Object.assign(new Error("no such name"), { code: "ENOTFOUND" }));
      return Promise.resolve([{ address: "127.0.0.1", family: 4 }]);
    }),
    disks: {
      paths: ["/data"],
      measure: () => {
        if (taken !== null) return never();
        return broken
          ? Promise.reject(Object.assign(new Error("no such file"), { code: "ENOENT" }))
          : Promise.resolve(DISK);
      },
    },
  });
  const operation = operations.find((one) => one.name === name);
  if (operation === undefined) throw new Error(`there is no operation ${name}`);
  return {
    operation,
    family: operations,
    state: target.state,
    changes: target.changes,
    stall: () =>
      name === "check.http_status"
        ? target.stall()
        : new Promise<void>((resolve) => {
            taken = resolve;
          }),
    secrets: [TOKEN],
    tearDown: async () => {
      closePort();
      await target.close();
    },
    url: target.url,
    port: address.port,
    answerWith: target.answerWith,
    closePort,
    breakDisk: () => {
      broken = true;
    },
  };
}

type CheckSample = Sample<World>;

const instant = (input: JsonObject): CheckSample => ({
  ...READS,
  instant: true,
  input: () => input,
});

const SAMPLES: Readonly<Record<string, Readonly<Record<string, CheckSample>>>> = {
  "check.http_status": {
    "a URL that answers": {
      ...READS,
      profile: "api",
      target: ({ url }) => `http:${new URL(url).host}`,
      input: ({ url }) => ({ url: `${url}/health` }),
      failures: {
        "a target that is not ready": ({ answerWith }) => answerWith(503),
        "a refusal that repeats the credentials": ({ answerWith }) => answerWith(403),
        "a connection that is cut": ({ answerWith }) => answerWith("cut"),
      },
    },
    "one of several statuses": {
      ...READS,
      target: ({ url }) => `http:${new URL(url).host}`,
      input: ({ url }) => ({ url, method: "HEAD", expect: [404, "300-399", "2xx"] }),
    },
  },
  "check.tcp_port": {
    "a port that is open": {
      ...READS,
      target: ({ port }) => `tcp:db.test:${port}`,
      input: ({ port }) => ({ host: "db.test", port }),
      failures: { "a port that is closed": ({ closePort }) => closePort() },
    },
  },
  "check.disk_space": {
    "enough bytes": {
      ...READS,
      input: () => ({ path: "/data", min_free: "20GB" }),
      failures: { "a path that is gone": ({ breakDisk }) => breakDisk() },
    },
    "enough of the whole": { ...READS, input: () => ({ path: "/data", min_free: "21%" }) },
  },
  "check.contains": {
    "a text": instant({ value: "all is ready", text: "ready" }),
    "a pattern in JSON": instant({ value: { states: ["up", "up"] }, pattern: '"up","up"\\]' }),
  },
  "check.json_path": {
    "a value": instant({ value: { a: [{ b: 1 }, { b: 1 }] }, path: "$.a[*].b", equals: 1 }),
    "text that holds JSON": instant({ value: '{"a":"1.2.3"}', path: "$.a", matches: "^1\\." }),
    "nothing there": instant({ value: {}, path: "$.errors", exists: false }),
  },
};

for (const [name, samples] of Object.entries(SAMPLES)) {
  describeOperation(name, () => openWorld(name), samples);
}

async function failureOf(
  operation: AnyOperation,
  input: JsonObject,
  profile: string | null = null,
): Promise<Failure> {
  const context = {
    signal: new AbortController().signal,
    idempotencyKey: "key",
    output: () => {},
    profile,
    timeoutMs: 5000,
  };
  const error = await operation.run(operation.input.parse(input), context).then(
    (found) => new Error(`succeeded with ${JSON.stringify(found)}`),
    (reason: unknown) => reason,
  );
  if (error instanceof OperationError) return error.failure;
  throw error;
}

type NotHeld = {
  readonly name: string;
  readonly input: (world: World) => JsonObject;
  readonly words: readonly string[];
  readonly arrange?: (world: World) => void;
};

describe("a condition that does not hold is temporary and says what was found and expected", () => {
  const rows: readonly NotHeld[] = [
    {
      name: "check.http_status",
      input: ({ url }) => ({ url, expect: [200, "404"] }),
      words: ["answered 503", "expected 200 or 404"],
      arrange: ({ answerWith }) => answerWith(503),
    },
    {
      name: "check.tcp_port",
      input: ({ port }) => ({ host: "127.0.0.1", port }),
      words: ["refused the connection"],
      arrange: ({ closePort }) => closePort(),
    },
    {
      name: "check.disk_space",
      input: () => ({ path: "/data", min_free: "20.001GB" }),
      words: ["has 20 GB free of 100 GB (21%)", "at least 20.001GB"],
    },
    {
      name: "check.disk_space",
      input: () => ({ path: "/data", min_free: "22%" }),
      words: ["21%", "at least 22%"],
    },
    {
      name: "check.contains",
      input: () => ({ value: ["a"], text: "b" }),
      words: ['Found ["a"]', 'contain "b"'],
    },
    {
      name: "check.json_path",
      input: () => ({ value: { a: [1, 2] }, path: "$.a[*]", equals: 1 }),
      words: ["$.a[*] found 1, 2", "is 1"],
    },
    {
      name: "check.json_path",
      input: () => ({ value: {}, path: "$.a", equals: 1 }),
      words: ["found nothing"],
    },
    {
      name: "check.json_path",
      input: () => ({ value: {}, path: "$.a", matches: "." }),
      words: ["found nothing"],
    },
    {
      name: "check.json_path",
      input: () => ({ value: { a: 1 }, path: "$.a", exists: false }),
      words: ["is not there"],
    },
  ];
  test.each(rows)("$name, $words", async ({ name, input, words, arrange }) => {
    const world = await openWorld(name);
    try {
      arrange?.(world);
      const failure = await failureOf(world.operation, input(world));
      expect(failure).toMatchObject({ category: "temporary", code: "CHECK" });
      for (const word of words) expect(failure.message).toContain(word);
    } finally {
      await world.tearDown();
    }
  });
});

describe("what no later look would make right", () => {
  const rows: readonly (readonly [string, string, JsonObject, string | null, string])[] = [
    [
      "a host that is not listed",
      "check.http_status",
      { url: "https://else.test/" },
      null,
      "configuration",
    ],
    [
      "an address that is guarded",
      "check.http_status",
      { url: "http://169.254.169.254/" },
      null,
      "configuration",
    ],
    [
      "a profile that there is not",
      "check.http_status",
      { url: "https://api.test/" },
      "other",
      "configuration",
    ],
    [
      "a TCP host that is not listed",
      "check.tcp_port",
      { host: "else.test", port: 22 },
      null,
      "configuration",
    ],
    [
      "a path that is not listed",
      "check.disk_space",
      { path: "/", min_free: "1B" },
      null,
      "configuration",
    ],
    [
      "a path that is beneath a listed one",
      "check.disk_space",
      { path: "/data/x", min_free: "1B" },
      null,
      "configuration",
    ],
    [
      "text that is not JSON",
      "check.json_path",
      { value: "<html>", path: "$", exists: true },
      null,
      "validation",
    ],
  ];
  test.each(rows)("%s", async (_what, name, input, profile, category) => {
    const world = await openWorld(name);
    try {
      expect(await failureOf(world.operation, input, profile)).toMatchObject({ category });
    } finally {
      await world.tearDown();
    }
  });

  test("a listed host at a guarded address", async () => {
    const reach = createTcpReach({ ...config, allowedPrivateRanges: [] }, async () => [
      { address: "127.0.0.1", family: 4 },
    ]);
    const operation = createCheckOperations({
      request: createHttpRequest(config),
      tcp: reach,
      disks: { paths: [], measure: () => Promise.reject(new Error("not asked")) },
    }).find(({ name }) => name === "check.tcp_port");
    if (operation === undefined) throw new Error("there is no check.tcp_port");
    for (const host of ["db.test", "127.0.0.1"]) {
      expect(await failureOf(operation, { host, port: 1 })).toMatchObject({
        category: "configuration",
        message: expect.stringContaining("127.0.0.1"),
      });
    }
  });
});

test("a name that does not resolve is a matter of the network", async () => {
  const world = await openWorld("check.tcp_port");
  try {
    expect(await failureOf(world.operation, { host: "gone.test", port: 1 })).toMatchObject({
      category: "network",
      code: "ENOTFOUND",
    });
  } finally {
    await world.tearDown();
  }
});

test("a profile adds its hosts to those that a port is looked for at", async () => {
  const world = await openWorld("check.tcp_port");
  try {
    const input = world.operation.input.parse({ host: "api.test", port: 443 });
    expect(world.operation.permitted?.(input, null)).toContain("api.test:443");
    expect(world.operation.permitted?.(input, "api")).toBeNull();
  } finally {
    await world.tearDown();
  }
});

describe("inputs that are refused", () => {
  const rows: readonly (readonly [string, JsonObject, string])[] = [
    ["check.http_status", { url: "ftp://a.test" }, "http or https"],
    ["check.http_status", { url: "https://a.test", headers: { authorization: "x" } }, "profile"],
    ["check.http_status", { url: "https://a.test", expect: "6xx" }, ""],
    ["check.http_status", { url: "https://a.test", method: "POST" }, ""],
    ["check.tcp_port", { host: "a.test:22", port: 22 }, "without a port"],
    ["check.tcp_port", { host: "a b", port: 22 }, "host name"],
    ["check.tcp_port", { host: "a.test", port: 0 }, ""],
    ["check.disk_space", { path: "data", min_free: "1GB" }, "absolute"],
    ["check.disk_space", { path: "/", min_free: "lots" }, "15%"],
    ["check.disk_space", { path: "/", min_free: "101%" }, "15%"],
    ["check.contains", { value: "a" }, "either"],
    ["check.contains", { value: "a", text: "a", pattern: "a" }, "either"],
    ["check.contains", { value: "a", pattern: "(?=a)" }, "RE2"],
    ["check.json_path", { value: 1, path: "$" }, "exactly one"],
    ["check.json_path", { value: 1, path: "$", exists: true, equals: 1 }, "exactly one"],
    ["check.json_path", { value: 1, path: "$.a[", exists: true }, "JSONPath"],
    ["check.json_path", { value: 1, path: "$", matches: "(" }, "RE2"],
  ];
  test.each(rows)("%s %j", async (name, input, words) => {
    const world = await openWorld(name);
    try {
      const parsed = world.operation.input.safeParse(input);
      expect(parsed.error?.message ?? "accepted").toContain(words);
      expect(parsed.success).toBe(false);
    } finally {
      await world.tearDown();
    }
  });
});
