// Against real files and real programs: stand-ins that take the words `vault` and `aws` take and answer as they do.

import { chmod, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import fc from "fast-check";
import { createHttpRequest } from "#adapters/http/http-operations.ts";
import { runProgram } from "#adapters/shell/run-program.ts";
import { createSecretRedactor } from "#adapters/redaction/secret-redactor.ts";
import { filePlan } from "#engine/file-plan.ts";
import { explainRefusal } from "#engine/explain-refusal.ts";
import { createWorld, planSource } from "#test/builders/engine-world.ts";
import {
  ENCODINGS,
  everySpelling,
  partsOf,
  plantedSecret,
  survivorIn,
} from "#test/builders/planted-secrets.ts";
import { createNamedSecrets } from "#adapters/named-secrets/named-secrets.ts";
import type { SecretSource, SourcedSecret } from "#adapters/named-secrets/secret-sources.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "countersign-secrets-"));
});
afterAll(() => rm(folder, { recursive: true }));

const never = new AbortController().signal;

function from(source: SecretSource, more: Partial<SourcedSecret> = {}) {
  return createNamedSecrets(
    { db: { source, field: null, operations: ["*"], ...more } },
    runProgram,
  );
}
const get = (source: SecretSource, more: Partial<SourcedSecret> = {}, signal = never) =>
  from(source, more).resolve("db", { operation: "toy.change", signal });

async function file(name: string, text: string, mode = 0o600): Promise<SecretSource> {
  const path = join(folder, name);
  await writeFile(path, text);
  await chmod(path, mode);
  return { kind: "file", path };
}

async function command(
  name: string,
  script: string,
  more: { readonly arguments?: readonly string[]; readonly timeoutMs?: number } = {},
): Promise<Extract<SecretSource, { kind: "command" }>> {
  const path = join(folder, name);
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return {
    kind: "command",
    path,
    arguments: more.arguments ?? [],
    environment: { PATH: "/usr/bin:/bin", VAULT_ADDR: "https://vault.internal" },
    timeoutMs: more.timeoutMs ?? 5_000,
  };
}

describe("a variable of the environment", () => {
  test("is the secret", async () => {
    expect(await get({ kind: "env", variable: "DB", value: "hunter22" })).toBe("hunter22");
  });

  test("that is not set is told by its name", async () => {
    await expect(get({ kind: "env", variable: "DB", value: null })).rejects.toMatchObject({
      category: "configuration",
      message: "the secret db cannot be had: the environment variable DB is not set",
    });
  });
});

describe("a file", () => {
  test("is read without the line break at its end, through a link as well", async () => {
    expect(await get(await file("plain", "hunter 22\n"))).toBe("hunter 22");
    await symlink(join(folder, "plain"), join(folder, "link"));
    expect(await get({ kind: "file", path: join(folder, "link") })).toBe("hunter 22");
  });

  test("is read anew each time", async () => {
    const source = await file("changing", "first one");
    expect(await get(source)).toBe("first one");
    await file("changing", "second one");
    expect(await get(source)).toBe("second one");
  });

  test.each([0o644, 0o604, 0o602])("of mode %o is refused", async (mode) => {
    await expect(get(await file("open", "hunter22", mode))).rejects.toThrow("chmod 600");
  });

  test("behind a link is held to the same, and a link to nowhere or to a folder is refused", async () => {
    const behind = async (name: string, target: string): Promise<SecretSource> => {
      await symlink(target, join(folder, name));
      return { kind: "file", path: join(folder, name) };
    };
    await file("for-all", "hunter22", 0o644);
    await expect(get(await behind("to-open", join(folder, "for-all")))).rejects.toThrow(
      "chmod 600",
    );
    await expect(get(await behind("to-none", join(folder, "none")))).rejects.toThrow("ENOENT");
    await expect(get(await behind("to-folder", folder))).rejects.toThrow(/not a file|mode/);
    await expect(get(await behind("to-itself", join(folder, "to-itself")))).rejects.toThrow(
      "ELOOP",
    );
  });

  test("that is a pipe nobody writes to is refused at once", async () => {
    const path = join(folder, "pipe");
    const stop = new AbortController().signal;
    const made = { path: "/usr/bin/mkfifo", arguments: ["-m", "600", path], directory: "/" };
    await runProgram({ ...made, environment: {}, stdin: "", graceMs: 100 }, stop, () => undefined);
    await expect(get({ kind: "file", path })).rejects.toThrow("not a file");
  });

  test("that is a folder, missing, empty, binary or too large is refused without its content", async () => {
    await expect(get({ kind: "file", path: folder })).rejects.toThrow(/not a file|mode/);
    await expect(get({ kind: "file", path: join(folder, "none") })).rejects.toThrow("ENOENT");
    await expect(get(await file("empty", "\n"))).rejects.toThrow("it is empty");
    await expect(get(await file("binary", "a\0hunter22"))).rejects.toThrow("not text in UTF-8");
    await expect(get(await file("large", "x".repeat(70_000)))).rejects.toThrow("at most 65536");
  });
});

describe("a field", () => {
  test("of a JSON object is the secret", async () => {
    const source = await file("json", '{"user":"app","password":"hunter22"}');
    expect(await get(source, { field: "password" })).toBe("hunter22");
    await expect(get(source, { field: "none" })).rejects.toThrow("no text in the field none");
  });

  test("of something else is refused without quoting it", async () => {
    const failed: unknown = await get(await file("no-json", "hunter22{"), { field: "a" }).catch(
      (error: unknown) => error,
    );
    expect(String(failed)).toContain("it is not JSON");
    expect(String(failed)).not.toContain("hunter22");
  });
});

