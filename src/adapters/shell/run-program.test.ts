import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runProgram } from "./run-program.ts";
import type { ProgramEnd } from "./run-program.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "countersign-program-"));
});
afterEach(() => rm(folder, { recursive: true }));

type Running = {
  readonly end: Promise<ProgramEnd>;
  /** Resolves when stdout holds the text. */
  readonly says: (text: string) => Promise<void>;
  readonly stdout: () => string;
  readonly stop: () => void;
};

async function start(
  script: string,
  more: { arguments?: readonly string[]; stdin?: string; graceMs?: number } = {},
): Promise<Running> {
  const path = join(folder, "program");
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  const stop = new AbortController();
  let stdout = "";
  let heard = (): void => {};
  const end = runProgram(
    {
      path,
      arguments: more.arguments ?? [],
      directory: folder,
      environment: { PATH: "/usr/bin:/bin", GIVEN: "yes" },
      stdin: more.stdin ?? "",
      graceMs: more.graceMs ?? 5_000,
    },
    stop.signal,
    (stream, text) => {
      if (stream === "stdout") stdout += text;
      heard();
    },
  );
  return {
    end,
    stdout: () => stdout,
    stop: () => stop.abort(),
    says: (text) =>
      new Promise((resolve) => {
        heard = () => {
          if (stdout.includes(text)) resolve();
        };
        heard();
      }),
  };
}

/** Signal 0 asks whether the process is there; a zombie counts as gone. */
async function isAlive(pid: number): Promise<boolean> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    return !stat.includes(") Z ");
  } catch {
    return false;
  }
}

test("arguments arrive as they are: nothing is expanded or split", async () => {
  const given = ["$(id)", "a b", "*", "; ls", "`id`", '"', "--", ""];
  const running = await start('for one in "$@"; do printf "[%s]" "$one"; done', {
    arguments: given,
  });
  expect(await running.end).toEqual({ how: "exit", code: 0, stopped: false });
  expect(running.stdout()).toBe(given.map((one) => `[${one}]`).join(""));
});

test("the environment is the given one and nothing else", async () => {
  const running = await start("env | sort");
  await running.end;
  const names = running
    .stdout()
    .split("\n")
    .map((line) => line.split("=")[0] ?? "");
  // PWD, _ and the like are the shell's own.
  const own = names.filter((name) => !["PWD", "OLDPWD", "SHLVL", "_", ""].includes(name));
  expect(own).toEqual(["GIVEN", "PATH"]);
});

test("the text for its input is given and ended", async () => {
  const running = await start("cat; pwd", { stdin: "one\ntwo\n" });
  await running.end;
  expect(running.stdout()).toBe(`one\ntwo\n${folder}\n`);
});

test("a program that reads nothing of a long input is no failure", async () => {
  const running = await start("exit 4", { stdin: "x".repeat(250_000) });
  expect(await running.end).toEqual({ how: "exit", code: 4, stopped: false });
});

test("a program that is not there is an error with Node's code", async () => {
  const call = {
    path: join(folder, "missing"),
    arguments: [],
    directory: folder,
    environment: {},
    stdin: "",
    graceMs: 100,
  };
  const signal = new AbortController().signal;
  await expect(runProgram(call, signal, () => {})).rejects.toMatchObject({ code: "ENOENT" });
});

describe("when it is stopped", () => {
  test("it is asked first and may end by itself", async () => {
    // Short sleeps: a shell may miss a signal that comes just as it begins to wait for a long one.
    const running = await start(
      "trap 'echo bye; exit 7' TERM; echo ready; while :; do sleep 0.05; done",
    );
    await running.says("ready");
    running.stop();
    expect(await running.end).toEqual({ how: "exit", code: 7, stopped: true });
    expect(running.stdout()).toContain("bye");
  });

  test("a program that ignores the request is ended, with its children", async () => {
    const running = await start(
      "trap '' TERM; sleep 60 & echo child $!; echo ready; wait; sleep 60",
      {
        graceMs: 100,
      },
    );
    await running.says("ready");
    running.stop();
    expect(await running.end).toEqual({ how: "signal", signal: "SIGKILL", stopped: true });
    const child = Number(/child (\d+)/.exec(running.stdout())?.[1]);
    await expect.poll(() => isAlive(child)).toBe(false);
  });
});

describe("when it has ended", () => {
  test("a grandchild that holds the output open keeps nobody waiting, and is ended", async () => {
    const running = await start("sleep 60 & echo child $!", { graceMs: 100 });
    expect(await running.end).toEqual({ how: "exit", code: 0, stopped: false });
    const child = Number(/child (\d+)/.exec(running.stdout())?.[1]);
    await expect.poll(() => isAlive(child)).toBe(false);
  });

  test("a stop that comes later changes nothing", async () => {
    const running = await start("sleep 60 & exit 0", { graceMs: 200 });
    const end = running.end.then((value) => value);
    setTimeout(running.stop, 0);
    expect((await end).how).toBeDefined();
  });
});
