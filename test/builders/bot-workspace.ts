// The speaking half on real parts: a playground, Postgres, the stores, the listeners, the sender, and a worker
// with toy operations. The clock is the system's unless a test brings one.

import { z } from "zod";
import type { Dispatcher } from "#engine/dispatcher.ts";
import { OutcomeUnknown } from "#engine/failure.ts";
import { createRegistry, eraseOperation } from "#engine/operation.ts";
import type { Policy } from "#engine/policy.ts";
import { BreakerBoard } from "#engine/breaker-board.ts";
import { Timings } from "#engine/timings.ts";
import { createRunWorker, DEFAULT_WORKER } from "#engine/run-worker.ts";
import { decideStepApproval } from "#engine/decide-step-approval.ts";
import { checkStart } from "#engine/start-check.ts";
import { keepState } from "#engine/keep-state.ts";
import { createInProcessDispatcher } from "#adapters/in-process/in-process-dispatcher.ts";
import { cronCalendar } from "#adapters/calendar/cron-calendar.ts";
import { createAuditLog } from "#adapters/postgres/audit-log.ts";
import { createBreakerStore } from "#adapters/postgres/breaker-store.ts";
import { createCheckpointStore } from "#adapters/postgres/checkpoint-store.ts";
import type { Database } from "#adapters/postgres/database.ts";
import { createDelegationStore } from "#adapters/postgres/delegation-store.ts";
import { createReminderStore } from "#adapters/postgres/reminder-store.ts";
import { createInbox } from "#adapters/postgres/inbox.ts";
import { openDatabase } from "#adapters/postgres/open-database.ts";
import { createOutbox } from "#adapters/postgres/outbox.ts";
import { createPlanStore } from "#adapters/postgres/plan-store.ts";
import { createRunStore } from "#adapters/postgres/run-store.ts";
import { createStepUpStore } from "#adapters/postgres/step-up-store.ts";
import { createTimingStore } from "#adapters/postgres/timing-store.ts";
import { createSlackDirectory } from "#adapters/slack-directory/slack-directory.ts";
import { randomIds } from "#adapters/system/random-ids.ts";
import { sha256 } from "#adapters/system/sha256.ts";
import type { Clock } from "#engine/time.ts";
import { systemClock } from "#adapters/system/system-clock.ts";
import type { BotPorts, Log } from "#bot/bot-ports.ts";
import { connectSlack } from "#bot/connect-slack.ts";
import { createMessageSender } from "#bot/outbound/message-sender.ts";
import { createSlackApp } from "#bot/slack-app.ts";
import { defaultSeed } from "#playground/seed.ts";
import { startPlayground } from "#playground/server.ts";
import { createStepUpPages, STEP_UP_PATH } from "#web/step-up/step-up-pages.ts";
import { createWebauthn } from "#adapters/passkeys/webauthn.ts";
import { createSlackSignIn } from "#adapters/slack-sign-in/slack-sign-in.ts";
import { reveal } from "#bot/messages/plain.ts";
import { startHttpServer } from "#web/http-server.ts";
import { createSecretRedactor } from "#adapters/redaction/secret-redactor.ts";
import { createMemorySecretBox } from "#test/fakes/memory-secret-box.ts";
import { createTestDatabase } from "#test/servers/postgres.ts";
import { aGroup, aPolicy } from "./a-policy.ts";
import { HURRIED, PATIENT_TRIGGERS_MS } from "./hurried.ts";
import { toyOperations } from "./toy-operations.ts";
import type { ToyCalls } from "./toy-operations.ts";

export type BotWorkspace = Awaited<ReturnType<typeof openBotWorkspace>>;

/** Puts something of a test between the parts and what they stand on. */
type Around = {
  readonly database?: (opened: Database) => Database;
  readonly dispatcher?: (opened: Dispatcher) => Dispatcher;
};

