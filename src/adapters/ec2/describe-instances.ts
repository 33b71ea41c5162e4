// `ec2.describe_instances`: reads instances by id, tag and state.

import { z } from "zod";
import type { Instance } from "@aws-sdk/client-ec2";
import type { Operation } from "#engine/operation.ts";
import type { Ec2Access } from "./ec2-access.ts";
import { ofPlace } from "./ec2-config.ts";
import { anyTagKey, countOf, instanceIds, region, tagValue } from "./ec2-input.ts";
import { findInstances } from "./instance-states.ts";

const STATES = [
  "pending",
  "running",
  "stopping",
  "stopped",
  "shutting-down",
  "terminated",
] as const;

const input = z.strictObject({
  region,
  instance_ids: instanceIds.optional(),
  /** Instances that have all of these tags. */
  tags: z.record(anyTagKey, tagValue).default({}),
  states: z.array(z.enum(STATES)).max(STATES.length).default([]),
  limit: z.int().min(1).max(1000).default(100),
});
type Input = z.infer<typeof input>;

const result = z.strictObject({
  instances: z.array(
    z.strictObject({
      id: z.string(),
      name: z.string().nullable(),
      state: z.string(),
      type: z.string().nullable(),
      zone: z.string().nullable(),
      image_id: z.string().nullable(),
      private_ip: z.string().nullable(),
      public_ip: z.string().nullable(),
      launched_at: z.string().nullable(),
      tags: z.record(z.string(), z.string()),
    }),
  ),
  count: z.int(),
  /** There were more than `limit`. */
  truncated: z.boolean(),
});
type Result = z.infer<typeof result>;

export function describeInstances(access: Ec2Access): Operation<Input, Result> {
  return {
    name: "ec2.describe_instances",
    summary: "List EC2 instances by id, tag or state.",
    input,
    result,
    example: { region: "eu-west-1", tags: { fleet: "api" } },
    worstRisk: "read-only",
    risk: () => "read-only",
    effect: () => "idempotent",
    defaultTimeoutMs: 60_000,
    describe: ({ region, instance_ids, tags, states }) => {
      const which =
        instance_ids === undefined ? "EC2 instances" : countOf(instance_ids, "EC2 instance");
      const conditions = [
        ...Object.entries(tags).map(([key, value]) => `tag ${key} is ${value}`),
        ...(states.length > 0 ? [`state is ${states.join(" or ")}`] : []),
      ];
      const where = conditions.length > 0 ? ` whose ${conditions.join(" and ")}` : "";
      return `List ${which} in ${region}${where}.`;
    },
    describeUndo: () => null,
    locks: () => [],
    ...ofPlace(access.config),
    run: async (input, { profile, signal, output }) => {
      const { instances, more } = await findInstances(
        access,
        { region: input.region, profile, signal },
        { ids: input.instance_ids ?? [], filters: filtersOf(input), limit: input.limit },
      );
      for (const instance of instances) {
        output(`${instance.InstanceId ?? "?"} is ${instance.State?.Name ?? "unknown"}\n`);
      }
      return { instances: instances.map(toResult), count: instances.length, truncated: more };
    },
  };
}

function filtersOf({ tags, states }: Input) {
  const byTag = Object.entries(tags).map(([key, value]) => ({
    name: `tag:${key}`,
    values: [value],
  }));
  return states.length > 0 ? [...byTag, { name: "instance-state-name", values: states }] : byTag;
}

function toResult(instance: Instance): Result["instances"][number] {
  const tags = Object.fromEntries(
    (instance.Tags ?? []).map(({ Key = "", Value = "" }) => [Key, Value]),
  );
  return {
    id: instance.InstanceId ?? "",
    name: tags["Name"] ?? null,
    state: instance.State?.Name ?? "unknown",
    type: instance.InstanceType ?? null,
    zone: instance.Placement?.AvailabilityZone ?? null,
    image_id: instance.ImageId ?? null,
    private_ip: instance.PrivateIpAddress ?? null,
    public_ip: instance.PublicIpAddress ?? null,
    launched_at: instance.LaunchTime?.toISOString() ?? null,
    tags,
  };
}
