// What an ended or unstarted program comes to, by the engine's table. Knows no program, except that the AWS CLI
// prints the code of the service that refused.

import { constants } from "node:os";
import { categoryOf, errorCode } from "#engine/error-categories.ts";
import type { Failure } from "#engine/failure.ts";
import type { ProgramEnd } from "./run-program.ts";

/** The last line of the AWS CLI, versions 1 and 2. */
const AWS_REFUSAL = /An error occurred \((\w[\w.]{0,100})\).{0,50} when calling the \w+ operation/;

/** @param lastWords the end of what it wrote to stderr. */
export function exitFailure(path: string, end: ProgramEnd, lastWords: string): Failure {
  const tail = lastWords.trim().slice(-500);
  const said = tail === "" ? "" : `: ${tail}`;
  switch (end.how) {
    case "exit": {
      const refused = end.code >= 252 ? AWS_REFUSAL.exec(tail)?.[1] : undefined;
      const byService = refused === undefined ? null : categoryOf("aws", refused);
      return {
        category: byService ?? categoryOf("exit", end.code) ?? "permanent",
        code: `exit ${end.code}`,
        message: `${path} ended with exit code ${end.code}${said}`,
      };
    }
    case "signal":
      return {
        category: signalCategory(end.signal),
        code: end.signal,
        message: `${path} was ended by ${end.signal}${said}`,
      };
    case "lost":
      return { category: "unknown", code: "LOST", message: `${path} could not be ended.` };
  }
}

/** A signal counts like the exit code by which a shell would report it. */
function signalCategory(signal: string): Failure["category"] {
  const number = (constants.signals as Readonly<Record<string, number>>)[signal];
  return (number === undefined ? null : categoryOf("exit", 128 + number)) ?? "permanent";
}

export function spawnFailure(path: string, error: unknown): Failure {
  const code = errorCode(error) ?? "UNKNOWN";
  const reason = error instanceof Error ? error.message : String(error);
  return {
    category: categoryOf("node", code) ?? "unknown",
    code,
    message: `${path} could not be started: ${reason}`.slice(0, 2000),
  };
}
