// The operations this process has, as the configuration sets them up, each with its secrets masked.

import { readFileSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { createRegistry } from "#engine/operation.ts";
import type { AnyOperation, Registry } from "#engine/operation.ts";
import { redactedOperation } from "#engine/redactor.ts";
import type { Redactor } from "#engine/redactor.ts";
import { revealedOperation } from "#engine/revealed-operation.ts";
import type { RevealPorts } from "#engine/revealed-operation.ts";
import { createCheckOperations } from "#adapters/checks/check-operations.ts";
import type { Ec2Config, Ec2Profile } from "#adapters/ec2/ec2-config.ts";
import { createEc2Operations } from "#adapters/ec2/ec2-operations.ts";
import { createFlowOperations } from "#adapters/flow/flow-operations.ts";
import type { HttpConfig, HttpProfile } from "#adapters/http/http-config.ts";
import { createHttpOperations, createHttpRequest } from "#adapters/http/http-operations.ts";
import { createTcpReach } from "#adapters/http/tcp-reach.ts";
import { DEFAULT_SHELL_CONFIG } from "#adapters/shell/shell-config.ts";
import { createShellOperations } from "#adapters/shell/shell-operations.ts";
import { systemClock } from "#adapters/system/system-clock.ts";
import type { Config } from "../config.ts";

export type OpenOperations = { readonly registry: Registry; readonly close: () => void };

export type OperationTargets = {
  /** The playground's imaginary EC2, with credentials that are worth nothing; null: AWS. */
  readonly imaginaryEc2Url: string | null;
};

export function openOperations(
  config: Config,
  redactor: Redactor,
  targets: OperationTargets = { imaginaryEc2Url: null },
  /** Opens secret answers for the steps that asked for them; null: nothing runs here. */
  reveal: RevealPorts | null = null,
): OpenOperations {
  const ec2 = createEc2Operations(ec2ConfigOf(config, targets));
  const operations: readonly AnyOperation[] = [
    ...createFlowOperations(),
    ...createHttpOperations(httpConfigOf(config)),
    ...checkOperationsOf(config),
    ...createShellOperations({ ...DEFAULT_SHELL_CONFIG, programs: programsOf(config) }),
    ...ec2.operations,
  ];
  return {
    registry: createRegistry(
      operations.map((operation) =>
        redactedOperation(
          reveal === null ? operation : revealedOperation(operation, reveal),
          redactor,
        ),
      ),
    ),
    close: ec2.close,
  };
}

/** Checks reach what `http.request` may reach and, because they only look, the hosts listed for them. */
function checkOperationsOf(config: Config): readonly AnyOperation[] {
  const http = httpConfigOf(config);
  const { allowed_hosts, disk_paths } = config.settings.checks;
  const reach = { ...http, allowedHosts: [...http.allowedHosts, ...allowed_hosts] };
  return createCheckOperations({
    request: createHttpRequest(reach),
    tcp: createTcpReach(reach),
    disks: { paths: disk_paths, measure: (path) => statfs(path) },
  });
}

export function httpConfigOf(config: Config): HttpConfig {
  const { http, profiles } = config.settings;
  const httpProfiles: Record<string, HttpProfile> = {};
  for (const [name, profile] of Object.entries(profiles)) {
    if (profile.type !== "http") continue;
    httpProfiles[name] = {
      allowedHosts: profile.hosts,
      headers: () =>
        Promise.resolve(
          Object.fromEntries(
            Object.entries(profile.headers_from_env).map(([header, variable]) => [
              header,
              config.credentials[variable] ?? "",
            ]),
          ),
        ),
      ...(profile.ca_file !== undefined && {
        caPem: readFileSync(resolve(dirname(config.file), profile.ca_file), "utf8"),
      }),
      ...(profile.certificate_sha256 !== undefined && {
        certificateSha256: profile.certificate_sha256,
      }),
    };
  }
  return {
    allowedHosts: http.allowed_hosts,
    allowedPrivateRanges: http.allowed_private_ranges,
    maxResponseBytes: http.max_response_bytes,
    connectTimeoutMs: http.connect_timeout,
    defaultTimeoutMs: http.timeout,
    profiles: httpProfiles,
  };
}

function ec2ConfigOf(config: Config, { imaginaryEc2Url }: OperationTargets): Ec2Config {
  const { ec2, profiles } = config.settings;
  const target: Pick<Ec2Profile, "endpoint" | "credentials"> =
    imaginaryEc2Url === null
      ? {}
      : {
          endpoint: imaginaryEc2Url,
          credentials: () =>
            Promise.resolve({ accessKeyId: "playground", secretAccessKey: "playground" }),
        };
  const chain = ec2.default_account === undefined ? {} : { account: ec2.default_account };
  const ec2Profiles: Record<string, Ec2Profile> = {};
  for (const [name, profile] of Object.entries(profiles)) {
    if (profile.type !== "aws") continue;
    const account = profile.account ?? (profile.profile === undefined ? chain.account : undefined);
    ec2Profiles[name] = {
      regions: profile.regions,
      ...(account !== undefined && { account }),
      ...(profile.profile !== undefined && { awsProfile: profile.profile }),
      ...target,
    };
  }
  return {
    defaultProfile:
      ec2.default_regions.length === 0
        ? null
        : { regions: ec2.default_regions, ...chain, ...target },
    profiles: ec2Profiles,
    pollDelayMs: ec2.poll_delay,
    sleep: (delayMs, signal) => systemClock.sleep(delayMs, signal),
  };
}

function programsOf(config: Config) {
  return config.settings.shell.programs.map((program) => ({
    path: resolve(dirname(config.file), program.path),
    risk: program.risk,
    repeatable: program.repeatable,
    ...(program.arguments !== undefined && { arguments: program.arguments }),
    directory: program.directory ?? "/",
    environment: config.environmentOf(["PATH", ...program.environment]),
  }));
}
