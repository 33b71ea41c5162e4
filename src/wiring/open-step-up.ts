// Step-up in one process: refused at start where it is asked for and can't be had; else its pages and their address.

import type { Logger } from "pino";
import type { BotPorts } from "#bot/bot-ports.ts";
import { reveal } from "#bot/messages/plain.ts";
import { createWebauthn } from "#adapters/passkeys/webauthn.ts";
import { apiProblem, createSlackSignIn } from "#adapters/slack-sign-in/slack-sign-in.ts";
import { createStepUpPages } from "#web/step-up/step-up-pages.ts";
import type { Handler } from "#web/http-server.ts";
import { RISKS } from "#engine/risk.ts";
import { pathText } from "#engine/zod-problems.ts";
import type { Config } from "../config.ts";
import type { SignInConfig } from "../config/environment-variables.ts";
import { ConfigError } from "../config/config-error.ts";

/** Where the pages of step-up are, once they are served. */
export type StepUpAddress = {
  /** Whether pages are to be served at all. */
  readonly wanted: boolean;
  /** Null: there are none. */
  readonly publicUrl: () => Promise<string | null>;
  /** Told the port when the server listens, and null when it never will. */
  readonly served: (port: number | null) => void;
};

/** @param local the pages are for browsers of this machine alone, at whatever port the server gets. */
export function stepUpAddress(config: Config, local: boolean): StepUpAddress {
  if (!local) {
    const known = config.signIn === null ? null : config.publicUrl;
    return { wanted: known !== null, publicUrl: async () => known, served: () => undefined };
  }
  const { promise, resolve } = Promise.withResolvers<string | null>();
  // A passkey belongs to a host name: 127.0.0.1 is none.
  const served = (port: number | null) =>
    resolve(port === null ? null : `http://localhost:${port}`);
  return { wanted: config.signIn !== null, publicUrl: () => promise, served };
}

/** @throws {ConfigError} naming the first policy that asks for a passkey, and what is missing for it. */
export function requireStepUp(config: Config, local: boolean): void {
  const asking = placesAsking(config);
  const [path] = asking;
  if (path === undefined || local) return;
  const refused = (expected: string): ConfigError =>
    new ConfigError(config.file, [{ path, found: "webauthn", expected }]);
  if (config.publicUrl === null)
    throw refused(
      "a public_url in this file too: approvers open the page for their passkey there, and without one nobody could approve",
    );
  if (config.signIn === null)
    throw refused(
      "SLACK_CLIENT_ID and SLACK_CLIENT_SECRET in the environment too: the page asks Slack who opened it",
    );
}

function placesAsking({ settings }: Config): readonly string[] {
  const policies = settings.policies.flatMap(({ step_up: asks }, index) =>
    asks === undefined ? [] : [pathText(["policies", index, "step_up"])],
  );
  const environments = Object.entries(settings.environments).flatMap(([name, { approval }]) =>
    RISKS.filter((risk) => approval[risk]?.step_up !== undefined).map((risk) =>
      pathText(["environments", name, "approval", risk, "step_up"]),
    ),
  );
  return [...policies, ...environments];
}

/** Null: there are no pages. @throws {ConfigError} where Slack would be asked without TLS. */
export function openStepUp(given: {
  readonly ports: BotPorts;
  readonly teamId: string;
  readonly signIn: SignInConfig | null;
  readonly apiUrl: string | null;
  readonly address: StepUpAddress;
  readonly log: Logger;
  readonly count: (outcome: string) => void;
}): Handler | null {
  const { ports, teamId, signIn, apiUrl, address, log, count } = given;
  if (signIn === null || !address.wanted) return null;
  const problem = apiProblem(apiUrl);
  if (problem !== null) throw new ConfigError("The environment", [problem]);
  const publicUrl = async (): Promise<string> => {
    const url = await address.publicUrl();
    if (url === null) throw new Error("the pages of step-up are served, and have no address");
    return url;
  };
  const report = (what: string) => (reason: unknown) => log.warn({ reason: String(reason) }, what);
  return createStepUpPages({
    ports: {
      ...ports,
      passkeyCheck: createWebauthn({ origin: publicUrl, report: report("a passkey was refused") }),
      slackSignIn: createSlackSignIn({
        ...signIn,
        apiUrl,
        clock: ports.clock,
        report: report("Slack could not be asked who signed in"),
      }),
    },
    teamId,
    publicUrl,
    reveal,
    count,
  });
}
