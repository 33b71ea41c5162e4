// A secret from a program such as `vault` or `aws`: an argument array without a shell, a time limit, and what it writes
// to standard error counted and never shown, because it may repeat what it was asked for.

import type { ErrorCategory } from "#engine/failure.ts";
import { categoryOf } from "#engine/error-categories.ts";
import { SecretUnavailable } from "#engine/secret-box.ts";
import { LARGEST_SECRET_BYTES } from "./secret-sources.ts";
import type { SecretSource } from "./secret-sources.ts";

/** How a program is run, as the shell operation's adapter does it. @throws {Error} with Node's code: not started. */
export type RunProgram = (
  call: {
    readonly path: string;
    readonly arguments: readonly string[];
    readonly directory: string;
    readonly environment: Readonly<Record<string, string>>;
    readonly stdin: string;
    readonly graceMs: number;
  },
  stop: AbortSignal,
  write: (stream: "stdout" | "stderr", text: string) => void,
) => Promise<
  | { readonly how: "exit"; readonly code: number; readonly stopped: boolean }
  | { readonly how: "signal"; readonly signal: string; readonly stopped: boolean }
  | { readonly how: "lost"; readonly stopped: true }
>;

type Command = Extract<SecretSource, { readonly kind: "command" }>;

const GRACE_MS = 1_000;
/** The last line of the AWS CLI: the code of the service's refusal, which holds nothing that was asked for. */
const AWS_REFUSAL = /An error occurred \(([A-Za-z.]{1,100})\).{0,50} when calling the/;

/** What it writes to standard output. @throws {SecretUnavailable} */
export async function runSecretCommand(
  run: RunProgram,
  command: Command,
  signal: AbortSignal,
): Promise<string> {
  const limit = AbortSignal.timeout(command.timeoutMs);
  const tooLong = new AbortController();
  const written = { stdout: "", stderr: "" };
  const { path, environment } = command;
  const call = { path, arguments: command.arguments, environment, directory: "/", stdin: "" };
  const end = await run(
    { ...call, graceMs: GRACE_MS },
    AbortSignal.any([signal, limit, tooLong.signal]),
    (stream, text) => {
      if (tooLong.signal.aborted) return;
      written[stream] += text;
      if (Buffer.byteLength(written[stream]) > LARGEST_SECRET_BYTES) tooLong.abort();
    },
  ).catch((error: unknown) => {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    throw unavailable(`${path} could not be started (${code})`, "configuration", error);
  });
  if (tooLong.signal.aborted)
    throw unavailable(`${path} wrote more than ${LARGEST_SECRET_BYTES} bytes`, "configuration");
  if (limit.aborted)
    throw unavailable(`${path} gave no answer within ${command.timeoutMs} ms`, "timeout");
  if (end.how === "exit" && end.code === 0 && !end.stopped) return written.stdout;
  throw ended(path, end, written.stderr);
}

function ended(
  path: string,
  end: Awaited<ReturnType<RunProgram>>,
  stderr: string,
): SecretUnavailable {
  if (end.stopped) return unavailable(`${path} was stopped with its attempt`, "timeout");
  if (end.how !== "exit") return unavailable(`${path} was ended by a signal`, "dependency");
  const refused = AWS_REFUSAL.exec(stderr)?.[1];
  const category =
    (refused === undefined ? null : categoryOf("aws", refused)) ??
    categoryOf("exit", end.code) ??
    "dependency";
  const said = Buffer.byteLength(stderr);
  const why = refused === undefined ? "" : ` (${refused})`;
  const hint =
    said === 0
      ? ""
      : `; what it wrote to standard error (${said} bytes) is not shown: run it by hand to read it`;
  return unavailable(`${path} ended with exit code ${end.code}${why}${hint}`, category);
}

function unavailable(
  sentence: string,
  category: ErrorCategory,
  cause?: unknown,
): SecretUnavailable {
  return new SecretUnavailable(sentence, { category, cause });
}
