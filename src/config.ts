// The only reader of the process's environment: environment and countersign.yml become one Config, or an
// error that names the place, what was found and what was expected.

import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { z } from "zod";
import { nearestName } from "#engine/nearest-name.ts";
import type { Problem } from "#engine/plan.ts";
import type { Policy } from "#engine/policy.ts";
import { namesSecret } from "#engine/secret-shapes.ts";
import { parseKey } from "#adapters/sealed-answers/key-file.ts";
import { sha256 } from "#adapters/system/sha256.ts";
import { readYaml } from "#yaml/read-yaml.ts";
import { configFileSchema, knownKeys } from "./config-file.ts";
import type { ConfigFile } from "./config-file.ts";
import { crossReferences } from "./config-references.ts";
import { policyOf } from "./config-policy.ts";
import { pathText, problemsOfZodError } from "#engine/zod-problems.ts";

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
  readonly logLevel: (typeof LOG_LEVELS)[number];
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

const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
type Environment = Readonly<Record<string, string | undefined>>;

/** Bad configuration: the program ends with exit code 2 and prints `message`. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly Problem[];
  constructor(source: string, problems: readonly Problem[]) {
    const lines = problems.map(
      (problem) =>
        `  ${problem.path === "" ? "(whole file)" : problem.path}: found ${problem.found}, expected ${problem.expected}` +
        (problem.nearest === undefined ? "" : `. Did you mean ${problem.nearest}?`),
    );
    super(`${source} is not usable:\n${lines.join("\n")}`);
    this.problems = problems;
  }
}

const text = z.string().min(1);
const environmentSchema = z.object({
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
  const parsed = environmentSchema.safeParse(withoutBlanks(environment));
  if (!parsed.success)
    throw new ConfigError(
      "The environment",
      secretless(problemsOfZodError(parsed.error, environment)),
    );
  const variables = parsed.data;
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
    secrets: [
      ...(environment["COUNTERSIGN_SECRET_KEY"] === undefined
        ? []
        : [environment["COUNTERSIGN_SECRET_KEY"]]),
      ...Object.values(credentials),
      ...secretsIn(environment),
      ...Object.values(settings.secrets).flatMap(({ env }) =>
        env === undefined ? [] : (environment[env] ?? []),
      ),
      ...[slack?.botToken, slack?.signingSecret, slack?.appToken, signIn?.clientSecret].filter(
        (value) => typeof value === "string",
      ),
      ...[variables.DATABASE_URL, variables.REDIS_URL].flatMap(passwordOf),
    ],
    environmentOf: (names) =>
      Object.fromEntries(
        names.flatMap((name) =>
          environment[name] === undefined ? [] : [[name, environment[name]]],
        ),
      ),
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

function slackOf(variables: z.infer<typeof environmentSchema>): SlackConfig | null {
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

function signInOf(variables: z.infer<typeof environmentSchema>): SignInConfig | null {
  const { SLACK_CLIENT_ID: clientId, SLACK_CLIENT_SECRET: clientSecret } = variables;
  if (clientId !== undefined && clientSecret !== undefined) return { clientId, clientSecret };
  if (clientId === undefined && clientSecret === undefined) return null;
  const path = clientId === undefined ? "SLACK_CLIENT_ID" : "SLACK_CLIENT_SECRET";
  throw new ConfigError("The environment", [
    { path, found: "nothing", expected: "both the id and the secret of the Slack app, or neither" },
  ]);
}

function readConfigFile(file: string): ConfigFile {
  let content: string;
  try {
    content = readFileSync(file, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new ConfigError(file, [
      {
        path: "",
        found: code === "ENOENT" ? "no such file" : code,
        expected:
          "a configuration: copy countersign.example.yml, or name another in COUNTERSIGN_CONFIG",
      },
    ]);
  }
  return parseConfig(file, content);
}

/** @throws {ConfigError} naming the file and each wrong place in it. */
export function parseConfig(file: string, content: string): ConfigFile {
  const document = readYaml(content);
  if (!document.ok) throw new ConfigError(file, document.refusal);
  const parsed = configFileSchema.safeParse(document.value);
  if (!parsed.success) {
    throw new ConfigError(file, problemsOfZodError(parsed.error, document.value, knownKeys));
  }
  const unresolved = crossReferences(parsed.data);
  if (unresolved.length > 0) {
    throw new ConfigError(
      file,
      unresolved.map(({ path, found, known, expected }) => {
        const nearest = nearestName(found, known);
        return {
          path: pathText(path),
          found,
          expected:
            expected ??
            (known.length === 0
              ? "a name defined in this file (there is none)"
              : `one of ${known.join(", ")}`),
          ...(nearest !== null && { nearest }),
        };
      }),
    );
  }
  if (Object.keys(parsed.data.environments).length === 0) {
    throw new ConfigError(file, [
      { path: "environments", found: "none", expected: "at least one environment" },
    ]);
  }
  return parsed.data;
}

function credentialsOf(
  settings: ConfigFile,
  environment: Environment,
  file: string,
): Record<string, string> {
  const credentials: Record<string, string> = {};
  const missing: Problem[] = [];
  const read = (path: string, headers: Readonly<Record<string, string>>): void => {
    for (const [header, variable] of Object.entries(headers)) {
      const value = environment[variable];
      if (value === undefined || value === "") {
        missing.push({
          path: `${path}.headers_from_env.${header}`,
          found: `${variable}, which is not set`,
          expected: "the name of an environment variable that holds the header's value",
        });
      } else credentials[variable] = value;
    }
  };
  for (const [name, profile] of Object.entries(settings.profiles))
    if (profile.type === "http") read(`profiles.${name}`, profile.headers_from_env);
  for (const [name, { on_call: onCall }] of Object.entries(settings.groups))
    if (onCall !== undefined) read(`groups.${name}.on_call`, onCall.headers_from_env);
  if (missing.length > 0) throw new ConfigError(file, missing);
  return credentials;
}

function passwordOf(url: string | undefined): readonly string[] {
  if (url === undefined) return [];
  const { password } = new URL(url);
  return password === "" ? [] : [decodeURIComponent(password)];
}

/** What the names of variables call a secret: a program that is given one may print it. */
function secretsIn(environment: Environment): readonly string[] {
  return Object.entries(environment).flatMap(([name, value]) =>
    value !== undefined && namesSecret(name) ? [value] : [],
  );
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

/** An empty variable counts as absent, as compose files write them. */
function withoutBlanks(environment: Environment): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ""));
}

/** A mistaken variable may hold a secret: its value is not repeated. */
function secretless(problems: readonly Problem[]): readonly Problem[] {
  return problems.map((problem) => ({ ...problem, found: "something else" }));
}