/** @param mode how the app connects to the playground. */
export async function openBotWorkspace(
  mode: "http" | "socket" = "http",
  worker = true,
  {
    policy = playgroundPolicy(),
    clock = systemClock,
    around = {},
  }: { policy?: Policy; clock?: Clock; around?: Around } = {},
) {
  const cleanups: (() => Promise<void>)[] = [];
  const testDatabase = await createTestDatabase();
  cleanups.push(() => testDatabase.drop());
  const opened = await openDatabase({ databaseUrl: testDatabase.url, dataDirectory: "" });
  cleanups.push(() => opened.close());
  const database = around.database?.(opened) ?? opened;
  const seed = {
    ...defaultSeed,
    app: {
      ...defaultSeed.app,
      messageShortcuts: [{ callbackId: "plan_from_message", name: "Plan from this message" }],
    },
  };
  const playground = await startPlayground({ seed, triggerLifetimeMs: PATIENT_TRIGGERS_MS });
  cleanups.push(() => playground.close());
  const problems: unknown[] = [];
  const report = (error: unknown) => problems.push(error);
  const inner = createInProcessDispatcher({ onError: report });
  cleanups.push(() => inner.close());
  const dispatcher = around.dispatcher?.(inner) ?? inner;
  const log = quietLog(problems);
  const { credentials } = playground;
  const connection = {
    botToken: credentials.botToken,
    signingSecret: credentials.signingSecret,
    appToken: mode === "socket" ? credentials.appToken : null,
    apiUrl: playground.apiUrl,
  };
  const slack = await connectSlack({ connection, clock, log });
  const address = Promise.withResolvers<string>();
  const gates = new Map<string, PromiseWithResolvers<void>>();
  const calls: ToyCalls = { runs: [], previews: [] };
  const ring = (bell: Parameters<Dispatcher["ring"]>[0], id: string) => {
    dispatcher.ring(bell, id).catch(report);
  };
  const ports: BotPorts = {
    plans: createPlanStore(database, ring),
    runs: createRunStore(database, ring, { trustsClocks: true }),
    checkpoints: createCheckpointStore(database),
    delegations: createDelegationStore(database),
    reminders: createReminderStore(database),
    stepUps: createStepUpStore(database, ring),
    inbox: createInbox(database),
    outbox: createOutbox(database, ring),
    audit: createAuditLog(database),
    breakers: createBreakerStore(database),
    timings: createTimingStore(database),
    publicUrl: () => address.promise,
    directory: {
      ...createSlackDirectory({ client: slack.client, teamId: slack.identity.teamId, clock }),
      onCall: async () => [],
    },
    calendar: cronCalendar,
    registry: createRegistry([...toyOperations(calls), chatter, vanish, holdOn(gates)]),
    policy,
    playbooks: [],
    secrets: createMemorySecretBox(),
    redactor: createSecretRedactor([]),
    clock,
    ids: randomIds,
    sha256,
    dispatcher,
  };
  const sender = createMessageSender({ slack, ports, log, owner: "sender-1", pace: HURRIED });
  await sender.start();
  cleanups.push(() => sender.stop(2_000));
  const app = createSlackApp({ slack, ports, log });
  const pages = createStepUpPages({
    ports: {
      ...ports,
      passkeyCheck: createWebauthn({ origin: () => address.promise, report: () => undefined }),
      slackSignIn: createSlackSignIn({ ...credentials, ...connection, clock, report }),
    },
    teamId: slack.identity.teamId,
    publicUrl: () => address.promise,
    reveal,
    count: () => undefined,
  });
  const server = await startHttpServer({
    host: "127.0.0.1",
    port: 0,
    routes: { "/slack/events": app.handler, [STEP_UP_PATH]: pages },
    onError: report,
  });
  address.resolve(`http://localhost:${server.port}`);
  cleanups.push(() => server.close(1_000));
  playground.setRequestUrl(`${server.url}/slack/events`);
  await app.start();
  cleanups.push(() => app.stop(2_000));
  if (worker) {
    const runWorker = createRunWorker(
      {
        ...ports,
        random: () => 0.5,
        checkStart: (header, when) => checkStart(ports, header, when),
        keepState: (header, about) => keepState(ports, header, about),
        breakerBoard: new BreakerBoard({
          store: ports.breakers,
          clock,
          policy: ports.policy.breaker,
          report,
        }),
        timings: new Timings({ store: ports.timings, clock, report }),
        decideApproval: (header, step, approval) =>
          decideStepApproval(ports, header, step, approval),
        report,
      },
      { ...DEFAULT_WORKER, owner: "worker-1" },
    );
    await runWorker.start();
    cleanups.push(() => runWorker.stop(2_000));
  }
  return {
    /** For looking at, never for changing what the bot decides. */
    databaseUrl: testDatabase.url,
    playground,
    /** Where its pages are, as a browser has it. */
    pagesUrl: `http://localhost:${server.port}`,
    ports,
    app,
    sender,
    slack,
    log,
    calls,
    problems,
    /** Lets every `toy.hold` of this name that has begun come to its end. */
    letGo: (name: string) => gates.get(name)?.resolve(),
    close: async () => {
      for (const cleanup of cleanups.toReversed()) await cleanup();
    },
  };
}

