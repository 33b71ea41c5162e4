// The configuration of the end-to-end tests: two environments, two groups, everything on this machine.

import { stringify } from "yaml";

export type ConfigurationChanges = {
  readonly approval?: Readonly<Record<string, unknown>>;
  readonly limits?: Readonly<Record<string, unknown>>;
  readonly playbooks?: string;
  readonly secrets?: Readonly<Record<string, object>>;
  /** Programs that steps may run. */
  readonly programs?: readonly object[];
  readonly breakGlass?: Readonly<Record<string, unknown>>;
};

export function configurationText({
  approval = {},
  limits = {},
  playbooks,
  secrets = {},
  programs = [],
  breakGlass,
}: ConfigurationChanges): string {
  return stringify({
    groups: { sre: { slack_groups: ["S0SRE"] }, developers: { slack_groups: ["S0DEVELOPERS"] } },
    channels: { allow: "*" },
    default_environment: "production",
    environments: {
      production: {
        approvers: ["sre"],
        allow: [{ groups: ["sre", "developers"], operations: ["*"] }],
        approval,
      },
      staging: {
        channels: ["C0STAGING"],
        approvers: ["sre", "developers"],
        allow: [{ groups: ["developers"], operations: ["http.request"] }],
      },
    },
    limits: { pending_plans_per_requester: 50, ...limits },
    http: { allowed_hosts: ["127.0.0.1"], allowed_private_ranges: ["127.0.0.0/8"] },
    ec2: { default_regions: ["eu-west-1"], poll_delay: "50ms" },
    secrets,
    shell: { programs },
    playbooks,
    break_glass: breakGlass,
  });
}
