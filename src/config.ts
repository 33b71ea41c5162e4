// The only reader of the process's environment: environment and countersign.yml become one Config, or an
// error that names the place, what was found and what was expected.

import { dirname, resolve } from "node:path";
import type { Policy } from "#engine/policy.ts";
import { sha256 } from "#adapters/system/sha256.ts";
import type { ConfigFile } from "./config/config-file.ts";
import { signInOf, slackOf, variablesOf } from "./config/environment-variables.ts";
import type {
  Environment,
  SignInConfig,
  SlackConfig,
  Variables,
} from "./config/environment-variables.ts";
import { credentialsOf, knownSecrets } from "./config/known-secrets.ts";
import { policyOf } from "./config/policy-of.ts";
import { readConfigFile } from "./config/read-config-file.ts";

export type Config = {
  /** Null: no tokens given, so the playground is Slack. */
  readonly slack: SlackConfig | null;
  /** Null: the embedded Postgres under `dataDirectory`. */
  readonly databaseUrl: string | null;
  /** Null: the in-process dispatcher. */
  readonly redisUrl: string | null;
  readonly host: string;
  readonly port: number;
  /** Where browsers reach our pages, without a slash at its end; null: not configured. */
  readonly publicUrl: string | null;
  /** Null: nobody can sign in with Slack. */
  readonly signIn: SignInConfig | null;
  readonly logLevel: NonNullable<Variables["LOG_LEVEL"]>;
  readonly dataDirectory: string;
  /** Where countersign.yml was read from. */
  readonly file: string;
  readonly playbooksDirectory: string;
  readonly policy: Policy;
  readonly settings: ConfigFile;
  /** Values of the environment variables that the file names for credentials, by variable name. */
  readonly credentials: Readonly<Record<string, string>>;
  /** 32 bytes that seal secret answers, from the environment; null: none given. */
  readonly secretKey: Buffer | null;
  /** Values that must never be shown: tokens, the database's password, every credential. */
  readonly secrets: readonly string[];
  /** Environment variables that programs may be given, by name: read when a program starts. */
  readonly environmentOf: (names: readonly string[]) => Readonly<Record<string, string>>;
};

/** What a caller may set in place of the environment: the playground has its own file and Slack. */
export type ConfigOverrides = {
  readonly configFile?: string;
  readonly host?: string;
  readonly port?: number;
  readonly dataDirectory?: string;
  /** Used when the environment sets no LOG_LEVEL. */
  readonly quiet?: boolean;
};

/** @throws {ConfigError} */
export function loadConfig(
  overrides: ConfigOverrides = {},
  environment: Environment = process.env,
): Config {
  const variables = variablesOf(environment);
  const slack = slackOf(variables);
  const signIn = signInOf(variables);
  const file = resolve(overrides.configFile ?? variables.COUNTERSIGN_CONFIG);
  const settings = readConfigFile(file);
  const credentials = credentialsOf(settings, environment, file);
  return {
    slack,
    databaseUrl: variables.DATABASE_URL ?? null,
    redisUrl: variables.REDIS_URL ?? null,
    host: overrides.host ?? variables.HOST,
    port: overrides.port ?? variables.PORT,
    publicUrl: settings.public_url ?? null,
    signIn,
    logLevel: variables.LOG_LEVEL ?? (overrides.quiet === true ? "warn" : "info"),
    dataDirectory: resolve(overrides.dataDirectory ?? variables.COUNTERSIGN_DATA),
    file,
    playbooksDirectory: resolve(dirname(file), settings.playbooks),
    policy: policyOf(settings, sha256, readable(settings.expressions.env, environment)),
    settings,
    credentials,
    secretKey: variables.COUNTERSIGN_SECRET_KEY ?? null,
    secrets: [...Object.values(credentials), ...knownSecrets(environment, variables, settings)],
    environmentOf: (names) => readable(names, environment),
  };
}

/** Whether the environment names a Slack workspace; without one, `start` brings its own. */
export function hasSlack(environment: Environment = process.env): boolean {
  return (
    (environment["SLACK_BOT_TOKEN"] ?? "") !== "" || (environment["SLACK_APP_TOKEN"] ?? "") !== ""
  );
}

/** The configuration file that the environment names. The playground has its own where none is named. */
export function configFileNamed(environment: Environment = process.env): string | null {
  return environment["COUNTERSIGN_CONFIG"] ?? null;
}

/** Those of the named variables that are set. */
function readable(
  names: readonly string[],
  environment: Environment,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = environment[name];
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}
