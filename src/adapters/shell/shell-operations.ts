// `shell.run`: a listed program with an argument array. There is no shell: nothing in an argument
// is ever expanded, split or substituted.

import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { basename } from "node:path";
import { z } from "zod";
import { abortFailure, OperationError, OutcomeUnknown } from "#engine/failure.ts";
import { eraseOperation } from "#engine/operation.ts";
import type { AnyOperation, AttemptContext, Operation } from "#engine/operation.ts";
import { runProgram } from "./run-program.ts";
import type { ShellConfig, ShellProgram } from "./shell-config.ts";
import { exitFailure, spawnFailure } from "./shell-errors.ts";

const NO_NUL = /^[^\0]*$/;

const input = z.strictObject({
  program: z
    .string()
    .max(1000)
    .regex(/^(\/[^\0\r\n]*|[\w.+-]+)$/, "must be an absolute path or the name of a listed program"),
  arguments: z.array(z.string().max(4096).regex(NO_NUL, "must not hold NUL")).max(200).default([]),
  stdin: z.string().max(256_000).default(""),
  expect_exit: z.array(z.int().min(0).max(255)).min(1).max(20).default([0]),
});
type Input = z.infer<typeof input>;

const result = z.strictObject({
  exit_code: z.int(),
  /** The end of what it wrote. */
  stdout: z.string(),
  stderr: z.string(),
  /** Less was kept than was written. */
  truncated: z.boolean(),
  /** What kept the program apart: a process group that is ended as a whole. */
  isolation: z.literal("process-group"),
});
type Result = z.infer<typeof result>;

type Allowed = { readonly program: ShellProgram; readonly patterns: readonly RegExp[] | null };

/** @throws {SyntaxError} on an argument pattern that is no regular expression: a configuration defect. */
export function createShellOperations(config: ShellConfig): readonly AnyOperation[] {
  const allowed = allowedPrograms(config.programs);
  const operation: Operation<Input, Result> = {
    name: "shell.run",
    summary: "Run a program that the configuration lists, with an argument array.",
    input,
    result,
    example: { program: "/usr/local/bin/maintenance", arguments: ["--check"] },
    worstRisk: "destructive",
    risk: ({ program }) => allowed.get(program)?.program.risk ?? "destructive",
    effect: ({ program }) =>
      allowed.get(program)?.program.repeatable === true ? "idempotent" : "once",
    defaultTimeoutMs: config.defaultTimeoutMs,
    describe: (input) => `Run ${commandLine(input, allowed.get(input.program))}.`,
    describeUndo: () => null,
    locks: ({ program }) => {
      const found = allowed.get(program)?.program;
      return found?.risk === "read-only" ? [] : [`shell:${found?.path ?? program}`];
    },
    // A program runs on this host, which can't be away by itself; what it talks to is not known.
    target: () => null,
    permitted: (input, profile) => refusalOf(allowed.get(input.program), input, profile),
    preview: async (input, { profile }) => {
      const found = allowed.get(input.program);
      const line = `Would run ${commandLine(input, found)}.`;
      const refusal = refusalOf(found, input, profile);
      if (found === undefined || refusal !== null) {
        return { wouldSucceed: false, lines: [line, refusal ?? "It is not listed."] };
      }
      const { path } = found.program;
      const runnable = await isRunnable(path);
      const state = runnable ? "exists and can be run" : "does not exist or can't be run";
      return { wouldSucceed: runnable ? null : false, lines: [line, `${path} ${state}.`] };
    },
    run: async (input, context) => {
      const found = allowed.get(input.program);
      const refusal = refusalOf(found, input, context.profile);
      if (found === undefined || refusal !== null) {
        throw new OperationError({ category: "authorization", message: refusal ?? "not listed" });
      }
      return runAllowed(config, found.program, input, context);
    },
  };
  return [eraseOperation(operation)];
}

/** By path, and by file name where only one has it. */
function allowedPrograms(programs: readonly ShellProgram[]): ReadonlyMap<string, Allowed> {
  const allowed = new Map<string, Allowed>();
  for (const program of programs) {
    const patterns = program.arguments?.map((source) => new RegExp(`^(?:${source})$`, "u")) ?? null;
    const name = basename(program.path);
    const alone = programs.filter(({ path }) => basename(path) === name).length === 1;
    allowed.set(program.path, { program, patterns });
    if (alone) allowed.set(name, { program, patterns });
  }
  return allowed;
}

async function runAllowed(
  config: ShellConfig,
  program: ShellProgram,
  input: Input,
  { signal, output, redact }: AttemptContext,
): Promise<Result> {
  const { path, directory, environment } = program;
  if (signal.aborted) throw new OperationError(abortFailure(`${path} was not started`));
  const tails = { stdout: "", stderr: "" };
  // Masked before it is cut: the rest of a secret of which the beginning is gone would not be known.
  const masked = { stdout: redact?.stream(), stderr: redact?.stream() };
  let truncated = false;
  const keep = (stream: "stdout" | "stderr", text: string): void => {
    const whole = tails[stream] + text;
    truncated ||= whole.length > config.keptCharacters;
    tails[stream] = whole.slice(-config.keptCharacters).toWellFormed();
  };
  const write = (stream: "stdout" | "stderr", text: string): void => {
    // Postgres keeps no NUL.
    const clean = text.replaceAll("\0", "\uFFFD");
    output(clean);
    keep(stream, masked[stream]?.push(clean) ?? clean);
  };
  const call = { path, directory, environment, arguments: input.arguments, stdin: input.stdin };
  const end = await runProgram({ ...call, graceMs: config.graceMs }, signal, write).catch(
    (error: unknown) => {
      throw new OperationError(spawnFailure(path, error), { cause: error });
    },
  );
  keep("stdout", masked.stdout?.end() ?? "");
  keep("stderr", masked.stderr?.end() ?? "");
  if (end.stopped) {
    const failure =
      end.how === "lost"
        ? exitFailure(path, end, tails.stderr)
        : abortFailure(`${path} was ended while it ran`);
    // What a program did before it was ended can't be known, unless it only reads.
    throw program.risk === "read-only" ? new OperationError(failure) : new OutcomeUnknown(failure);
  }
  if (end.how === "signal" || !input.expect_exit.includes(end.code)) {
    const failure = exitFailure(path, end, tails.stderr);
    // An exit code tells why it ended, not that nothing had been done by then.
    throw new OperationError(program.risk === "read-only" ? failure : { ...failure, acted: true });
  }
  return { exit_code: end.code, ...tails, truncated, isolation: "process-group" };
}

/** Null when the configuration lets this program run with these arguments, else one sentence. */
function refusalOf(
  found: Allowed | undefined,
  input: Input,
  profile: string | null,
): string | null {
  if (found === undefined) {
    return `The program ${input.program} is not among those listed for shell.run.`;
  }
  if (profile !== null) return "shell.run takes no credentials' profile.";
  const { patterns } = found;
  if (patterns === null) return null;
  const bad = input.arguments.find((argument) => !patterns.some((one) => one.test(argument)));
  return bad === undefined
    ? null
    : `The argument ${JSON.stringify(bad.slice(0, 100))} is not allowed for ${input.program}.`;
}

/** As a JSON list, so that no argument can pass for two or for a quote. */
function commandLine({ program, arguments: given }: Input, found: Allowed | undefined): string {
  const text = JSON.stringify([found?.program.path ?? program, ...given]);
  return text.length > 300 ? `${text.slice(0, 299)}…` : text;
}

async function isRunnable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch (error) {
    if (error instanceof Error && "code" in error) return false;
    throw error;
  }
}
