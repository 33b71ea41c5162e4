// What both halves of the program work with, opened and put together: storage, secrets, operations, Slack, and the
// stores that mask and count. Starts no work.

import type { Logger } from "pino";
import { redactedStores } from "#engine/redacted-stores.ts";
import type { Clock } from "#engine/time.ts";
import { cronCalendar } from "#adapters/calendar/cron-calendar.ts";
import { waysToRewrite } from "#adapters/postgres/log-rewriters.ts";
import type { SecretRedactor } from "#adapters/redaction/secret-redactor.ts";
import { createSecretBox } from "#adapters/sealed-answers/secret-box.ts";
import { createSlackDirectory } from "#adapters/slack-directory/slack-directory.ts";
import { randomIds } from "#adapters/system/random-ids.ts";
import { sha256 } from "#adapters/system/sha256.ts";
import { systemClock } from "#adapters/system/system-clock.ts";
import type { BotPorts, Slack, SlackConnection } from "#bot/bot-ports.ts";
import { connectSlack } from "#bot/connect-slack.ts";
import type { Config } from "../config.ts";
import { ConfigError } from "../config/config-error.ts";
import { countedPlans, countedRuns } from "./counted-stores.ts";
import { openOnCall } from "./open-on-call.ts";
import { openOperations } from "./open-operations.ts";
import { openPlaybooks } from "./open-playbooks.ts";
import type { OperationTargets } from "./open-operations.ts";
import { openSecrets } from "./open-secrets.ts";
import { openStorage } from "./open-storage.ts";
import type { Storage } from "./open-storage.ts";
import type { Oversight } from "./oversight.ts";
import { secretKeyOf } from "./secret-key.ts";

type OpenedPorts = {
  readonly ports: BotPorts;
  readonly storage: Storage;
  readonly slack: Slack;
};

/** @throws {ConfigError} and what the parts throw; what was opened by then ends with `lifetimes`. */
export async function openPorts(
  config: Config,
  given: {
    readonly connection: SlackConnection;
    readonly targets: OperationTargets | undefined;
    readonly clock: Clock;
    readonly redactor: SecretRedactor;
    readonly publicUrl: BotPorts["publicUrl"];
  },
  { log, metrics, defect, lifetimes }: Oversight,
): Promise<OpenedPorts> {
  const { connection, targets, clock, redactor, publicUrl } = given;
  const playbooks = openPlaybooks(config);
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
  const slack = await connectSlack({
    connection,
    clock,
    log,
    mask: (text) => redactor.certain(text),
  });
  const stores = redactedStores(storage, redactor);
  const ports: BotPorts = {
    ...storage,
    ...stores,
    runs: countedRuns(stores.runs, metrics),
    plans: countedPlans(stores.plans, metrics),
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
    publicUrl,
  };
  refuseOtherWorkspace(config, slack);
  return { ports, storage, slack };
}

async function warnOfRewriting({ database }: Storage, log: Logger): Promise<void> {
  const { role, ways } = await waysToRewrite(database);
  if (ways.length === 0) return;
  log.warn(
    { role, ways },
    "this database role could rewrite the audit log: make one that can't with `countersign migrate --app-role NAME` and name it in DATABASE_URL",
  );
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
