// `ec2.run_instances`: launches instances once, whatever is repeated, by EC2's own client token.
// Takes neither user data nor an instance profile: both would hand out more than the plan shows.

import { createHash } from "node:crypto";
import { RunInstancesCommand } from "@aws-sdk/client-ec2";
import type { _InstanceType, RunInstancesCommandInput } from "@aws-sdk/client-ec2";
import { z } from "zod";
import { OperationError } from "#engine/failure.ts";
import type { Operation } from "#engine/operation.ts";
import type { Ec2Access } from "./ec2-access.ts";
import { ofPlace } from "./ec2-config.ts";
import { region, someOf, tags } from "./ec2-input.ts";
import { waitForInstances } from "./instance-states.ts";

const idOf = (prefix: string) =>
  z
    .string()
    .regex(new RegExp(`^${prefix}-[0-9a-f]{8,17}$`), `must be an id such as ${prefix}-0123abcd`);

const input = z.strictObject({
  region,
  image_id: idOf("ami"),
  instance_type: z
    .string()
    .regex(/^[a-z][a-z0-9-]*\.[a-z0-9-]+$/, "must be a type such as t3.micro"),
  count: z.int().min(1).max(20).default(1),
  subnet_id: idOf("subnet").optional(),
  security_group_ids: z.array(idOf("sg")).min(1).max(16).optional(),
  key_name: z.string().min(1).max(255).optional(),
  tags: tags.default({}),
  wait_for: z.enum(["running", "healthy", "nothing"]).default("running"),
});
type Input = z.infer<typeof input>;

const result = z.strictObject({
  instance_ids: z.array(z.string()),
  instances: z.array(
    z.strictObject({ id: z.string(), state: z.string(), private_ip: z.string().nullable() }),
  ),
});

export function runInstances(access: Ec2Access): Operation<Input, z.infer<typeof result>> {
  return {
    name: "ec2.run_instances",
    summary: "Launch EC2 instances from an image and wait until they run.",
    input,
    result,
    example: {
      region: "eu-west-1",
      image_id: "ami-0123456789abcdef0",
      instance_type: "t3.micro",
      tags: { Name: "api-4" },
    },
    worstRisk: "modify",
    risk: () => "modify",
    effect: () => "idempotent",
    defaultTimeoutMs: 600_000,
    describe: ({ region, count, instance_type, image_id }) =>
      `Launch ${count} ${instance_type} EC2 instance${count === 1 ? "" : "s"} from ${image_id} in ${region}.`,
    describeUndo: ({ region }) =>
      `Terminate the launched instances in ${region} for good, with whatever they hold by then.`,
    // It touches nothing that exists; two launches at a time in a region are kept apart.
    locks: ({ region }) => [`ec2:${region}:run-instances`],
    ...ofPlace(access.config),
    preview: (input, { profile, signal, idempotencyKey }) => {
      const command = new RunInstancesCommand({ ...request(input, idempotencyKey), DryRun: true });
      return access.dryRun({ region: input.region, profile, signal }, (client, options) =>
        client.send(command, options),
      );
    },
    // What finds the instances when the answer with their ids is lost.
    capture: async (_input, { idempotencyKey }) => ({ launch_id: clientToken(idempotencyKey) }),
    undoRisk: "destructive",
    undo: ({ region }, result, captured) => {
      if (result !== null) {
        const { instance_ids } = result;
        return { uses: "ec2.terminate_instances", with: { region, instance_ids } };
      }
      const token = captured?.["launch_id"];
      return token === undefined
        ? null
        : { uses: "ec2.terminate_launched", with: { region, launch_id: token } };
    },
    run: async (input, { profile, signal, output, idempotencyKey }) => {
      const target = { region: input.region, profile, signal };
      const command = new RunInstancesCommand(request(input, idempotencyKey));
      const answer = await access.change(target, (client, options) =>
        client.send(command, options),
      );
      const instances = (answer.Instances ?? []).map(({ InstanceId, State, PrivateIpAddress }) => ({
        id: InstanceId ?? "",
        state: State?.Name ?? "unknown",
        private_ip: PrivateIpAddress ?? null,
      }));
      const ids = instances.map(({ id }) => id);
      output(`EC2 launched ${someOf(ids)}\n`);
      if (input.wait_for === "nothing") return { instance_ids: ids, instances };
      const goal = {
        state: "running",
        hopeless: ["stopped", "shutting-down", "terminated"],
        healthy: input.wait_for === "healthy",
      } as const;
      const states = await waitForInstances({ access, target, output, ids }, goal).catch(
        (error: unknown) => {
          throw withLaunched(error, ids);
        },
      );
      return {
        instance_ids: ids,
        instances: instances.map((one) => ({ ...one, state: states[one.id] ?? one.state })),
      };
    },
  };
}

/** A person who cleans up needs the ids. */
function withLaunched(error: unknown, ids: readonly string[]): unknown {
  if (!(error instanceof OperationError)) return error;
  const message = `Launched ${ids.join(", ")}, then: ${error.failure.message}`.slice(0, 2000);
  return new OperationError({ ...error.failure, message }, { cause: error });
}

function request(input: Input, idempotencyKey: string): RunInstancesCommandInput {
  const tags = Object.entries(input.tags).map(([Key, Value]) => ({ Key, Value }));
  return {
    ImageId: input.image_id,
    // The SDK's list of types ages faster than EC2 adds to it.
    InstanceType: input.instance_type as _InstanceType,
    MinCount: input.count,
    MaxCount: input.count,
    ClientToken: clientToken(idempotencyKey),
    ...(input.subnet_id === undefined ? {} : { SubnetId: input.subnet_id }),
    ...(input.security_group_ids === undefined
      ? {}
      : { SecurityGroupIds: input.security_group_ids }),
    ...(input.key_name === undefined ? {} : { KeyName: input.key_name }),
    ...(tags.length === 0 ? {} : { TagSpecifications: [{ ResourceType: "instance", Tags: tags }] }),
  };
}

/** EC2 takes at most 64 ASCII characters, which a digest always is. */
function clientToken(idempotencyKey: string): string {
  return createHash("sha256").update(idempotencyKey).digest("hex");
}
