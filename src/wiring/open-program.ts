// Puts one process together: storage, operations, Slack, and the halves it was asked to run. Everything that
// has a lifetime is ended here, in the reverse order of its start.

import { hostname } from "node:os";
import type { Logger } from "pino";
import { expirePlans } from "#engine/expire-plans.ts";
import { LOOK_AT_REACH_EVERY_MS, watchReach } from "#engine/watch-reach.ts";
import { overdueReviews, remindReviews } from "#engine/review-glass.ts";
import type { PlanStore } from "#engine/plan-store.ts";
import { FINAL_RUN_STATUSES } from "#engine/run.ts";
import type { RunStatus } from "#engine/run.ts";
import type { RunStore } from "#engine/run-store.ts";
import { BreakerBoard } from "#engine/breaker-board.ts";
import type { SealedStore } from "#engine/secret-box.ts";
import { Timings } from "#engine/timings.ts";
import { createRunWorker, DEFAULT_WORKER } from "#engine/run-worker.ts";
import { decideStepApproval } from "#engine/decide-step-approval.ts";
import { checkStart } from "#engine/start-check.ts";
import { redactedStores } from "#engine/redacted-stores.ts";
import { keepState } from "#engine/keep-state.ts";
import type { Clock } from "#engine/time.ts";
import { cronCalendar } from "#adapters/calendar/cron-calendar.ts";
import { createSecretBox } from "#adapters/sealed-answers/secret-box.ts";
import { createSecretRedactor } from "#adapters/redaction/secret-redactor.ts";
import { createSlackDirectory } from "#adapters/slack-directory/slack-directory.ts";
import { randomIds } from "#adapters/system/random-ids.ts";
import { sha256 } from "#adapters/system/sha256.ts";
import { systemClock } from "#adapters/system/system-clock.ts";
import { loadPlaybooks } from "#adapters/playbook-files/load-playbooks.ts";
import { openAuditMonths } from "#adapters/postgres/audit-months.ts";
import { waysToRewrite } from "#adapters/postgres/log-rewriters.ts";
import type { BotPorts, Slack, SlackConnection } from "#bot/bot-ports.ts";
import { connectSlack } from "#bot/connect-slack.ts";
import { createMessageSender } from "#bot/outbound/message-sender.ts";
import { SLACKS_PACE } from "#bot/outbound/pacer.ts";
import type { Pace } from "#bot/outbound/pacer.ts";
import { createSlackApp } from "#bot/slack-app.ts";
import { healthz, readyz } from "#web/health.ts";
import type { ReadinessCheck } from "#web/health.ts";
import { startHttpServer } from "#web/http-server.ts";
import type { Handler } from "#web/http-server.ts";
import { STEP_UP_PATH } from "#web/step-up/step-up-pages.ts";
import { createMetrics } from "#web/metrics.ts";
import type { Metrics } from "#web/metrics.ts";
import type { Config } from "../config/config.ts";
import { ConfigError } from "../config/config-error.ts";
import { checkGroups } from "./check-groups.ts";
import { createLog } from "./create-log.ts";
import { Lifetimes } from "./lifetimes.ts";
import { openOnCall } from "./open-on-call.ts";
import { openStepUp, requireStepUp, stepUpAddress } from "./open-step-up.ts";
import type { StepUpAddress } from "./open-step-up.ts";
import { openOperations } from "./open-operations.ts";
import type { OperationTargets } from "./open-operations.ts";
import { secretKeyOf } from "./secret-key.ts";
import { openSecrets } from "./open-secrets.ts";
import { openStorage } from "./open-storage.ts";
import { startPublishingHeads } from "./publish-audit-heads.ts";
import type { Storage } from "./open-storage.ts";
import { repeat } from "./repeat.ts";

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

