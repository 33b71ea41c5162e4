import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createEc2Operations } from "#adapters/ec2/ec2-operations.ts";
import type { Ec2Operations } from "#adapters/ec2/ec2-operations.ts";
import { OperationError, OutcomeUnknown } from "#engine/failure.ts";
import type { JsonObject } from "#engine/json.ts";
import type { AnyOperation } from "#engine/operation.ts";
import { startEc2Server } from "#playground/infrastructure/ec2-server.ts";
import type { Ec2Server } from "#playground/infrastructure/ec2-server.ts";

const region = "eu-west-1";

let server: Ec2Server;
let ec2: Ec2Operations;
let polls: number;
let duringPoll: () => void;
beforeEach(async () => {
  server = await startEc2Server({ passingLooks: 1 });
  polls = 0;
  duringPoll = () => {};
  ec2 = createEc2Operations({
    defaultProfile: {
      endpoint: server.url,
      regions: [region],
      credentials: async () => ({ accessKeyId: "AKIDTEST", secretAccessKey: "secret" }),
    },
    profiles: {},
    pollDelayMs: 1000,
    sleep: async () => {
      polls++;
      duringPoll();
    },
  });
});
afterEach(async () => {
  ec2.close();
  await server.close();
});

function operation(name: string): AnyOperation {
  const found = ec2.operations.find((one) => one.name === `ec2.${name}`);
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found;
}

function attempt(signal = new AbortController().signal) {
  const output: string[] = [];
  const context = {
    signal,
    output: (text: string) => output.push(text),
    idempotencyKey: "run-1/step-1",
    profile: null,
    timeoutMs: 1000,
  };
  return { context, output };
}

const run = (name: string, input: JsonObject, made = attempt()) =>
  operation(name).run(operation(name).input.parse({ region, ...input }), made.context);

async function failure(running: Promise<unknown>): Promise<OperationError | OutcomeUnknown> {
  const error = await running.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof OperationError || error instanceof OutcomeUnknown) return error;
  throw new Error("not an operation's error", { cause: error });
}

describe("inputs", () => {
  test.each([
    [{ region: "europe", instance_ids: ["i-12345678"] }, "region"],
    [{ region, instance_ids: ["i-1; rm -rf /"] }, "instance_ids.0"],
    [{ region, instance_ids: [] }, "instance_ids"],
    [{ region, instance_ids: ["i-12345678", "i-12345678"] }, "instance_ids"],
    [
      {
        region,
        instance_ids: Array.from({ length: 101 }, (_, at) => `i-${String(at).padStart(8, "0")}`),
      },
      "instance_ids",
    ],
  ])("%j is refused at %s", (input, path) => {
    const { error } = operation("stop_instances").input.safeParse(input);
    expect(error?.issues.map((issue) => issue.path.join("."))).toContain(path);
  });

  test("tags of AWS itself are not set", () => {
    const input = { region, resource_ids: ["i-12345678"], tags: { "aws:x": "1" } };
    expect(operation("create_tags").input.safeParse(input).success).toBe(false);
  });

  test("a region that the configuration doesn't list is refused, also when it runs", async () => {
    const stop = operation("stop_instances");
    const elsewhere = { region: "us-east-1", instance_ids: ["i-12345678"] };
    expect(stop.permitted?.(stop.input.parse(elsewhere), null)).toContain("us-east-1");
    expect((await failure(run("stop_instances", elsewhere))).failure.category).toBe(
      "authorization",
    );
  });
});

