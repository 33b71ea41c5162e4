import { setTimeout as pause } from "node:timers/promises";
import { RunInstancesCommand, DescribeInstancesCommand, EC2Client } from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, describe } from "vitest";
import { createEc2Operations } from "#adapters/ec2/ec2-operations.ts";
import type { Json, JsonObject } from "#engine/json.ts";
import { startEc2Server } from "#playground/infrastructure/ec2-server.ts";
import type { Ec2Failure, Ec2Server } from "#playground/infrastructure/ec2-server.ts";
import { describeBehaviour, describeOperation } from "./operation-conformance.ts";
import type { Bench, Sample } from "./operation-conformance.ts";
import { motoInstalled, startMoto } from "./moto-server.ts";
import type { MotoServer } from "./moto-server.ts";

const REGION = "eu-west-1";
const LAUNCH = "launch-of-the-bench";
const SECRET = "the-secret-access-key-of-the-bench";
const CREDENTIALS = { accessKeyId: "AKIDBENCH", secretAccessKey: SECRET };

type Ec2Bench = Bench & {
  /** Two running instances, tagged, and a stopped one. */
  readonly running: readonly string[];
  readonly stopped: string;
  readonly failNext: (failure: Ec2Failure) => void;
};

function operationsAt(endpoint: string) {
  return createEc2Operations({
    defaultProfile: { endpoint, credentials: async () => CREDENTIALS },
    profiles: {},
    pollDelayMs: 5,
    sleep: async (delayMs, signal) => {
      await pause(delayMs, undefined, signal === undefined ? {} : { signal }).catch(() => {});
    },
  });
}

function named<T extends { readonly name: string }>(operations: readonly T[], name: string): T {
  const operation = operations.find((one) => one.name === name);
  if (operation === undefined) throw new Error(`there is no operation ${name}`);
  return operation;
}

async function doubleBench(name: string, action: string): Promise<Ec2Bench> {
  const server: Ec2Server = await startEc2Server({ passingLooks: 1 });
  const { operations, close } = operationsAt(server.url);
  const one = server.fleet.launch({
    state: "running",
    tags: { stage: "blue" },
    clientToken: LAUNCH,
  });
  const two = server.fleet.launch({ state: "running", tags: {} });
  const three = server.fleet.launch({ state: "stopped" });
  return {
    operation: named(operations, name),
    family: operations,
    running: [one.id, two.id],
    stopped: three.id,
    // A terminated instance is gone as far as anybody is concerned.
    state: () =>
      server.fleet
        .all()
        .filter(({ state }) => state !== "terminated")
        .map(({ id, state, tags, reboots }) => ({ id, state, reboots, tags: inOrder(tags) })),
    changes: () => server.changes().length,
    stall: () => server.stallNext(action),
    failNext: server.failNext,
    secrets: [SECRET],
    tearDown: async () => {
      close();
      await server.close();
    },
  };
}

let moto: MotoServer | null = null;

async function motoBench(name: string): Promise<Ec2Bench> {
  if (moto === null) throw new Error("moto was not started");
  await (await fetch(`${moto.url}/moto-api/reset`, { method: "POST" })).arrayBuffer();
  const { operations, close } = operationsAt(moto.url);
  const client = new EC2Client({ region: REGION, endpoint: moto.url, credentials: CREDENTIALS });
  const launch = async (stage?: string): Promise<string> => {
    const command = new RunInstancesCommand({
      ImageId: IMAGE,
      MinCount: 1,
      MaxCount: 1,
      ...(stage === undefined
        ? {}
        : {
            TagSpecifications: [
              { ResourceType: "instance", Tags: [{ Key: "stage", Value: stage }] },
            ],
          }),
    });
    return (await client.send(command)).Instances?.[0]?.InstanceId ?? "";
  };
  const running = [await launch("blue"), await launch()];
  const stopped = await launch();
  const stop = named(operations, "ec2.stop_instances");
  await stop.run(stop.input.parse({ region: REGION, instance_ids: [stopped] }), {
    signal: new AbortController().signal,
    idempotencyKey: "bench",
    output: () => {},
    profile: null,
    timeoutMs: 10_000,
  });
  return {
    operation: named(operations, name),
    family: operations,
    running,
    stopped,
    state: async (): Promise<Json> => {
      const answer = await client.send(new DescribeInstancesCommand({}));
      const instances = (answer.Reservations ?? []).flatMap(({ Instances }) => Instances ?? []);
      return instances
        .filter(({ State }) => State?.Name !== "terminated")
        .map(({ InstanceId, State, Tags }) => ({
          id: InstanceId ?? "",
          state: State?.Name ?? "",
          tags: inOrder((Tags ?? []).map(({ Key = "", Value = "" }) => [Key, Value])),
        }));
    },
    failNext: () => {
      throw new Error("moto fails on nobody's demand");
    },
    secrets: [SECRET],
    tearDown: async () => {
      client.destroy();
      close();
    },
  };
}

/** One that moto knows, too. */
const IMAGE = "ami-12c6146b";

type Family = Readonly<Record<string, Member>>;
type Member = Pick<Sample, "risk" | "effect" | "undo" | "restore"> & {
  /** EC2's name of what can fail. */
  readonly action: string;
  readonly inputs: Readonly<Record<string, (bench: Ec2Bench) => JsonObject>>;
};