/** Within Docker's and Kubernetes' usual patience (10 s and 30 s). */
const STOP_GRACE_MS = 8_000;
const SWEEP_EVERY_MS = 5_000;
/** What came of a link can be looked at for a while after it is over. */
const STEP_UPS_KEPT_MS = 3_600_000;
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
  const { config, connection, halves, targets, clock = systemClock, localPages = false } = options;
  if (halves.includes("bot")) requireStepUp(config, localPages);
  const address = stepUpAddress(config, localPages);
  const redactor = createSecretRedactor(config.secrets);
  const log = createLog(config.logLevel, redactor);
  const metrics = createMetrics();
  const defect = (part: string) => (error: unknown) => {
    metrics.defect(part);
    log.error({ err: error, part }, "something failed that no code expected");
  };
  const playbooks = playbooksOf(config);
  const storage = await openStorage(config, defect("queue"), {
    trustsClocks: clock !== systemClock,
  });
  lifetimes.add("storage", storage.close);
  // The embedded database is this process's own: whoever has its files has the log.
  if (config.databaseUrl !== null) await warnOfRewriting(storage, log);
  const secrets = createSecretBox(secretKeyOf(config), storage.sealed);
  const named = openSecrets(config);
  for (const text of await named.atHand()) redactor.learn(text);
  const reveal = { secrets, named, learn: redactor.learn };
  const operations = openOperations(config, redactor, targets, reveal);
  lifetimes.add("operations", operations.close);
  const waiting = new AbortController();
  const slack = await connectSlack({
    connection,
    clock,
    log,
    signal: waiting.signal,
    mask: (text) => redactor.certain(text),
  });
  const stores = redactedStores(storage, redactor);
  const ports: BotPorts = {
    ...storage,
    ...stores,
    runs: countEnds(stores.runs, metrics),
    plans: countGlass(stores.plans, metrics),
    registry: operations.registry,
    policy: config.policy,
    playbooks,
    secrets,
    redactor,
    directory: {
      ...createSlackDirectory({ client: slack.client, teamId: slack.identity.teamId, clock }),
      onCall: openOnCall(config, clock),
    },
    clock,
    calendar: cronCalendar,
    ids: randomIds,
    sha256,
    publicUrl: address.publicUrl,
  };
  refuseOtherWorkspace(config, slack);
  // With the embedded database this is the only process there can be: after a restart it is the same owner and
  // takes its runs up again at once. Elsewhere a second process on the same host must not pass for this one.
  const owner = config.databaseUrl === null ? "embedded" : `${hostname()}-${process.pid}`;
  const routes: Record<string, Handler> = { "/healthz": healthz, "/metrics": metrics.handler };
  const checks: Record<string, ReadinessCheck> = {
    postgres: async () => {
      await storage.database.query("select 1");
      return null;
    },
    queue: async () => ((await storage.dispatcher.healthy()) ? null : "the queue does not answer"),
  };
  metrics.breakers(async () => storage.breakers.list());
  metrics.gauge(
    "break_glass_open_reviews",
    "Broken glasses that nobody has looked at yet",
    async () => (await storage.plans.openReviews(null)).length,
  );
  metrics.gauge(
    "break_glass_overdue_reviews",
    "Those of them whose time to be looked at is over",
    async () => overdueReviews(await storage.plans.openReviews(null), clock.now()).length,
  );
  metrics.gauge("outbox_pending", "Messages waiting to be sent", () => storage.outbox.pending());

  if (halves.includes("worker"))
    await startWorker(ports, { owner, lifetimes, metrics, report: defect("worker") });
  const mode = halves.includes("bot")
    ? await startBot(ports, {
        config,
        pace: options.pace ?? SLACKS_PACE,
        address,
        sealed: storage.sealed,
        slack,
        owner,
        log,
        metrics,
        routes,
        checks,
        lifetimes,
        defect,
      })
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
  routes["/readyz"] = readyz(checks);
  const server = await startHttpServer({
    host: config.host,
    port: config.port,
    routes,
    onError: defect("http"),
  });
  lifetimes.add("http", () => server.close(STOP_GRACE_MS));
  address.served(server.port);
  log.info({ url: server.url, halves, mode, owner }, "started");
  return { url: server.url, log, storage, mode, stop: () => lifetimes.end() };
}

async function startWorker(
  ports: BotPorts,
  { owner, lifetimes, metrics, report }: WorkerParts,
): Promise<void> {
  const worker = createRunWorker(
    {
      ...ports,
      random: Math.random,
      checkStart: (header, when) => checkStart(ports, header, when),
      keepState: (header, about) => keepState(ports, header, about),
      breakerBoard: new BreakerBoard({
        store: ports.breakers,
        clock: ports.clock,
        policy: ports.policy.breaker,
        report,
        onTrip: metrics.breakerOpened,
      }),
      timings: new Timings({ store: ports.timings, clock: ports.clock, report }),
      decideApproval: (header, step, approval) => decideStepApproval(ports, header, step, approval),
      report,
    },
    { ...DEFAULT_WORKER, owner },
  );
  await worker.start();
  lifetimes.add("worker", () => worker.stop(STOP_GRACE_MS));
}

