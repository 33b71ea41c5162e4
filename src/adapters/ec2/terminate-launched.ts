// `ec2.terminate_launched`: takes back a launch whose answer was lost. The client token finds what EC2
// made of it, if anything.

import { TerminateInstancesCommand } from "@aws-sdk/client-ec2";
import { z } from "zod";
import type { Operation } from "#engine/operation.ts";
import type { Ec2Access, Ec2Target } from "./ec2-access.ts";
import { ofPlace } from "./ec2-config.ts";
import { countOf, region } from "./ec2-input.ts";
import { findInstances, waitForInstances } from "./instance-states.ts";

const input = z.strictObject({
  region,
  launch_id: z.string().regex(/^[\x21-\x7e]{1,64}$/, "must be the id of a launch"),
});
type Input = z.infer<typeof input>;

const result = z.strictObject({ instance_ids: z.array(z.string()) });

export function terminateLaunched(access: Ec2Access): Operation<Input, z.infer<typeof result>> {
  return {
    name: "ec2.terminate_launched",
    summary: "Terminate the EC2 instances that one launch made, found by its client token.",
    input,
    result,
    example: { region: "eu-west-1", launch_id: "launch-1" },
    worstRisk: "destructive",
    risk: () => "destructive",
    effect: () => "idempotent",
    defaultTimeoutMs: 600_000,
    describe: ({ region, launch_id }) =>
      `Terminate the EC2 instances in ${region} that were launched as ${launch_id} for good.`,
    describeUndo: () => null,
    locks: ({ region }) => [`ec2:${region}:run-instances`],
    ...ofPlace(access.config),
    preview: async ({ region, launch_id }, { profile, signal }) => {
      const ids = await launchedWith(access, { region, profile, signal }, launch_id);
      return {
        wouldSucceed: null,
        lines: [`It made ${countOf(ids, "instance")} that still exist.`],
      };
    },
    run: async ({ region, launch_id }, { profile, signal, output }) => {
      const target = { region, profile, signal };
      const ids = await launchedWith(access, target, launch_id);
      output(`The launch made ${countOf(ids, "instance")}\n`);
      if (ids.length === 0) return { instance_ids: [] };
      const command = new TerminateInstancesCommand({ InstanceIds: [...ids] });
      await access.change(target, (client, options) => client.send(command, options));
      await waitForInstances(
        { access, target, output, ids },
        { state: "terminated", hopeless: [] },
      );
      return { instance_ids: [...ids] };
    },
  };
}

async function launchedWith(
  access: Ec2Access,
  target: Ec2Target,
  clientToken: string,
): Promise<readonly string[]> {
  const filters = [{ name: "client-token", values: [clientToken] }];
  const { instances } = await findInstances(access, target, { ids: [], filters });
  return instances
    .filter(({ State }) => State?.Name !== "terminated")
    .map(({ InstanceId }) => InstanceId ?? "");
}