/** `sre` (Ann and Bob) approve, `developers` (Rita and Dev) ask, in the playground's channels. */
export function playgroundPolicy(): Policy {
  const policy = aPolicy({ teamId: null, channels: ["C0PRODUCTION", "C0PARTNER"] });
  return {
    ...policy,
    breakGlass: {
      groups: ["sre"],
      users: [],
      environments: ["production"],
      withoutPasskey: false,
      reviewWithinMs: 86_400_000,
    },
    groups: {
      sre: aGroup("sre", { slackGroupIds: ["S0SRE"] }),
      developers: aGroup("developers", { slackGroupIds: ["S0DEVELOPERS"] }),
    },
  };
}

function quietLog(problems: unknown[]): Log {
  const nothing = () => undefined;
  return {
    debug: nothing,
    info: nothing,
    warn: nothing,
    error: (...parts: unknown[]) => problems.push(parts),
  };
}

const talk = {
  input: z.strictObject({ name: z.string() }),
  result: z.json(),
  example: { name: "web-1" },
  worstRisk: "read-only",
  risk: () => "read-only" as const,
  defaultTimeoutMs: 30_000,
  locks: () => [],
  describeUndo: () => null,
} as const;

/** Says more than a message shows. */
const chatter = eraseOperation({
  ...talk,
  name: "toy.chatter",
  summary: "Talk a lot.",
  effect: () => "idempotent" as const,
  describe: ({ name }) => `Talk about ${name}.`,
  run: async ({ name }, { output }) => {
    for (let line = 1; line <= 200; line += 1) output(`${name} line ${line}\n`);
    return { name };
  },
});

/** Nobody knows whether it happened. */
const vanish = eraseOperation({
  ...talk,
  name: "toy.vanish",
  summary: "Send something off and hear nothing.",
  effect: () => "once" as const,
  describe: ({ name }) => `Send ${name} off.`,
  run: async ({ name }) => {
    throw new OutcomeUnknown({ category: "timeout", message: `No answer about ${name}.` });
  },
});

/** Has something to itself until the test lets go. */
function holdOn(gates: Map<string, PromiseWithResolvers<void>>) {
  return eraseOperation({
    ...talk,
    name: "toy.hold",
    summary: "Hold on to something.",
    effect: () => "idempotent" as const,
    locks: ({ name }) => [`toy:${name}`],
    describe: ({ name }) => `Hold ${name}.`,
    run: async ({ name }) => {
      const gate = Promise.withResolvers<void>();
      gates.set(name, gate);
      await gate.promise;
      return { name };
    },
  });
}
