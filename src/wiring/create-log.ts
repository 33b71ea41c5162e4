// The log: JSON lines on standard error, so that standard output stays for what a command answers. Known
// secrets are masked in every line, whatever put them there.

import pino from "pino";
import type { Logger } from "pino";
import type { Redactor } from "#engine/redactor.ts";

export function createLog(level: string, redactor: Redactor): Logger {
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    { write: (line: string) => process.stderr.write(redactor.text(line)) },
  );
}
