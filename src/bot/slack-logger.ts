// Lets Slack's libraries write to our log. Their debug lines repeat whole requests, so those go nowhere.

import { LogLevel } from "@slack/bolt";
import type { Logger as SlackLogger } from "@slack/bolt";
import type { Log } from "./bot-ports.ts";

export function quietSlackLogger(log: Log): SlackLogger {
  return {
    debug: () => undefined,
    info: (...parts) => log.debug({ source: "slack" }, join(parts)),
    warn: (...parts) => log.warn({ source: "slack" }, join(parts)),
    error: (...parts) => log.error({ source: "slack" }, join(parts)),
    // Levels belong to our log.
    setLevel: () => undefined,
    getLevel: () => LogLevel.INFO,
    setName: () => undefined,
  };
}

function join(parts: readonly unknown[]): string {
  return parts.map((part) => (part instanceof Error ? part.message : String(part))).join(" ");
}
