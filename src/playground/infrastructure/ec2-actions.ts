// What each EC2 action of the double answers and changes. Knows the fleet and the query, no HTTP.

import { Ec2Refusal } from "./fleet.ts";
import type { Fleet, Instance, InstanceState } from "./fleet.ts";
import type { Query, Xml } from "./ec2-query.ts";

const STATE_CODES: Record<InstanceState, number> = {
  pending: 0,
  running: 16,
  "shutting-down": 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
};

type Action = (fleet: Fleet, query: Query) => Xml;

/** Actions that change something answer `DryRun` before they do. */
export const CHANGING_ACTIONS: ReadonlySet<string> = new Set([
  "StartInstances",
  "StopInstances",
  "RebootInstances",
  "TerminateInstances",
  "RunInstances",
  "CreateTags",
  "DeleteTags",
]);

const ACTIONS: Readonly<Record<string, Action>> = {
  DescribeInstances: (fleet, query) => {
    const { page, next } = paged(selected(fleet, query), query);
    return {
      reservationSet: page.map((instance) => ({
        reservationId: `r-${instance.id.slice(2)}`,
        ownerId: "123456789012",
        instancesSet: [described(instance, fleet.look(instance))],
      })),
      ...(next === null ? {} : { nextToken: next }),
    };
  },
  DescribeInstanceStatus: (fleet, query) => {
    const running = selected(fleet, query).filter(({ state }) => state === "running");
    return {
      instanceStatusSet: running.map((instance) => {
        const status = fleet.checksPassed(instance) ? "ok" : "initializing";
        return {
          instanceId: instance.id,
          instanceState: stateXml("running"),
          systemStatus: { status },
          instanceStatus: { status },
        };
      }),
    };
  },
  StartInstances: (fleet, query) => changes(fleet.start(query.list("InstanceId"))),
  StopInstances: (fleet, query) => changes(fleet.stop(query.list("InstanceId"))),
  TerminateInstances: (fleet, query) => changes(fleet.terminate(query.list("InstanceId"))),
  RebootInstances: (fleet, query) => {
    fleet.reboot(query.list("InstanceId"));
    return { return: true };
  },
  RunInstances: (fleet, query) => {
    const instances = launched(fleet, query);
    return {
      reservationId: `r-${instances[0]?.id.slice(2) ?? "0"}`,
      ownerId: "123456789012",
      instancesSet: instances.map((instance) => described(instance, instance.state)),
    };
  },
  CreateTags: (fleet, query) => {
    for (const instance of query.list("ResourceId").map(fleet.find)) {
      for (const tag of query.entries("Tag")) {
        instance.tags.set(tag.get("Key") ?? "", tag.get("Value") ?? "");
      }
    }
    return { return: true };
  },
  DeleteTags: (fleet, query) => {
    for (const instance of query.list("ResourceId").map(fleet.find)) {
      for (const tag of query.entries("Tag")) {
        const key = tag.get("Key") ?? "";
        const value = tag.get("Value");
        if (value === undefined || instance.tags.get(key) === value) instance.tags.delete(key);
      }
    }
    return { return: true };
  },
  DescribeTags: (fleet, query) => {
    const ids = query
      .entries("Filter")
      .filter((filter) => filter.get("Name") === "resource-id")
      .flatMap((filter) => filter.list("Value"));
    const instances = fleet.all().filter(({ id }) => ids.length === 0 || ids.includes(id));
    return {
      tagSet: instances.flatMap(({ id, tags }) =>
        [...tags].map(([key, value]) => ({
          resourceId: id,
          resourceType: "instance",
          key,
          value,
        })),
      ),
    };
  },
};

/** @throws {Ec2Refusal} */
export function answerAction(fleet: Fleet, query: Query): Xml {
  const action = Object.hasOwn(ACTIONS, query.action) ? ACTIONS[query.action] : undefined;
  if (action === undefined) {
    throw new Ec2Refusal("InvalidAction", `The action ${query.action} is not valid`);
  }
  if (CHANGING_ACTIONS.has(query.action) && query.get("DryRun") === "true") {
    for (const id of [...query.list("InstanceId"), ...query.list("ResourceId")]) fleet.find(id);
    const message = "Request would have succeeded, but DryRun flag is set.";
    throw new Ec2Refusal("DryRunOperation", message, 412);
  }
  return action(fleet, query);
}

function launched(fleet: Fleet, query: Query): readonly Instance[] {
  const clientToken = query.get("ClientToken") ?? null;
  const earlier = fleet
    .all()
    .filter((one) => clientToken !== null && one.clientToken === clientToken);
  if (earlier.length > 0) return earlier;
  const tags = query
    .entries("TagSpecification")
    .flatMap((specification) => specification.entries("Tag"))
    .map((tag) => [tag.get("Key") ?? "", tag.get("Value") ?? ""] as const);
  return Array.from({ length: Number(query.get("MinCount") ?? 1) }, () =>
    fleet.launch({
      clientToken,
      imageId: query.get("ImageId") ?? "",
      type: query.get("InstanceType") ?? "t3.micro",
      tags: Object.fromEntries(tags),
    }),
  );
}

function selected(fleet: Fleet, query: Query): readonly Instance[] {
  const ids = query.list("InstanceId");
  const instances = ids.length === 0 ? fleet.all() : ids.map(fleet.find);
  const filters = query.entries("Filter");
  return instances.filter((instance) =>
    filters.every((filter) => {
      const values = filter.list("Value");
      return values.includes(filterValue(instance, filter.get("Name") ?? "") ?? "");
    }),
  );
}

function filterValue(instance: Instance, name: string): string | undefined {
  if (name.startsWith("tag:")) return instance.tags.get(name.slice(4));
  switch (name) {
    case "instance-id":
      return instance.id;
    case "instance-state-name":
      return instance.state;
    case "instance-type":
      return instance.type;
    case "client-token":
      return instance.clientToken ?? undefined;
    default:
      throw new Ec2Refusal("InvalidParameterValue", `The filter '${name}' is invalid`);
  }
}

function paged(instances: readonly Instance[], query: Query) {
  const size = Number(query.get("MaxResults") ?? 1000);
  const from = Number(query.get("NextToken") ?? 0);
  const next = from + size < instances.length ? String(from + size) : null;
  return { page: instances.slice(from, from + size), next };
}

function changes(moved: readonly { instance: Instance; previous: InstanceState }[]): Xml {
  return {
    instancesSet: moved.map(({ instance, previous }) => ({
      instanceId: instance.id,
      currentState: stateXml(instance.state),
      previousState: stateXml(previous),
    })),
  };
}

function described(instance: Instance, state: InstanceState): Xml {
  return {
    instanceId: instance.id,
    imageId: instance.imageId,
    instanceState: stateXml(state),
    instanceType: instance.type,
    launchTime: instance.launchTime,
    privateIpAddress: instance.privateIp,
    placement: { availabilityZone: "eu-west-1a" },
    tagSet: [...instance.tags].map(([key, value]) => ({ key, value })),
    ...(instance.clientToken === null ? {} : { clientToken: instance.clientToken }),
  };
}

function stateXml(state: InstanceState): Xml {
  return { code: STATE_CODES[state], name: state };
}
