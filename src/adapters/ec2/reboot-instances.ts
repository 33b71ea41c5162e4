// `ec2.reboot_instances`. EC2 keeps no trace of a reboot that could be asked for afterwards, so it is
// `once`: after a crash a person is asked.

import { RebootInstancesCommand } from "@aws-sdk/client-ec2";
import { z } from "zod";
import type { Operation } from "#engine/operation.ts";
import type { Ec2Access } from "./ec2-access.ts";
import { ofPlace } from "./ec2-config.ts";
import { countOf, instanceIds, instanceLocks, region, someOf } from "./ec2-input.ts";
import { captureStates, restorePower } from "./captured-states.ts";
import { waitForInstances } from "./instance-states.ts";

const input = z.strictObject({
  region,
  instance_ids: instanceIds,
  wait_for: z.enum(["healthy", "nothing"]).default("healthy"),
});
type Input = z.infer<typeof input>;

const result = z.strictObject({ instance_ids: z.array(z.string()) });

export function rebootInstances(access: Ec2Access): Operation<Input, z.infer<typeof result>> {
  return {
    name: "ec2.reboot_instances",
    summary: "Reboot EC2 instances and wait for their status checks.",
    input,
    result,
    example: { region: "eu-west-1", instance_ids: ["i-0123456789abcdef0"] },
    worstRisk: "modify",
    risk: () => "modify",
    effect: () => "once",
    defaultTimeoutMs: 900_000,
    describe: ({ region, instance_ids }) =>
      `Reboot ${countOf(instance_ids, "EC2 instance")} in ${region}: ${someOf(instance_ids)}.`,
    describeUndo: () => null,
    locks: instanceLocks,
    ...ofPlace(access.config),
    preview: ({ region, instance_ids }, { profile, signal }) => {
      const command = new RebootInstancesCommand({ InstanceIds: instance_ids, DryRun: true });
      return access.dryRun({ region, profile, signal }, (client, options) =>
        client.send(command, options),
      );
    },
    capture: ({ region, instance_ids }, { profile, signal }) =>
      captureStates(access, { region, profile, signal }, instance_ids),
    restore: restorePower,
    run: async ({ region, instance_ids, wait_for }, { profile, signal, output }) => {
      const target = { region, profile, signal };
      const command = new RebootInstancesCommand({ InstanceIds: instance_ids });
      await access.change(target, (client, options) => client.send(command, options));
      output(`EC2 accepted to reboot ${countOf(instance_ids, "instance")}\n`);
      if (wait_for === "healthy") {
        // Right after the request the checks still show the time before it.
        await access.config.sleep(access.config.pollDelayMs, signal);
        const goal = {
          state: "running",
          hopeless: ["stopped", "terminated"],
          healthy: true,
        } as const;
        await waitForInstances({ access, target, output, ids: instance_ids }, goal);
      }
      return { instance_ids };
    },
  };
}
