// What the environment holds that must never be shown: credentials that countersign.yml names, and whatever else is
// known to be secret. Hides nothing itself.

import type { Problem } from "#engine/plan.ts";
import { namesSecret } from "#engine/secret-shapes.ts";
import { ConfigError } from "./config-error.ts";
import type { ConfigFile } from "./config-file.ts";
import type { Environment, Variables } from "./environment-variables.ts";

const OWN_SECRETS: readonly (keyof Variables)[] = [
  "COUNTERSIGN_SECRET_KEY",
  "SLACK_BOT_TOKEN",
  "SLACK_SIGNING_SECRET",
  "SLACK_APP_TOKEN",
  "SLACK_CLIENT_SECRET",
];

/** Values of the variables that the file names for credentials, by variable. @throws {ConfigError} when one is not set */
export function credentialsOf(
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

/** Our own tokens and passwords, what the file says are secrets, and what is called one. */
export function knownSecrets(
  environment: Environment,
  variables: Variables,
  settings: ConfigFile,
): readonly string[] {
  const named = Object.values(settings.secrets).map(({ env }) => env);
  return [
    ...[...OWN_SECRETS, ...named].flatMap((name) =>
      name === undefined ? [] : (environment[name] ?? []),
    ),
    ...[variables.DATABASE_URL, variables.REDIS_URL].flatMap(passwordOf),
    ...secretsIn(environment),
  ];
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
