// Which accounts and regions the EC2 operations may touch, and how patiently. Plain values: AWS's own
// environment variables are read by the SDK alone.

import type { Clock } from "#engine/time.ts";

export type Ec2Credentials = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
};

export type Ec2Profile = {
  /** Number of the AWS account it reaches, where the configuration says; two profiles may reach one account. */
  readonly account?: string;
  /** Regions that may be touched, e.g. `eu-west-1`; `*` or absent: all of them. */
  readonly regions?: readonly string[];
  /** A profile of AWS's shared configuration files; absent: AWS's own default chain. */
  readonly awsProfile?: string;
  /** Asked when the SDK needs them, so that values are not kept here. */
  readonly credentials?: () => Promise<Ec2Credentials>;
  /** Another EC2 endpoint; absent: `AWS_ENDPOINT_URL` or AWS itself. */
  readonly endpoint?: string;
};

export type Ec2Config = {
  /** Used by steps that name no profile; null: every step must name one. */
  readonly defaultProfile: Ec2Profile | null;
  readonly profiles: Readonly<Record<string, Ec2Profile>>;
  /** Between two looks at instances that are changing state. */
  readonly pollDelayMs: number;
  readonly sleep: Clock["sleep"];
};

/** Where a call goes: the region and the name of the credentials' profile. */
export type Ec2Place = { readonly region: string; readonly profile: string | null };

export function ec2ProfileOf(config: Ec2Config, name: string | null): Ec2Profile | null {
  if (name === null) return config.defaultProfile;
  return Object.hasOwn(config.profiles, name) ? (config.profiles[name] ?? null) : null;
}

/** Null when the configuration allows this place, else one sentence. */
export function placeRefusal(
  config: Ec2Config,
  { region, profile: name }: Ec2Place,
): string | null {
  const profile = ec2ProfileOf(config, name);
  if (profile === null) {
    return name === null
      ? "No default AWS profile is set."
      : `There is no AWS profile named ${name}.`;
  }
  const { regions = ["*"] } = profile;
  if (regions.includes("*") || regions.includes(region)) return null;
  return `The region ${region} is not among those allowed: ${regions.join(", ")}.`;
}

/** What every operation answers about its place alike. */
export function ofPlace(config: Ec2Config) {
  type Input = { readonly region: string };
  return {
    permitted: ({ region }: Input, profile: string | null) =>
      placeRefusal(config, { region, profile }),
    // Throttling and outages are EC2's per account and region.
    target: ({ region }: Input, profile: string | null) =>
      `ec2:${accountOf(config, profile)}:${region}`,
  };
}

/**
 * The account, as well as it is known without asking AWS: its number, else whose credentials are used, which is the
 * same account for every profile that uses them.
 */
function accountOf(config: Ec2Config, name: string | null): string {
  const profile = ec2ProfileOf(config, name);
  if (profile === null) return name ?? DEFAULT_CHAIN;
  return profile.account ?? profile.awsProfile ?? DEFAULT_CHAIN;
}

/** AWS's own chain of credentials, and AWS's own name for a profile that was not named. */
const DEFAULT_CHAIN = "default";