type WorkerParts = {
  readonly owner: string;
  readonly lifetimes: Lifetimes;
  readonly metrics: Metrics;
  readonly report: (error: unknown) => void;
};

type BotParts = {
  readonly config: Config;
  readonly pace: Pace;
  readonly address: StepUpAddress;
  readonly sealed: SealedStore;
  readonly slack: Slack;
  readonly owner: string;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly routes: Record<string, Handler>;
  readonly checks: Record<string, ReadinessCheck>;
  readonly lifetimes: Lifetimes;
  readonly defect: (part: string) => (error: unknown) => void;
};

async function startBot(ports: BotPorts, parts: BotParts): Promise<"http" | "socket"> {
  const { slack, owner, log, metrics, routes, checks, lifetimes, defect, address } = parts;
  const sender = createMessageSender({
    slack,
    ports,
    log,
    owner,
    telemetry: metrics,
    pace: parts.pace,
  });
  await sender.start();
  lifetimes.add("sender", () => sender.stop(STOP_GRACE_MS));
  // Whoever waits for the address of a server that never came up is let go.
  lifetimes.add("address", async () => address.served(null));
  const app = createSlackApp({ slack, ports, log, telemetry: metrics });
  await app.start();
  lifetimes.add("slack", () => app.stop(STOP_GRACE_MS));
  routes["/slack/events"] = app.handler;
  const stepUp = openStepUp({
    ports,
    teamId: slack.identity.teamId,
    signIn: parts.config.signIn,
    apiUrl: slack.connection.apiUrl,
    address,
    log,
    count: metrics.stepUp,
  });
  if (stepUp !== null) routes[STEP_UP_PATH] = stepUp;
  checks["slack"] = async () => app.problem();
  lifetimes.add(
    "sweepers",
    repeat(SWEEP_EVERY_MS, ports.clock, defect("sweeper"), async () => {
      await app.sweep();
      await expirePlans(ports);
      await remindReviews(ports);
      await parts.sealed.removeEnded();
      await ports.stepUps.removeOver(ports.clock.now() - STEP_UPS_KEPT_MS);
    }),
  );
  let groupsChecked = false;
  lifetimes.add(
    "watch over approvers",
    repeat(LOOK_AT_REACH_EVERY_MS, ports.clock, defect("watch over approvers"), async () => {
      if (!groupsChecked) await checkGroups(ports, slack.identity.teamId, log);
      groupsChecked = true;
      await watchReach(ports, slack.identity.teamId);
    }),
  );
  return app.mode;
}

/** Counts broken glasses where each is written. */
function countGlass(plans: PlanStore, metrics: Metrics): PlanStore {
  return {
    ...plans,
    change: async (planId, decide, proofId) => {
      let environment: string | null = null;
      const answer = await plans.change(
        planId,
        (record, stepUp) => {
          const decided = decide(record, stepUp);
          const after = decided.change.record?.emergency ?? null;
          if (record.emergency === null && after !== null) environment = record.plan.environment;
          return decided;
        },
        proofId,
      );
      if (environment !== null) metrics.glassBroken(environment);
      return answer;
    },
  };
}

async function warnOfRewriting({ database }: Storage, log: Logger): Promise<void> {
  const { role, ways } = await waysToRewrite(database);
  if (ways.length === 0) return;
  log.warn(
    { role, ways },
    "this database role could rewrite the audit log: make one that can't with `countersign migrate --app-role NAME` and name it in DATABASE_URL",
  );
}

/** Counts runs as they end, at the one place where every end is written. */
function countEnds(runs: RunStore, metrics: Metrics): RunStore {
  const final: readonly RunStatus[] = FINAL_RUN_STATUSES;
  return {
    ...runs,
    flush: async (flush) => {
      const answer = await runs.flush(flush);
      if (answer.kind === "written" && final.includes(flush.status)) metrics.runEnded(flush.status);
      return answer;
    },
  };
}

function playbooksOf(config: Config) {
  const { playbooks, mistakes } = loadPlaybooks(config.playbooksDirectory);
  const [first] = mistakes;
  if (first !== undefined) throw new ConfigError(first.file, first.problems);
  return playbooks;
}

function refuseOtherWorkspace(config: Config, slack: Slack): void {
  const { teamId } = config.policy;
  if (teamId === null || teamId === slack.identity.teamId) return;
  throw new ConfigError(config.file, [
    {
      path: "workspace",
      found: teamId,
      expected: `${slack.identity.teamId}, to which the bot token belongs`,
    },
  ]);
}
