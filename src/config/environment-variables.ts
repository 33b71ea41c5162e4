// What each environment variable of ours may hold, and what they say together. Reads no environment: it is given one.

import { z } from "zod";
import type { Problem } from "#engine/plan.ts";
import { problemsOfZodError } from "#engine/zod-problems.ts";
import { parseKey } from "#adapters/sealed-answers/key-file.ts";
import { ConfigError } from "./config-error.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

export type SlackConfig = {
  readonly botToken: string;
  readonly signingSecret: string;
  /** Present: Socket Mode. */
  readonly appToken: string | null;
  /** Another Slack Web API base; null: Slack's own. */
  readonly apiUrl: string | null;
};

/** The Slack app as people sign in through it. */
export type SignInConfig = { readonly clientId: string; readonly clientSecret: string };

const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;

const text = z.string().min(1);
const variablesSchema = z.object({
  SLACK_BOT_TOKEN: text.startsWith("xoxb-", "a bot token, which starts with xoxb-").optional(),
  SLACK_SIGNING_SECRET: text.optional(),
  SLACK_APP_TOKEN: text
    .startsWith("xapp-", "an app-level token, which starts with xapp-")
    .optional(),
  /** Of the app, under "Basic Information"; for "Sign in with Slack". */
  SLACK_CLIENT_ID: text
    .regex(/^[\d.]+$/, "the app's client id, such as 1234567890.1234567890")
    .optional(),
  SLACK_CLIENT_SECRET: text.optional(),
  SLACK_API_URL: z.url("a URL such as https://slack.com/api/").optional(),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, "a URL such as postgres://user@host:5432/name")
    .optional(),
  REDIS_URL: z
    .string()
    .regex(/^rediss?:\/\//, "a URL such as redis://host:6379")
    .optional(),
  HOST: text.default("127.0.0.1"),
  PORT: z.coerce.number("a port number from 0 to 65535").int().min(0).max(65535).default(3000),
  COUNTERSIGN_CONFIG: text.default("./countersign.yml"),
  COUNTERSIGN_DATA: text.default("./.countersign"),
  COUNTERSIGN_SECRET_KEY: z
    .string()
    .transform((given, context) => {
      const key = parseKey(given);
      if (key !== null) return key;
      context.addIssue({
        code: "custom",
        message: "32 random bytes in base 64, as openssl rand -base64 32 prints them",
      });
      return z.NEVER;
    })
    .optional(),
  LOG_LEVEL: z.enum(LOG_LEVELS).optional(),
});

export type Variables = z.infer<typeof variablesSchema>;

/** @throws {ConfigError} */
export function variablesOf(environment: Environment): Variables {
  const parsed = variablesSchema.safeParse(withoutBlanks(environment));
  if (parsed.success) return parsed.data;
  throw new ConfigError(
    "The environment",
    secretless(problemsOfZodError(parsed.error, environment)),
  );
}

/** @throws {ConfigError} */
export function slackOf(variables: Variables): SlackConfig | null {
  const {
    SLACK_BOT_TOKEN: botToken,
    SLACK_SIGNING_SECRET: signingSecret,
    SLACK_APP_TOKEN: appToken,
  } = variables;
  if (botToken === undefined && appToken === undefined) return null;
  const missing = (path: string, why: string): ConfigError =>
    new ConfigError("The environment", [{ path, found: "nothing", expected: why }]);
  if (botToken === undefined)
    throw missing("SLACK_BOT_TOKEN", "the bot token of the Slack app (xoxb-...)");
  if (appToken === undefined && signingSecret === undefined) {
    throw missing(
      "SLACK_SIGNING_SECRET",
      "the app's signing secret (HTTP), or SLACK_APP_TOKEN (Socket Mode)",
    );
  }
  return {
    botToken,
    signingSecret: signingSecret ?? "",
    appToken: appToken ?? null,
    apiUrl: variables.SLACK_API_URL ?? null,
  };
}

/** @throws {ConfigError} */
export function signInOf(variables: Variables): SignInConfig | null {
  const { SLACK_CLIENT_ID: clientId, SLACK_CLIENT_SECRET: clientSecret } = variables;
  if (clientId !== undefined && clientSecret !== undefined) return { clientId, clientSecret };
  if (clientId === undefined && clientSecret === undefined) return null;
  const path = clientId === undefined ? "SLACK_CLIENT_ID" : "SLACK_CLIENT_SECRET";
  throw new ConfigError("The environment", [
    { path, found: "nothing", expected: "both the id and the secret of the Slack app, or neither" },
  ]);
}

/** An empty variable counts as absent, as compose files write them. */
function withoutBlanks(environment: Environment): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ""));
}

/** A mistaken variable may hold a secret: its value is not repeated. */
function secretless(problems: readonly Problem[]): readonly Problem[] {
  return problems.map((problem) => ({ ...problem, found: "something else" }));
}
