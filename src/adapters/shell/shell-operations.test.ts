import { describe, expect, test } from "vitest";
import { OperationError } from "#engine/failure.ts";
import type { JsonObject } from "#engine/json.ts";
import { createShellOperations } from "./shell-operations.ts";
import { DEFAULT_SHELL_CONFIG } from "./shell-config.ts";
import type { ShellProgram } from "./shell-config.ts";
import { exitFailure, spawnFailure } from "./shell-errors.ts";

const ECHO: ShellProgram = {
  path: "/bin/echo",
  risk: "modify",
  repeatable: true,
  directory: "/",
  environment: {},
};

function shellRun(programs: readonly ShellProgram[], keptCharacters = 100) {
  const [operation] = createShellOperations({ ...DEFAULT_SHELL_CONFIG, programs, keptCharacters });
  if (operation === undefined) throw new Error("there is no operation");
  const attempt = {
    signal: new AbortController().signal,
    idempotencyKey: "key",
    output: () => {},
    profile: null,
    timeoutMs: 1000,
  };
  return {
    operation,
    permitted: (input: JsonObject, profile: string | null = null) =>
      operation.permitted?.(operation.input.parse(input), profile) ?? null,
    run: (input: JsonObject) => operation.run(operation.input.parse(input), attempt),
    preview: (input: JsonObject) => operation.preview?.(operation.input.parse(input), attempt),
  };
}

describe("what is not listed", () => {
  test("is refused at filing and again when it would run", async () => {
    const { permitted, run } = shellRun([]);
    expect(permitted({ program: "/bin/echo" })).toContain("/bin/echo");
    await expect(run({ program: "/bin/echo" })).rejects.toThrow(OperationError);
    // The configuration may have become stricter since the plan was filed.
    const stricter = shellRun([{ ...ECHO, arguments: ["[a-z]+"] }]);
    const call = { program: "/bin/echo", arguments: ["web;"] };
    expect(stricter.permitted(call)).toContain("web;");
    await expect(stricter.run(call)).rejects.toThrow("web;");
  });

  test("is at worst destructive and happens once", () => {
    const { operation } = shellRun([]);
    const input = operation.input.parse({ program: "/bin/echo" });
    expect(operation.risk(input)).toBe("destructive");
    expect(operation.effect(input)).toBe("once");
  });

  test("is the same program by another path, or one named like a built-in", () => {
    const { permitted } = shellRun([ECHO]);
    expect(permitted({ program: "/bin/../bin/echo" })).not.toBeNull();
    expect(permitted({ program: "/constructor" })).not.toBeNull();
  });

  test("is a relative path", () => {
    const { operation } = shellRun([ECHO]);
    expect(operation.input.safeParse({ program: "bin/echo" }).success).toBe(false);
    expect(operation.input.safeParse({ program: "../echo" }).success).toBe(false);
  });
});

describe("a program's file name", () => {
  test("stands for the listed program and is shown as its path", async () => {
    const { operation, permitted, run } = shellRun([ECHO]);
    expect(permitted({ program: "echo" })).toBeNull();
    const input = operation.input.parse({ program: "echo", arguments: ["a"] });
    expect(operation.describe(input)).toBe('Run ["/bin/echo","a"].');
    expect(operation.locks(input)).toEqual(["shell:/bin/echo"]);
    expect(await run({ program: "echo", arguments: ["a"] })).toMatchObject({ stdout: "a\n" });
  });

  test("is refused when two listed programs have it", () => {
    const { permitted } = shellRun([ECHO, { ...ECHO, path: "/opt/echo" }]);
    expect(permitted({ program: "echo" })).not.toBeNull();
    expect(permitted({ program: "/opt/echo" })).toBeNull();
  });
});

describe("arguments", () => {
  const { permitted } = shellRun([{ ...ECHO, arguments: ["--(check|fix)", "[a-z]+"] }]);
  test.each([
    [["--check", "web"], true],
    [[], true],
    [["--check=1"], false],
    [["web;"], false],
    [["web\nx"], false],
    [["x--fix"], false],
  ])("%j: allowed is %s", (given, allowed) => {
    expect(permitted({ program: "/bin/echo", arguments: given }) === null).toBe(allowed);
  });

  test("a pattern that is no regular expression is a defect", () => {
    expect(() => shellRun([{ ...ECHO, arguments: ["("] }])).toThrow(SyntaxError);
  });
});

test("a credentials' profile is refused: a program gets none", () => {
  expect(shellRun([ECHO]).permitted({ program: "/bin/echo" }, "prod")).toContain("profile");
});

test("the result keeps the end of a long output and says so", async () => {
  const { run } = shellRun([ECHO], 10);
  const result = await run({ program: "/bin/echo", arguments: ["0123456789abcdef"] });
  expect(result).toMatchObject({ stdout: "789abcdef\n", truncated: true, exit_code: 0 });
});

test("a preview shows the arguments apart and whether the program can be run", async () => {
  const missing: ShellProgram = { ...ECHO, path: "/nowhere/at-all" };
  const { preview } = shellRun([ECHO, missing]);
  expect(await preview({ program: "/bin/echo", arguments: ["a b", "c"] })).toEqual({
    wouldSucceed: null,
    lines: ['Would run ["/bin/echo","a b","c"].', "/bin/echo exists and can be run."],
  });
  expect(await preview({ program: "/nowhere/at-all" })).toMatchObject({ wouldSucceed: false });
});

describe("an exit of the AWS CLI", () => {
  const failed = (code: number, lastWords: string) =>
    exitFailure("/usr/bin/aws", { how: "exit", code, stopped: false }, lastWords);

  test("has the category of the service's code where it is printed", () => {
    // As aws-cli 1.45.11 printed it.
    const words =
      "\nAn error occurred (UnauthorizedOperation) when calling the StopInstances operation: You are not authorized to perform this operation.\n";
    expect(failed(255, words)).toMatchObject({ category: "authorization", code: "exit 255" });
    const after =
      "An error occurred (Throttling) (reached max retries: 4) when calling the X operation";
    expect(failed(254, after).category).toBe("temporary");
  });

  test("has that of the exit code elsewhere", () => {
    expect(failed(254, "").category).toBe("dependency");
    expect(
      failed(255, 'Could not connect to the endpoint URL: "http://127.0.0.1:1/"').category,
    ).toBe("unknown");
    expect(failed(1, "An error occurred (Throttling) when calling the X operation").category).toBe(
      "permanent",
    );
  });
});

test("a start that fails for a reason unheard of is unknown", () => {
  const error = Object.assign(new Error("no"), { code: "EWHATEVER" });
  expect(spawnFailure("/x", error).category).toBe("unknown");
});

describe("a program that failed", () => {
  const exits = async (risk: ShellProgram["risk"]) => {
    const { run } = shellRun([{ ...ECHO, path: "/bin/false", risk }]);
    return run({ program: "/bin/false" }).catch((error: unknown) => error);
  };

  test("may have done a part of its work", async () => {
    expect(await exits("modify")).toMatchObject({ failure: { code: "exit 1", acted: true } });
  });

  test("has done nothing when it only reads", async () => {
    const error = await exits("read-only");
    expect(error).toMatchObject({ failure: { code: "exit 1" } });
    expect(error).not.toHaveProperty("failure.acted");
  });
});
