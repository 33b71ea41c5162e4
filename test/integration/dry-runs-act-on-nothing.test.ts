// No dry run reaches the `run` of any operation there is: asked for anew, of a filed plan, or on the command line.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { filePlan } from "#engine/file-plan.ts";
import type { JsonObject } from "#engine/json.ts";
import { createRegistry } from "#engine/operation.ts";
import type { AnyOperation } from "#engine/operation.ts";
import { previewForOperator, previewPlan } from "#engine/preview-plan.ts";
import type { PlanPreview } from "#engine/preview-steps.ts";
import { explainRefusal } from "#engine/explain-refusal.ts";
import type { Refusal } from "#engine/refusal.ts";
import type { Result } from "#engine/result.ts";
import type { EnginePorts } from "#engine/use-case-ports.ts";
import { createSecretRedactor } from "#adapters/redaction/secret-redactor.ts";
import { systemClock } from "#adapters/system/system-clock.ts";
import { startInfrastructure } from "#playground/infrastructure/start-infrastructure.ts";
import type { Infrastructure } from "#playground/infrastructure/start-infrastructure.ts";
import { createWorld } from "#test/builders/engine-world.ts";
import { loadConfig } from "../../src/config.ts";
import { openOperations } from "../../src/wiring/open-operations.ts";
import type { OpenOperations } from "../../src/wiring/open-operations.ts";
import { startTarget } from "../e2e/support/target.ts";
import type { Target } from "../e2e/support/target.ts";

let infrastructure: Infrastructure;
let target: Target;
let directory: string;
let opened: OpenOperations;
let ports: EnginePorts;
let world: ReturnType<typeof createWorld>;
let reached: string[] = [];

beforeAll(async () => {
  [infrastructure, target, directory] = await Promise.all([
    startInfrastructure(),
    startTarget(),
    mkdtemp(join(tmpdir(), "countersign-dry-")),
  ]);
  const configFile = join(directory, "countersign.yml");
  const settings = {
    environments: { production: {} },
    default_environment: "production",
    http: { allowed_hosts: ["127.0.0.1"], allowed_private_ranges: ["127.0.0.0/8"] },
    ec2: { default_regions: ["eu-west-1"] },
    checks: { disk_paths: ["/"] },
    shell: { programs: [{ path: process.execPath }] },
  };
  await writeFile(configFile, stringify(settings));
  opened = openOperations(loadConfig({ configFile }, {}), createSecretRedactor([]), {
    imaginaryEc2Url: infrastructure.ec2Url,
  });
});

afterAll(async () => {
  opened.close();
  await Promise.all([
    infrastructure.close(),
    target.close(),
    rm(directory, { recursive: true, force: true }),
  ]);
});

beforeEach(() => {
  reached = [];
  world = createWorld();
  const operations = opened.registry.list().map(({ name }): AnyOperation => {
    const operation = opened.registry.get(name);
    if (operation === undefined) throw new Error(`no ${name}`);
    return {
      ...operation,
      run: async () => {
        reached.push(name);
        return null;
      },
    };
  });
  ports = { ...world.ports, registry: createRegistry(operations), clock: systemClock };
});

/** What each operation is given: its example, aimed at what this test has started. */
function inputOf({ name, example }: { readonly name: string; readonly example: JsonObject }) {
  const url = `${target.url}/changed`;
  switch (name) {
    case "http.request":
      return { method: "DELETE", url };
    case "shell.run":
      return { program: process.execPath, arguments: ["--version"] };
    case "check.http_status":
      return { ...example, url };
    case "check.contains":
      return { ...example, value: "it is ready" };
    case "check.tcp_port":
      return { ...example, host: "127.0.0.1" };
    case "check.disk_space":
      return { ...example, path: "/" };
    default:
      return JSON.parse(
        JSON.stringify(example).replaceAll("i-0123456789abcdef0", "i-0a11ce0000000001"),
      ) as JsonObject;
  }
}

const everything = () => ({
  title: "Everything there is",
  environment: "production",
  steps: ports.registry.list().map((operation, index) => ({
    id: `s${index}`,
    uses: operation.name,
    with: inputOf(operation),
    ...(operation.name === "http.request" && { rollback: "none" }),
  })),
});

const request = () => ({ kind: "source", value: everything(), text: "" }) as const;

function previewed(result: Result<PlanPreview, Refusal>): PlanPreview {
  if (!result.ok) throw new Error(explainRefusal(result.refusal));
  return result.value;
}

const states = () =>
  infrastructure.instances().map(({ id, state, tags }) => [id, state, [...tags]]);

describe("a dry run of every operation there is", () => {
  test("asked for anew reaches none of them and changes nothing", async () => {
    const before = states();
    const { steps } = previewed(await previewPlan(ports, world.asks("U0REQ"), request()));
    expect(steps).toHaveLength(ports.registry.list().length);
    expect(reached).toEqual([]);
    expect(states()).toEqual(before);
    expect(target.asked().every(({ method }) => method === "OPTIONS")).toBe(true);
  });

  test("of a filed plan reaches none of them either", async () => {
    const filed = await filePlan(ports, world.asks("U0REQ"), request());
    if (!filed.ok) throw new Error(explainRefusal(filed.refusal));
    const { planId } = filed.value;
    previewed(await previewPlan(ports, world.asks("U0ANN"), { planId }));
    expect(reached).toEqual([]);
  });

  test("on the command line reaches none of them either", async () => {
    const { policy, playbooks, redactor, ids, registry, clock } = ports;
    previewed(
      await previewForOperator({ policy, playbooks, redactor, ids, registry, clock }, request()),
    );
    expect(reached).toEqual([]);
  });

  test("shows the difference to what is there", async () => {
    const { steps } = previewed(await previewPlan(ports, world.asks("U0REQ"), request()));
    const lines = steps.flatMap(({ preview }) => preview?.lines ?? []);
    expect(lines).toContain("i-0a11ce0000000001 is running and would be stopped.");
    expect(lines.some((line) => /i-0a11ce0000000001: \w+ is not set and would be/.test(line))).toBe(
      true,
    );
  });
});
