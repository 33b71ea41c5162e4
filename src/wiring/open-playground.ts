// The playground: a local Slack, an imaginary fleet, and, for `start`, the whole program connected to them.

import { fileURLToPath } from "node:url";
import { join } from "node:path";
import {
  PLAYGROUND_LOAD_BALANCER_PORT,
  startInfrastructure,
} from "#playground/infrastructure/start-infrastructure.ts";
import type { Infrastructure } from "#playground/infrastructure/start-infrastructure.ts";
import { startPlayground } from "#playground/server.ts";
import type { Playground } from "#playground/server.ts";
import { configFileNamed, loadConfig } from "../config.ts";
import type { Config, ConfigOverrides } from "../config.ts";
import { Lifetimes } from "./lifetimes.ts";
import { openProgram } from "./open-program.ts";
import type { Program } from "./open-program.ts";

const OWN_CONFIG = fileURLToPath(new URL("../playground/countersign.yml", import.meta.url));

/** Where people find it. Taken ports are passed over for free ones. */
const PORTS = { page: 4000, loadBalancer: PLAYGROUND_LOAD_BALANCER_PORT, ec2: 4002 } as const;

export type OpenedPlayground = {
  readonly playground: Playground;
  readonly infrastructure: Infrastructure;
  readonly close: () => Promise<void>;
};

export type PlaygroundProgram = {
  readonly playground: Playground;
  readonly infrastructure: Infrastructure;
  readonly program: Program;
  readonly config: Config;
  readonly stop: () => Promise<void>;
};

/** The local Slack and the fleet alone, for a bot that is started elsewhere. */
export async function openPlayground(
  overrides: ConfigOverrides & { readonly anyPort?: boolean; readonly saved?: boolean },
): Promise<OpenedPlayground> {
  const lifetimes = new Lifetimes();
  const config = playgroundConfig(overrides);
  const infrastructure = await onPort(
    overrides.anyPort === true ? 0 : PORTS.loadBalancer,
    (loadBalancerPort) =>
      onPort(overrides.anyPort === true ? 0 : PORTS.ec2, (ec2Port) =>
        startInfrastructure({ loadBalancerPort, ec2Port }),
      ),
  );
  lifetimes.add("infrastructure", infrastructure.close);
  try {
    const playground = await onPort(overrides.anyPort === true ? 0 : PORTS.page, (port) =>
      startPlayground({
        port,
        requestUrl: `http://127.0.0.1:${config.port}/slack/events`,
        tips: tipsFor(infrastructure),
        ...(overrides.saved !== false && { file: join(config.dataDirectory, "playground.json") }),
      }),
    );
    lifetimes.add("playground", () => playground.close());
    return { playground, infrastructure, close: () => lifetimes.end() };
  } catch (error) {
    await lifetimes.end();
    throw error;
  }
}

/** Everything in this process. */
export async function openPlaygroundProgram(
  overrides: ConfigOverrides & { readonly anyPort?: boolean; readonly saved?: boolean },
): Promise<PlaygroundProgram> {
  const config = playgroundConfig(overrides);
  const opened = await openPlayground(overrides);
  const { playground, infrastructure } = opened;
  try {
    const { botToken, signingSecret, clientId, clientSecret } = playground.credentials;
    const program = await onPort(config.port, (port) =>
      openProgram({
        config: {
          ...config,
          port,
          signIn: { clientId, clientSecret },
          secrets: [...config.secrets, botToken, signingSecret, clientSecret],
        },
        localPages: true,
        connection: { botToken, signingSecret, appToken: null, apiUrl: playground.apiUrl },
        halves: ["bot", "worker"],
        targets: { imaginaryEc2Url: infrastructure.ec2Url },
      }),
    );
    playground.setRequestUrl(`${program.url}/slack/events`);
    const stop = async (): Promise<void> => {
      await program.stop();
      await opened.close();
    };
    return { playground, infrastructure, program, config, stop };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

export function playgroundBanner({ playground, program, config }: PlaygroundProgram): string {
  return [
    "",
    `  Countersign is running in its playground: ${playground.url}`,
    "",
    "  Open it and type, as Rita, in #ops-production:",
    "    /ops help                      what you may do",
    "    /ops run restart-fleet         a change that needs a second signature",
    '  then switch to Ann or Bob with "You are" and approve it.',
    "",
    `  Data: ${config.dataDirectory}   Health: ${program.url}/readyz   Stop: Ctrl-C`,
    "",
  ].join("\n");
}

function tipsFor({ loadBalancerUrl }: Infrastructure) {
  const balancer = loadBalancerUrl.endsWith(`:${PLAYGROUND_LOAD_BALANCER_PORT}`)
    ? ""
    : ` load_balancer=${loadBalancerUrl}`;
  return [
    { label: "See what you may do", text: "/ops help" },
    {
      label: "Look at the fleet: reading needs nobody's approval",
      text: "/ops ec2.describe_instances region=eu-west-1",
    },
    { label: "Restart the fleet: one approval", text: "/ops run restart-fleet" },
    {
      label: "Restart the hosts behind the load balancer",
      text: `/ops run rotate-hosts${balancer}`,
    },
    {
      label: "Terminate a batch machine: two clauses of a policy, from different people",
      text: "/ops ec2.terminate_instances region=eu-west-1 instance_ids=i-0b0b000000000001",
    },
    {
      label: "Tag the fleet: approved beforehand by a standing approval",
      text: '/ops ec2.create_tags region=eu-west-1 resource_ids=i-0a11ce0000000001 tags={"stage":"canary"}',
    },
    {
      label: "In #ops-staging: frozen in the first three minutes of each quarter of an hour",
      text: "/ops ec2.reboot_instances environment=staging region=eu-west-1 instance_ids=i-0a11ce0000000002",
    },
    {
      label: "Terminate a host of the API: one approval, signed with a passkey",
      text: "/ops ec2.terminate_instances region=eu-west-1 instance_ids=i-0a11ce0000000003",
    },
    {
      label: "See what a change would do first",
      text: "/ops dry-run ec2.stop_instances region=eu-west-1 instance_ids=i-0a11ce0000000001",
    },
  ];
}

function playgroundConfig(overrides: ConfigOverrides): Config {
  const configFile = overrides.configFile ?? configFileNamed() ?? OWN_CONFIG;
  // In a terminal that a person reads, a line for each start and stop would only be in the way.
  return loadConfig({ quiet: true, ...overrides, configFile });
}

/** Starts on the port, or on any free one when it is taken. */
async function onPort<T>(port: number, start: (port: number) => Promise<T>): Promise<T> {
  try {
    return await start(port);
  } catch (error) {
    if (port === 0 || !isPortTaken(error)) throw error;
    return start(0);
  }
}

function isPortTaken(error: unknown): boolean {
  return (
    error instanceof Error &&
    (("code" in error && error.code === "EADDRINUSE") ||
      (error.cause !== undefined && isPortTaken(error.cause)))
  );
}
