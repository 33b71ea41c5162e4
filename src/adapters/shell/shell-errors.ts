// One table from exit codes and spawn errors to the eleven categories. Knows no program.
//
// | reported                                   | category       |
// |--------------------------------------------|----------------|
// | exit 64, 65 (sysexits: usage, data)        | validation     |
// | exit 66, 72 to 74 (no input, files, i/o)   | resource       |
// | exit 67, 68, 69 (user, host, service)      | dependency     |
// | exit 75 (try again)                        | temporary      |
// | exit 77 (no permission), 126; EACCES       | authorization  |
// | exit 78 (configuration), 127; ENOENT       | configuration  |
// | EAGAIN, ENOMEM, EMFILE when it was started | temporary      |
// | E2BIG                                      | validation     |
// | any other exit code, a signal from outside | permanent      |

import type { ErrorCategory, Failure } from "#engine/failure.ts";
import type { ProgramEnd } from "./run-program.ts";

const CATEGORY_BY_EXIT: Readonly<Record<number, ErrorCategory>> = {
  64: "validation",
  65: "validation",
  66: "resource",
  67: "dependency",
  68: "dependency",
  69: "dependency",
  72: "resource",
  73: "resource",
  74: "resource",
  75: "temporary",
  77: "authorization",
  78: "configuration",
  126: "authorization",
  127: "configuration",
};

const CATEGORY_BY_CODE: Readonly<Record<string, ErrorCategory>> = {
  ENOENT: "configuration",
  ENOTDIR: "configuration",
  ENOEXEC: "configuration",
  EACCES: "authorization",
  EPERM: "authorization",
  E2BIG: "validation",
  EAGAIN: "temporary",
  ENOMEM: "temporary",
  EMFILE: "temporary",
  ENFILE: "temporary",
};

/** @param lastWords the end of what it wrote to stderr. */
export function exitFailure(path: string, end: ProgramEnd, lastWords: string): Failure {
  const said = lastWords.trim() === "" ? "" : `: ${lastWords.trim().slice(-500)}`;
  switch (end.how) {
    case "exit":
      return {
        category: CATEGORY_BY_EXIT[end.code] ?? "permanent",
        code: `exit ${end.code}`,
        message: `${path} ended with exit code ${end.code}${said}`,
      };
    case "signal":
      return {
        category: "permanent",
        code: end.signal,
        message: `${path} was ended by ${end.signal}${said}`,
      };
    case "lost":
      return { category: "unknown", code: "LOST", message: `${path} could not be ended.` };
  }
}

export function spawnFailure(path: string, error: unknown): Failure {
  const code =
    error instanceof Error && "code" in error && typeof error.code === "string"
      ? error.code
      : "UNKNOWN";
  const reason = error instanceof Error ? error.message : String(error);
  return {
    category: CATEGORY_BY_CODE[code] ?? "unknown",
    code,
    message: `${path} could not be started: ${reason}`.slice(0, 2000),
  };
}
