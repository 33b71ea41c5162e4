// The secrets that plans may refer to, as the configuration says where they are.

import { dirname, join, resolve } from "node:path";
import { createNamedSecrets } from "#adapters/named-secrets/named-secrets.ts";
import type { SecretSources } from "#adapters/named-secrets/named-secrets.ts";
import type { SecretSource, SourcedSecret } from "#adapters/named-secrets/secret-sources.ts";
import { runProgram } from "#adapters/shell/run-program.ts";
import type { Config } from "../config.ts";

type GivenSecret = Config["settings"]["secrets"][string];

const DEFAULT_TIMEOUT_MS = 10_000;

/** AWS's own, for a profile that names none of AWS's shared files: the default chain is whatever this process has. */
const AWS_CHAIN = [
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_ROLE_ARN",
  "AWS_ROLE_SESSION_NAME",
  "AWS_WEB_IDENTITY_TOKEN_FILE",
  "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
  "AWS_CONTAINER_CREDENTIALS_FULL_URI",
  "AWS_CONTAINER_AUTHORIZATION_TOKEN",
] as const;
const AWS_FILES = ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_ENDPOINT_URL"] as const;

export function openSecrets(config: Config): SecretSources {
  const secrets: Record<string, SourcedSecret> = {};
  for (const [name, given] of Object.entries(config.settings.secrets)) {
    const { field = null, operations } = given;
    secrets[name] = { source: sourceOf(given, config), field, operations };
  }
  return createNamedSecrets(secrets, runProgram);
}

function sourceOf(given: GivenSecret, config: Config): SecretSource {
  if (given.env !== undefined) {
    const value = config.environmentOf([given.env])[given.env] ?? "";
    return { kind: "env", variable: given.env, value: value === "" ? null : value };
  }
  if (given.file !== undefined)
    return { kind: "file", path: resolve(dirname(config.file), given.file) };
  const [path, ...rest] = given.command ?? [""];
  return {
    kind: "command",
    path,
    arguments: rest,
    environment: {
      ...config.environmentOf(["PATH", ...(given.environment ?? [])]),
      ...(given.profile !== undefined && awsEnvironment(config, given.profile)),
    },
    timeoutMs: given.timeout ?? DEFAULT_TIMEOUT_MS,
  };
}

/** What the AWS CLI needs to be that profile, and nothing else of this process's environment. */
function awsEnvironment(config: Config, name: string): Readonly<Record<string, string>> {
  const profile = config.settings.profiles[name];
  if (profile?.type !== "aws") return {};
  const { HOME: home = "" } = config.environmentOf(["HOME"]);
  const [region] = profile.regions.filter((one) => one !== "*");
  return {
    // The files that AWS's own libraries would find in the home folder, which the command is not given.
    ...(home !== "" && {
      AWS_CONFIG_FILE: join(home, ".aws", "config"),
      AWS_SHARED_CREDENTIALS_FILE: join(home, ".aws", "credentials"),
    }),
    ...config.environmentOf(AWS_FILES),
    ...(profile.profile === undefined
      ? config.environmentOf(AWS_CHAIN)
      : { AWS_PROFILE: profile.profile, AWS_EC2_METADATA_DISABLED: "true" }),
    ...(region !== undefined && { AWS_REGION: region }),
    AWS_PAGER: "",
  };
}