const FAMILY: Family = {
  "ec2.describe_instances": {
    action: "DescribeInstances",
    risk: "read-only",
    effect: "idempotent",
    undo: false,
    inputs: {
      "all of them": () => ({ region: REGION }),
      "by id": ({ running }) => ({ region: REGION, instance_ids: running }),
      "by tag and state": () => ({ region: REGION, tags: { stage: "blue" }, states: ["running"] }),
    },
  },
  "ec2.start_instances": {
    action: "StartInstances",
    risk: "modify",
    effect: "idempotent",
    undo: true,
    restore: "all",
    inputs: {
      "a stopped one": ({ stopped }) => ({ region: REGION, instance_ids: [stopped] }),
      "a stopped and a running one, until healthy": ({ stopped, running }) => ({
        region: REGION,
        instance_ids: [stopped, running[0] ?? ""],
        wait_for: "healthy",
      }),
    },
  },
  "ec2.stop_instances": {
    action: "StopInstances",
    risk: "destructive",
    effect: "idempotent",
    undo: true,
    restore: "all",
    inputs: {
      "two running ones": ({ running }) => ({ region: REGION, instance_ids: running }),
      "a running and a stopped one": ({ running, stopped }) => ({
        region: REGION,
        instance_ids: [stopped, running[1] ?? ""],
      }),
    },
  },
  "ec2.reboot_instances": {
    action: "RebootInstances",
    risk: "modify",
    effect: "once",
    undo: false,
    restore: "all",
    inputs: {
      "two running ones": ({ running }) => ({ region: REGION, instance_ids: running }),
    },
  },
  "ec2.terminate_instances": {
    action: "TerminateInstances",
    risk: "destructive",
    effect: "idempotent",
    undo: false,
    restore: "nothing",
    inputs: {
      "a running one": ({ running }) => ({ region: REGION, instance_ids: running.slice(0, 1) }),
    },
  },
  "ec2.run_instances": {
    action: "RunInstances",
    risk: "modify",
    effect: "idempotent",
    undo: true,
    inputs: {
      "two of them, tagged": () => ({
        region: REGION,
        image_id: IMAGE,
        instance_type: "t3.micro",
        count: 2,
        tags: { Name: "new" },
      }),
    },
  },
  "ec2.terminate_launched": {
    action: "TerminateInstances",
    risk: "destructive",
    effect: "idempotent",
    undo: false,
    inputs: { "a launch of the bench": () => ({ region: REGION, launch_id: LAUNCH }) },
  },
  "ec2.create_tags": {
    action: "CreateTags",
    risk: "modify",
    effect: "idempotent",
    undo: true,
    restore: "all",
    inputs: {
      "a new and a changed tag": ({ running }) => ({
        region: REGION,
        resource_ids: running,
        tags: { stage: "green", owner: 'ann "the" <admin> & co' },
      }),
    },
  },
  "ec2.delete_tags": {
    action: "DeleteTags",
    risk: "modify",
    effect: "idempotent",
    undo: true,
    restore: "all",
    inputs: {
      "a tag that one of two has": ({ running }) => ({
        region: REGION,
        resource_ids: running,
        tag_keys: ["stage"],
      }),
    },
  },
  "ec2.restore_tags": {
    action: "CreateTags",
    risk: "modify",
    effect: "idempotent",
    undo: true,
    restore: "all",
    inputs: {
      "each to its own": ({ running }) => ({
        region: REGION,
        tags: {
          [running[0] ?? ""]: { stage: null, owner: "ann" },
          [running[1] ?? ""]: { stage: "red" },
        },
      }),
    },
  },
};

describe("with the playground's EC2", () => {
  for (const [name, member] of Object.entries(FAMILY)) {
    const { action } = member;
    describeOperation(name, () => doubleBench(name, action), samplesOf(member, failuresOf(action)));
  }
});

function describeWithMoto(): void {
  describe("with moto's EC2", () => {
    beforeAll(async () => {
      moto = await startMoto();
    });
    afterAll(() => moto?.close());
    // moto knows no filter by client token.
    const { "ec2.terminate_launched": _, ...family } = FAMILY;
    for (const [name, member] of Object.entries(family)) {
      // moto takes a client token and launches again all the same.
      const effect = name === "ec2.run_instances" ? "once" : member.effect;
      const inputs = Object.fromEntries(Object.entries(member.inputs).slice(0, 1));
      describeBehaviour(name, () => motoBench(name), samplesOf({ ...member, effect, inputs }, {}));
    }
  });
}
if (motoInstalled()) describeWithMoto();

function samplesOf(
  { inputs, risk, effect, undo, restore }: Member,
  failures: NonNullable<Sample<Ec2Bench>["failures"]>,
): Readonly<Record<string, Sample<Ec2Bench>>> {
  return Object.fromEntries(
    Object.entries(inputs).map(([title, input]) => [
      title,
      {
        input,
        risk,
        effect,
        undo,
        failures,
        target: () => `ec2:default:${REGION}`,
        ...(restore !== undefined && { restore }),
      },
    ]),
  );
}

function failuresOf(action: string): Readonly<Record<string, (bench: Ec2Bench) => void>> {
  const how = (code: string, status: number) => (bench: Ec2Bench) =>
    bench.failNext({ action, how: { code, status, message: `${code} on purpose` } });
  return {
    "a missing permission": how("UnauthorizedOperation", 403),
    "a throttled call": how("RequestLimitExceeded", 503),
    "an internal error of EC2": how("InternalError", 500),
    "a lost answer": (bench) => bench.failNext({ action, how: "cut" }),
  };
}

function inOrder(tags: Iterable<readonly [string, string]>): readonly string[] {
  return [...tags].map(([key, value]) => `${key}=${value}`).toSorted((a, b) => (a < b ? -1 : 1));
}
