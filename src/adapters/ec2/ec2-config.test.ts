// What stands for an account, by which EC2's circuit breakers are kept.

import { describe, expect, test } from "vitest";
import { ofPlace } from "./ec2-config.ts";
import type { Ec2Config, Ec2Profile } from "./ec2-config.ts";

function targetOf(profile: string | null, profiles: Readonly<Record<string, Ec2Profile>>): string {
  const config: Ec2Config = {
    defaultProfile: {},
    profiles,
    pollDelayMs: 1000,
    sleep: async () => {},
  };
  return ofPlace(config).target({ region: "eu-west-1" }, profile);
}

describe("the target of a call to EC2", () => {
  test("is one for all profiles of one account, whatever their credentials", () => {
    const account = "012345678901";
    const profiles = { reader: { account, awsProfile: "r" }, writer: { account, awsProfile: "w" } };
    expect(targetOf("reader", profiles)).toBe("ec2:012345678901:eu-west-1");
    expect(targetOf("writer", profiles)).toBe(targetOf("reader", profiles));
  });

  test("is one for all profiles with the same credentials where no account is given", () => {
    const profiles = {
      web: { awsProfile: "production", regions: ["eu-west-1"] },
      db: { awsProfile: "production" },
      other: { awsProfile: "staging" },
      plain: {},
    };
    expect(targetOf("web", profiles)).toBe("ec2:production:eu-west-1");
    expect(targetOf("db", profiles)).toBe(targetOf("web", profiles));
    expect(targetOf("other", profiles)).not.toBe(targetOf("web", profiles));
    expect(targetOf("plain", profiles)).toBe(targetOf(null, profiles));
  });
});
