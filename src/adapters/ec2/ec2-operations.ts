// The EC2 operations of one configuration and the clients they share.

import { eraseOperation } from "#engine/operation.ts";
import type { AnyOperation } from "#engine/operation.ts";
import { describeInstances } from "./describe-instances.ts";
import { createEc2Access } from "./ec2-access.ts";
import type { Ec2Config } from "./ec2-config.ts";
import { startInstances, stopInstances, terminateInstances } from "./power-instances.ts";
import { rebootInstances } from "./reboot-instances.ts";
import { runInstances } from "./run-instances.ts";
import { createTags, deleteTags, restoreTags } from "./tag-resources.ts";
import { terminateLaunched } from "./terminate-launched.ts";

export type Ec2Operations = {
  readonly operations: readonly AnyOperation[];
  /** Ends the connections kept open for reuse. */
  readonly close: () => void;
};

export function createEc2Operations(config: Ec2Config): Ec2Operations {
  const access = createEc2Access(config);
  return {
    operations: [
      eraseOperation(describeInstances(access)),
      eraseOperation(startInstances(access)),
      eraseOperation(stopInstances(access)),
      eraseOperation(rebootInstances(access)),
      eraseOperation(terminateInstances(access)),
      eraseOperation(runInstances(access)),
      eraseOperation(terminateLaunched(access)),
      eraseOperation(createTags(access)),
      eraseOperation(deleteTags(access)),
      eraseOperation(restoreTags(access)),
    ],
    close: access.close,
  };
}
