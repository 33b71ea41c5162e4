// Something to change without an account anywhere: a loopback EC2 with a small fleet and a loopback
// load balancer in front of it. The real `ec2.*` and `http.request` operations run against them.

import { startEc2Server } from "./ec2-server.ts";
import type { Ec2Failure } from "./ec2-server.ts";
import { startLoadBalancer } from "./load-balancer.ts";
import type { LoadBalancerFailure } from "./load-balancer.ts";
import type { Instance, LaunchOptions } from "./fleet.ts";

export type Infrastructure = {
  readonly ec2Url: string;
  readonly loadBalancerUrl: string;
  readonly instances: () => readonly Readonly<Instance>[];
  readonly hosts: () => ReturnType<Awaited<ReturnType<typeof startLoadBalancer>>["hosts"]>;
  /** The next time(s) this is asked, it goes wrong in this way. */
  readonly failNext: (failure: Ec2Failure | LoadBalancerFailure) => void;
  /** Back to the fleet of the start, with no failure waiting. */
  readonly reset: () => void;
  readonly close: () => Promise<void>;
};

/** The same ids at every start, so that sample playbooks can name them. */
export const PLAYGROUND_FLEET: readonly (LaunchOptions & { readonly id: string })[] = [
  { id: "i-0a11ce0000000001", state: "running", tags: { Name: "api-1", fleet: "api" } },
  { id: "i-0a11ce0000000002", state: "running", tags: { Name: "api-2", fleet: "api" } },
  { id: "i-0a11ce0000000003", state: "running", tags: { Name: "api-3", fleet: "api" } },
  { id: "i-0b0b000000000001", state: "stopped", tags: { Name: "batch-1", fleet: "batch" } },
];

export const PLAYGROUND_HOSTS: readonly string[] = ["web-1", "web-2", "web-3"];

/** Where the sample playbooks look for the load balancer, unless they are told otherwise. */
export const PLAYGROUND_LOAD_BALANCER_PORT = 4001;

export async function startInfrastructure(
  options: { readonly ec2Port?: number; readonly loadBalancerPort?: number } = {},
): Promise<Infrastructure> {
  const ec2 = await startEc2Server({ port: options.ec2Port ?? 0 });
  const balancer = await startLoadBalancer({
    port: options.loadBalancerPort ?? 0,
    hosts: PLAYGROUND_HOSTS,
  }).catch(async (error: unknown) => {
    await ec2.close();
    throw error;
  });
  const fill = () => {
    for (const instance of PLAYGROUND_FLEET) ec2.fleet.launch(instance);
  };
  fill();
  return {
    ec2Url: ec2.url,
    loadBalancerUrl: balancer.url,
    instances: ec2.fleet.all,
    hosts: balancer.hosts,
    failNext: (failure) => ("host" in failure ? balancer.failNext(failure) : ec2.failNext(failure)),
    reset: () => {
      ec2.reset();
      fill();
      balancer.reset();
    },
    close: async () => {
      await Promise.all([ec2.close(), balancer.close()]);
    },
  };
}
