// The commands that keep running: opens what was asked for, says where it is, and stops in order on SIGTERM.

import { hasSlack, loadConfig } from "../config.ts";
import type { Config, ConfigOverrides } from "../config.ts";
import { openProgram } from "./open-program.ts";
import type { Half } from "./open-program.ts";
import { requireShared } from "./open-storage.ts";
import { openPlayground, openPlaygroundProgram, playgroundBanner } from "./open-playground.ts";

export type Print = (text: string) => number;

/** Everything in one process; the playground when the environment names no Slack. */
export async function start(overrides: ConfigOverrides, print: Print): Promise<number> {
  if (!hasSlack()) {
    const opened = await openPlaygroundProgram(overrides);
    print(playgroundBanner(opened));
    return untilStopped(opened.stop);
  }
  const config = loadConfig(overrides);
  const program = await openHalves(config, ["bot", "worker"]);
  print(
    `Countersign listens on ${program.url} (${program.mode === "socket" ? "Socket Mode" : "HTTP"}).`,
  );
  if (config.redisUrl === null)
    print("No REDIS_URL: the queue is in this process, so run only this one.");
  if (config.databaseUrl === null)
    print(`No DATABASE_URL: the data is under ${config.dataDirectory}.`);
  return untilStopped(program.stop);
}

export async function runBot(overrides: ConfigOverrides, print: Print): Promise<number> {
  return runHalf("bot", overrides, print);
}

export async function runWorker(overrides: ConfigOverrides, print: Print): Promise<number> {
  return runHalf("worker", overrides, print);
}

async function runHalf(half: Half, overrides: ConfigOverrides, print: Print): Promise<number> {
  const config = loadConfig(overrides);
  requireShared(config, half);
  const program = await openHalves(config, [half]);
  print(`The ${half} is up: ${program.url}/healthz`);
  return untilStopped(program.stop);
}

export async function runPlayground(overrides: ConfigOverrides, print: Print): Promise<number> {
  const opened = await openPlayground(overrides);
  print(
    [
      `The playground is at ${opened.playground.url}`,
      `  SLACK_API_URL=${opened.playground.apiUrl}`,
      `  SLACK_BOT_TOKEN=${opened.playground.credentials.botToken}`,
      `  SLACK_SIGNING_SECRET=${opened.playground.credentials.signingSecret}`,
      `  SLACK_APP_TOKEN=${opened.playground.credentials.appToken}`,
      `  SLACK_CLIENT_ID=${opened.playground.credentials.clientId}`,
      `  SLACK_CLIENT_SECRET=${opened.playground.credentials.clientSecret}`,
    ].join("\n"),
  );
  return untilStopped(opened.close);
}

function openHalves(config: Config, halves: readonly Half[]) {
  if (config.slack === null) throw new Error("checked before: Slack is configured");
  return openProgram({ config, connection: config.slack, halves });
}

/** Resolves with the exit code after SIGTERM or SIGINT; a second signal ends the process at once. */
function untilStopped(stop: () => Promise<void>): Promise<number> {
  return new Promise((resolve, reject) => {
    let stopping = false;
    const onSignal = (): void => {
      if (stopping) process.exit(1);
      stopping = true;
      stop().then(() => resolve(0), reject);
    };
    process.on("SIGTERM", onSignal);
    process.on("SIGINT", onSignal);
  });
}
