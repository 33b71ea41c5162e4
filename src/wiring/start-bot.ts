// Starts the half that speaks: the sender, the Slack app, the pages of step-up and the bot's chores, each ended with
// the process. Serves nothing itself.

import { expirePlans } from "#engine/expire-plans.ts";
import { remindReviews } from "#engine/review-glass.ts";
import type { SealedStore } from "#engine/secret-box.ts";
import { LOOK_AT_REACH_EVERY_MS, watchReach } from "#engine/watch-reach.ts";
import type { BotPorts, Slack } from "#bot/bot-ports.ts";
import { createMessageSender } from "#bot/outbound/message-sender.ts";
import type { Pace } from "#bot/outbound/pacer.ts";
import { createSlackApp } from "#bot/slack-app.ts";
import type { ReadinessCheck } from "#web/health.ts";
import type { Handler } from "#web/http-server.ts";
import { STEP_UP_PATH } from "#web/step-up/step-up-pages.ts";
import type { SignInConfig } from "../config/environment-variables.ts";
import { checkGroups } from "./check-groups.ts";
import { STOP_GRACE_MS } from "./lifetimes.ts";
import { openStepUp } from "./open-step-up.ts";
import type { StepUpAddress } from "./open-step-up.ts";
import type { Oversight } from "./oversight.ts";
import { repeat } from "./repeat.ts";

type BotParts = {
  readonly slack: Slack;
  readonly sealed: SealedStore;
  readonly signIn: SignInConfig | null;
  readonly address: StepUpAddress;
  readonly pace: Pace;
  readonly owner: string;
};

type StartedBot = {
  readonly mode: "http" | "socket";
  readonly routes: Readonly<Record<string, Handler>>;
  readonly checks: Readonly<Record<string, ReadinessCheck>>;
};

const SWEEP_EVERY_MS = 5_000;
/** What came of a link can be looked at for a while after it is over. */
const STEP_UPS_KEPT_MS = 3_600_000;

export async function startBot(
  ports: BotPorts,
  parts: BotParts,
  { log, metrics, defect, lifetimes }: Oversight,
): Promise<StartedBot> {
  const { slack, owner, address } = parts;
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
  const stepUp = openStepUp({
    ports,
    teamId: slack.identity.teamId,
    signIn: parts.signIn,
    apiUrl: slack.connection.apiUrl,
    address,
    log,
    count: metrics.stepUp,
  });
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
  return {
    mode: app.mode,
    routes: {
      "/slack/events": app.handler,
      ...(stepUp !== null && { [STEP_UP_PATH]: stepUp }),
    },
    checks: { slack: async () => app.problem() },
  };
}
