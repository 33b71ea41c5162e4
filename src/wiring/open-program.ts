// Puts one process together: storage, operations, Slack, and the halves it was asked to run. Everything that
// has a lifetime is ended here, in the reverse order of its start.

import { hostname } from "node:os";
import type { Logger } from "pino";
import type { Clock } from "#engine/time.ts";
import { openAuditMonths } from "#adapters/postgres/audit-months.ts";
import { createSecretRedactor } from "#adapters/redaction/secret-redactor.ts";
import { systemClock } from "#adapters/system/system-clock.ts";
import type { SlackConnection } from "#bot/bot-ports.ts";
import { SLACKS_PACE } from "#bot/outbound/pacer.ts";
import type { Pace } from "#bot/outbound/pacer.ts";
import { healthz, readyz } from "#web/health.ts";
import type { ReadinessCheck } from "#web/health.ts";
import { startHttpServer } from "#web/http-server.ts";
import type { Config } from "../config.ts";
import { Lifetimes, STOP_GRACE_MS } from "./lifetimes.ts";
import type { OperationTargets } from "./open-operations.ts";
import { openPorts } from "./open-ports.ts";
import { requireStepUp, stepUpAddress } from "./open-step-up.ts";
import type { Storage } from "./open-storage.ts";
import { createOversight } from "./oversight.ts";
import { startPublishingHeads } from "./publish-audit-heads.ts";
import { repeat } from "./repeat.ts";
import { startBot } from "./start-bot.ts";
import { startWorker } from "./start-worker.ts";
import { addStoredGauges } from "./stored-gauges.ts";

export type Half = "bot" | "worker";

export type Program = {
  readonly url: string;
  readonly log: Logger;
  readonly storage: Storage;
  /** `http` or `socket`; null without the bot. */
  readonly mode: "http" | "socket" | null;
  /** Finishes or releases what is running within about `STOP_GRACE_MS`. */
  readonly stop: () => Promise<void>;
};

/** A month is made a month ahead, so an hour more or less is nothing. */
const MONTHS_EVERY_MS = 3_600_000;

/** @throws {ConfigError} and what the parts throw; nothing stays open then. */
export async function openProgram(options: {
  readonly config: Config;
  readonly connection: SlackConnection;
  readonly halves: readonly Half[];
  readonly targets?: OperationTargets;
  /** Another clock than the machine's, for tests that let hours pass. */
  readonly clock?: Clock;
  /** Another pace than Slack's, for tests that talk to no Slack. */
  readonly pace?: Pace;
  /** Pages are for browsers of this machine alone, whatever the configuration says. */
  readonly localPages?: boolean;
}): Promise<Program> {
  const lifetimes = new Lifetimes();
  try {
    return await open(options, lifetimes);
  } catch (error) {
    await lifetimes.end();
    throw error;
  }
}

async function open(
  options: Parameters<typeof openProgram>[0],
  lifetimes: Lifetimes,
): Promise<Program> {
  const { config, connection, halves, targets, clock = systemClock } = options;
  const { pace = SLACKS_PACE, localPages = false } = options;
  if (halves.includes("bot")) requireStepUp(config, localPages);
  const address = stepUpAddress(config, localPages);
  const redactor = createSecretRedactor(config.secrets);
  const oversight = createOversight(config, redactor, lifetimes);
  const { log, metrics, defect } = oversight;
  const { publicUrl } = address;
  const { ports, storage, slack } = await openPorts(
    config,
    { connection, targets, clock, redactor, publicUrl },
    oversight,
  );
  addStoredGauges(metrics, storage, clock);
  // With the embedded database this is the only process there can be: after a restart it is the same owner and
  // takes its runs up again at once. Elsewhere a second process on the same host must not pass for this one.
  const owner = config.databaseUrl === null ? "embedded" : `${hostname()}-${process.pid}`;
  if (halves.includes("worker")) await startWorker(ports, owner, oversight);
  const { sealed } = storage;
  const { signIn } = config;
  const bot = halves.includes("bot")
    ? await startBot(ports, { slack, sealed, signIn, address, pace, owner }, oversight)
    : null;
  lifetimes.add(
    "audit months",
    repeat(MONTHS_EVERY_MS, clock, defect("audit months"), () => openAuditMonths(storage.database)),
  );
  if (halves.includes("bot")) {
    const { publications } = storage;
    const told = { log, onError: defect("audit heads") };
    const publishing = await startPublishingHeads(config, { publications, clock }, told);
    if (publishing !== null) lifetimes.add("audit heads", publishing);
  }
  const server = await startHttpServer({
    host: config.host,
    port: config.port,
    routes: {
      "/healthz": healthz,
      "/readyz": readyz({ ...checksOf(storage), ...bot?.checks }),
      "/metrics": metrics.handler,
      ...bot?.routes,
    },
    onError: defect("http"),
  });
  lifetimes.add("http", () => server.close(STOP_GRACE_MS));
  address.served(server.port);
  const mode = bot?.mode ?? null;
  log.info({ url: server.url, halves, mode, owner }, "started");
  return { url: server.url, log, storage, mode, stop: () => lifetimes.end() };
}

/** What either half depends on. */
function checksOf({ database, dispatcher }: Storage): Record<string, ReadinessCheck> {
  return {
    postgres: async () => {
      await database.query("select 1");
      return null;
    },
    queue: async () => ((await dispatcher.healthy()) ? null : "the queue does not answer"),
  };
}
