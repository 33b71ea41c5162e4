// The log: JSON lines on standard error, so that standard output stays for what a command answers. Known
// secrets are masked in every line, whatever put them there.

import pino from "pino";
import type { Logger } from "pino";
import type { Redactor } from "#engine/redactor.ts";

export function createLog(
  level: string,
  redactor: Redactor,
  write: (line: string) => unknown = (line) => process.stderr.write(line),
): Logger {
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    { write: (line: string) => write(redactor.text(line)) },
  );
}