describe("a command", () => {
  test("as Vault's is given its arguments as they are and its variables", async () => {
    const source = await command(
      "vault",
      'test "$1 $2 $3 $4 $5" = "kv get -field=password -mount=secret apps/db;id" && test "$VAULT_ADDR" = https://vault.internal && test -z "$HOME" && printf %s "va$(echo l)ue-1"',
      { arguments: ["kv", "get", "-field=password", "-mount=secret", "apps/db;id"] },
    );
    expect(await get(source)).toBe("value-1");
  });

  test("as Secrets Manager's may answer JSON, of which a field is taken", async () => {
    const source = await command(
      "aws",
      `test "$1 $2" = "secretsmanager get-secret-value" && echo '{"username":"app","password":"p/w+\\u00e9"}'`,
      { arguments: ["secretsmanager", "get-secret-value", "--secret-id", "db"] },
    );
    expect(await get(source, { field: "password" })).toBe("p/w+é");
  });

  test("that is refused by AWS says the service's code, and none of its other words", async () => {
    const source = await command(
      "aws-refused",
      "echo 'An error occurred (AccessDeniedException) when calling the GetSecretValue operation: hunter22' >&2; exit 254",
    );
    const failed: unknown = await get(source).catch((error: unknown) => error);
    expect(failed).toMatchObject({ category: "authorization" });
    expect(String(failed)).toContain("exit code 254 (AccessDeniedException)");
    expect(String(failed)).not.toContain("hunter22");
  });

  test("that fails never shows what it wrote", async () => {
    const failed: unknown = await get(
      await command("failing", "echo hunter22; echo hunter22 >&2; exit 2"),
    ).catch((error: unknown) => error);
    expect(String(failed)).toContain("exit code 2; what it wrote to standard error (9 bytes)");
    expect(String(failed)).not.toContain("hunter22");
  });

  test("that is missing, endless or silent is told apart", async () => {
    const none = { ...(await command("gone", "")), path: join(folder, "nowhere") };
    await expect(get(none)).rejects.toMatchObject({ category: "configuration" });
    await expect(get(await command("endless", "yes hunter22"))).rejects.toThrow("more than 65536");
    await expect(
      get(await command("silent", "sleep 60", { timeoutMs: 100 })),
    ).rejects.toMatchObject({ category: "timeout" });
  });

  test("ends with its attempt", async () => {
    const stop = new AbortController();
    const asked = get(await command("stopped", "sleep 60"), {}, stop.signal);
    stop.abort();
    await expect(asked).rejects.toMatchObject({ category: "timeout" });
  });
});

test.each(["../db", "/etc/passwd", "$(id)", "db;id", "__proto__", "constructor", "toString", ""])(
  "the name %j names nothing, and nothing is opened or run for it",
  async (name) => {
    const source = { kind: "env", variable: "DB", value: "hunter22" } as const;
    await expect(
      from(source).resolve(name, { operation: "toy.change", signal: never }),
    ).rejects.toThrow("names no secret");
  },
);

test("where a request goes is no place for a secret: it is approved by its host", () => {
  const config = { allowedHosts: ["*"], allowedPrivateRanges: [], maxResponseBytes: 1_024 };
  const request = createHttpRequest({
    ...config,
    connectTimeoutMs: 1_000,
    defaultTimeoutMs: 1_000,
    profiles: {},
  });
  expect(request.input.safeParse({ url: "secret:db" }).success).toBe(false);
});

test("an operation that the secret is not for does not get it", async () => {
  const source = { kind: "env", variable: "DB", value: "hunter22" } as const;
  await expect(get(source, { operations: ["http.*"] })).rejects.toThrow("not for toy.change");
  await expect(
    from(source).resolve("other", { operation: "toy.change", signal: never }),
  ).rejects.toThrow("names no secret other");
});

test("what is at hand is known from the start, and what is not is left for the attempt", async () => {
  const sources = createNamedSecrets(
    {
      a: { source: { kind: "env", variable: "A", value: "hunter22" }, field: null, operations: [] },
      b: { source: await file("hand", '{"p":"hunter33"}'), field: "p", operations: [] },
      c: { source: await command("asked", "exit 1"), field: null, operations: [] },
      d: { source: await file("hand-open", "hunter44", 0o644), field: null, operations: [] },
    },
    runProgram,
  );
  expect(await sources.atHand()).toEqual(["hunter22", "hunter22", '{"p":"hunter33"}', "hunter33"]);
});

test(
  "each of 500 secrets in a plan is refused with its place and what to write, and not repeated",
  { timeout: 60_000 },
  async () => {
    const secrets = fc.sample(plantedSecret, { seed: 20_261_126, numRuns: 500 });
    const world = createWorld();
    const ports = { ...world.ports, redactor: createSecretRedactor(secrets) };
    const explained: string[] = [];
    for (const [index, secret] of secrets.entries()) {
      const text = ENCODINGS[index % ENCODINGS.length]?.of(secret) ?? secret;
      const given = index % 2 === 0 ? { name: `web-1 ${text}` } : { name: "web-1", tags: [text] };
      const filed = await filePlan(ports, world.asks("U0REQ"), planSource("toy.change", given));
      if (filed.ok) throw new Error(`the plan with secret ${index} was filed`);
      expect(filed.refusal).toMatchObject({
        code: "secret-found",
        path: index % 2 === 0 ? "steps[0].with.name" : "steps[0].with.tags[0]",
      });
      explained.push(explainRefusal(filed.refusal));
    }
    expect(explained.filter((sentence) => !sentence.includes("secret:<name>"))).toEqual([]);
    const seen = partsOf(JSON.stringify([explained, world.audit.entries]));
    expect(
      secrets.filter((secret) =>
        everySpelling(secret).some((spelling) => survivorIn(seen, spelling) !== null),
      ),
    ).toEqual([]);
  },
);