describe("waiting", () => {
  test("tells each change once", async () => {
    const { id } = server.fleet.launch({ state: "stopped" });
    const made = attempt();
    const result = await run("start_instances", { instance_ids: [id] }, made);
    expect(result).toEqual({ instances: [{ id, previous: "stopped", current: "running" }] });
    expect(made.output).toEqual([
      "EC2 accepted to start 1 instance\n",
      `0 of 1 running: ${id} is pending\n`,
      "1 of 1 running\n",
    ]);
  });

  test("a hiccup while waiting doesn't fail what EC2 has accepted", async () => {
    const { id } = server.fleet.launch({ state: "stopped" });
    const how = { code: "RequestLimitExceeded", message: "slow", status: 503 };
    server.failNext({ action: "DescribeInstances", how, times: 3 });
    expect(await run("start_instances", { instance_ids: [id] })).toMatchObject({
      instances: [{ current: "running" }],
    });
  });

  test("hiccups without end fail", async () => {
    const { id } = server.fleet.launch({ state: "stopped" });
    const how = { code: "RequestLimitExceeded", message: "slow", status: 503 };
    server.failNext({ action: "DescribeInstances", how, times: 100 });
    const error = await failure(run("start_instances", { instance_ids: [id] }));
    expect(error.failure.category).toBe("temporary");
    expect(polls).toBe(5);
  });

  test("an instance that can't get there any more fails at once", async () => {
    const { id } = server.fleet.launch({ state: "stopped" });
    duringPoll = () => server.fleet.terminate([id]);
    const error = await failure(run("start_instances", { instance_ids: [id] }));
    expect(error).toBeInstanceOf(OperationError);
    expect(error.failure.message).toMatch(/is (shutting-down|terminated) and will not be running/);
  });

  test("being stopped while waiting leaves the outcome open", async () => {
    const { id } = server.fleet.launch({ state: "running" });
    const stopping = new AbortController();
    duringPoll = () => stopping.abort();
    const error = await failure(
      run("stop_instances", { instance_ids: [id] }, attempt(stopping.signal)),
    );
    expect(error).toBeInstanceOf(OutcomeUnknown);
    expect(polls).toBe(1);
  });

  test("a launch that fails names what it launched", async () => {
    duringPoll = () => server.fleet.terminate(server.fleet.all().map(({ id }) => id));
    const error = await failure(
      run("run_instances", { image_id: "ami-12345678", instance_type: "t3.micro" }),
    );
    expect(error.failure.message).toContain(`Launched ${server.fleet.all()[0]?.id ?? "?"}`);
  });
});

describe("undo", () => {
  const undo = (name: string, input: JsonObject, captured: JsonObject | null) =>
    operation(name).undo?.(operation(name).input.parse({ region, ...input }), null, captured);

  test("of a start stops only what was stopped before", () => {
    const ids = ["i-00000001", "i-00000002"];
    const captured = { states: { "i-00000001": "running", "i-00000002": "stopped" } };
    expect(undo("start_instances", { instance_ids: ids }, captured)).toEqual({
      uses: "ec2.stop_instances",
      with: { region, instance_ids: ["i-00000002"] },
    });
  });

  test("of a stop of what was stopped already is nothing", () => {
    const captured = { states: { "i-00000001": "stopped" } };
    expect(undo("stop_instances", { instance_ids: ["i-00000001"] }, captured)).toBeNull();
  });

  test("without a captured state is nothing, rather than a guess", () => {
    expect(undo("stop_instances", { instance_ids: ["i-00000001"] }, null)).toBeNull();
  });
});

test("a launch whose answer was lost is found by its token and taken back", async () => {
  const launch = operation("run_instances");
  const given = { image_id: "ami-12345678", instance_type: "t3.micro", count: 2 };
  const input = launch.input.parse({ region, ...given });
  const captured = (await launch.capture?.(input, attempt().context)) ?? null;
  server.failNext({ action: "RunInstances", how: "cut" });
  expect(await failure(run("run_instances", given))).toBeInstanceOf(OutcomeUnknown);
  const call = launch.undo?.(input, null, captured);
  expect(call?.uses).toBe("ec2.terminate_launched");
  await run("terminate_launched", call?.with ?? {});
  expect(server.fleet.all().map(({ state }) => state)).toEqual(["terminated", "terminated"]);
});

describe("preview", () => {
  const preview = (name: string, input: JsonObject) =>
    operation(name).preview?.(operation(name).input.parse({ region, ...input }), attempt().context);

  test("says what EC2 would refuse", async () => {
    const { id } = server.fleet.launch({ state: "running" });
    const how = { code: "UnauthorizedOperation", message: "You may not.", status: 403 };
    server.failNext({ action: "StopInstances", how });
    expect(await preview("stop_instances", { instance_ids: [id] })).toEqual({
      wouldSucceed: false,
      lines: ["UnauthorizedOperation: You may not."],
    });
  });

  test("says that an instance does not exist", async () => {
    expect(await preview("stop_instances", { instance_ids: ["i-0badbadbad"] })).toMatchObject({
      wouldSucceed: false,
    });
  });

  test("that EC2 could not be asked for is a failure, not an answer", async () => {
    const { id } = server.fleet.launch({ state: "running" });
    server.failNext({ action: "StopInstances", how: "cut" });
    await expect(preview("stop_instances", { instance_ids: [id] })).rejects.toThrow(OperationError);
  });
});

test("a long list is read page by page, up to the limit", async () => {
  for (let at = 0; at < 30; at++) server.fleet.launch({ state: "running" });
  expect(await run("describe_instances", { limit: 12 })).toMatchObject({
    count: 12,
    truncated: true,
  });
  expect(await run("describe_instances", { limit: 30 })).toMatchObject({
    count: 30,
    truncated: false,
  });
});
