import { readdirSync, readFileSync } from "node:fs";
import { parse } from "yaml";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DEFAULT_HTTP_CONFIG } from "#adapters/http/http-config.ts";
import { createHttpOperations } from "#adapters/http/http-operations.ts";
import { createEc2Operations } from "#adapters/ec2/ec2-operations.ts";
import { DEFAULT_SHELL_CONFIG } from "#adapters/shell/shell-config.ts";
import { createShellOperations } from "#adapters/shell/shell-operations.ts";
import { compilePlan } from "#engine/compile-plan.ts";
import { evaluate } from "#engine/expression.ts";
import { OperationError } from "#engine/failure.ts";
import type { Json } from "#engine/json.ts";
import { createRegistry } from "#engine/operation.ts";
import type { AnyOperation, Registry } from "#engine/operation.ts";
import { PLAIN_RULE } from "#engine/policy.ts";
import type { Plan, PlanStep } from "#engine/plan.ts";
import { parsePlaybook } from "#engine/playbook.ts";
import type { Policy } from "#engine/policy.ts";
import {
  PLAYGROUND_FLEET,
  PLAYGROUND_HOSTS,
  startInfrastructure,
} from "#playground/infrastructure/start-infrastructure.ts";
import type { Infrastructure } from "#playground/infrastructure/start-infrastructure.ts";

const folder = new URL("../../playbooks/", import.meta.url);
const script = new URL("../../scripts/maintenance.sh", import.meta.url).pathname;

let infrastructure: Infrastructure;
let registry: Registry;
let closeEc2: () => void;
beforeEach(async () => {
  infrastructure = await startInfrastructure();
  const ec2 = createEc2Operations({
    defaultProfile: {
      endpoint: infrastructure.ec2Url,
      credentials: async () => ({ accessKeyId: "imaginary", secretAccessKey: "imaginary" }),
    },
    profiles: {},
    pollDelayMs: 1000,
    sleep: async () => {},
  });
  closeEc2 = ec2.close;
  registry = createRegistry([
    ...createHttpOperations({ ...DEFAULT_HTTP_CONFIG, allowedPrivateRanges: ["127.0.0.0/8"] }),
    ...ec2.operations,
    ...createShellOperations({
      ...DEFAULT_SHELL_CONFIG,
      programs: [
        {
          path: script,
          risk: "modify",
          repeatable: true,
          directory: "/",
          environment: { PATH: "/usr/bin:/bin" },
        },
      ],
    }),
  ]);
});
afterEach(async () => {
  closeEc2();
  await infrastructure.close();
});

const policy: Policy = {
  version: "test",
  teamId: null,
  groups: {},
  policies: [],
  standing: [],
  freezes: [],
  breakGlass: null,
  environments: {
    production: {
      name: "production",
      channels: ["*"],
      allow: [],
      approval: { "read-only": rule(), modify: rule(), destructive: rule() },
      approvesOnTimeout: [],
    },
  },
  defaultEnvironment: "production",
  channels: ["*"],
  sharedChannels: [],
  limits: {
    parallelism: 10,
    runTimeMs: 3_600_000,
    holdTimeMs: 3_600_000,
    pendingPlansPerRequester: 5,
    stepsPerPlan: 500,
  },
  breaker: { failureRate: 0.5, minimumCalls: 5, windowMs: 60_000, openMs: 30_000 },
  env: {},
  secrets: {},
};

function rule() {
  return { ...PLAIN_RULE, require: [], approveWithinMs: 1, startWithinMs: 1, remindAfterMs: null };
}

function playbookFrom(file: string) {
  const text = readFileSync(new URL(file, folder), "utf8");
  const playbook = parsePlaybook(file, text, parse(text));
  if (!playbook.ok) throw new Error(JSON.stringify(playbook.refusal));
  return playbook.value;
}

function compiled(file: string, given: Record<string, string> = {}) {
  const playbook = playbookFrom(file);
  const request = { kind: "playbook", name: playbook.name, arguments: given } as const;
  const plan = compilePlan(request, { policy, registry, playbooks: [playbook] });
  if (!plan.ok) throw new Error(JSON.stringify(plan.refusal));
  return plan.value.plan;
}

const files = readdirSync(folder).filter((file) => file.endsWith(".yml"));

describe("a shipped playbook", () => {
  test.each(files)("%s is a plan without any argument, and is named like its file", (file) => {
    expect(playbookFrom(file).name).toBe(file.replace(".yml", ""));
    const plan = compiled(file);
    expect(plan.risk).toBe("modify");
    expect(plan.steps.filter(({ deferred }) => deferred)).toEqual([]);
  });
});

/** Each step as often as it may be tried, and its checks: what the engine does, without its waiting. */
async function play(plan: Plan): Promise<void> {
  for (const step of plan.steps) {
    const operation = registry.get(step.uses);
    if (operation === undefined) throw new Error(`there is no ${step.uses}`);
    const input = operation.input.parse(step.with);
    expect(operation.permitted?.(input, step.profile) ?? null).toBeNull();
    const result = await attempt(operation, input, step);
    for (const source of step.check) {
      const verdict = evaluate(source, { result, inputs: plan.inputs });
      expect(verdict, `${step.id}: ${source}`).toEqual({ ok: true, value: true });
    }
  }
}

async function attempt(operation: AnyOperation, input: unknown, step: PlanStep): Promise<Json> {
  const context = {
    signal: new AbortController().signal,
    idempotencyKey: `run-1/${step.id}`,
    output: () => {},
    profile: step.profile,
    timeoutMs: step.timeoutMs,
  };
  for (let tries = 1; ; tries++) {
    try {
      return await operation.run(input, context);
    } catch (error) {
      const again =
        error instanceof OperationError && step.retry.on.includes(error.failure.category);
      if (!again || tries >= step.retry.maxAttempts) throw error;
    }
  }
}

test("restart-fleet reboots every instance of the imaginary fleet once", async () => {
  await play(compiled("restart-fleet.yml"));
  const rebooted = infrastructure.instances().map(({ reboots }) => reboots);
  expect(rebooted).toEqual(PLAYGROUND_FLEET.map(({ state }) => (state === "running" ? 1 : 0)));
});

test("rotate-hosts restarts every imaginary host once and leaves it in service", async () => {
  await play(compiled("rotate-hosts.yml", { load_balancer: infrastructure.loadBalancerUrl }));
  for (const host of infrastructure.hosts()) {
    expect(host).toMatchObject({ status: "in-service", healthy: true, restarts: 1 });
  }
});

test("maintenance-script runs the script that comes with Countersign", async () => {
  const plan = compiled("maintenance-script.yml", { target: "api" });
  await play(plan);
  expect(plan.steps[0]?.summary).toBe(`Run ["${script}","check","api"].`);
});

test("restart-fleet restarts the playground's running fleet one by one", () => {
  const plan = compiled("restart-fleet.yml");
  const restarts = plan.steps.filter(({ uses }) => uses === "ec2.reboot_instances");
  const running = PLAYGROUND_FLEET.filter(({ state }) => state === "running");
  expect(restarts.map((step) => step.with["instance_ids"])).toEqual(running.map(({ id }) => [id]));
  expect(new Set(restarts.map(({ stage }) => stage)).size).toBe(restarts.length);
});

test("rotate-hosts never has all hosts out of service, and puts each back when it fails", () => {
  const plan = compiled("rotate-hosts.yml");
  const stageOf = (id: string) => plan.steps.find((step) => step.id === id)?.stage ?? -1;
  expect(stageOf("drain-second[0]")).toBeGreaterThan(stageOf("undrain-first[0]"));
  const drains = plan.steps.filter(({ id }) => id.startsWith("drain-"));
  expect(drains.map(({ rollback }) => rollback.kind)).toEqual(
    PLAYGROUND_HOSTS.map(() => "commands"),
  );
});

test("maintenance-script takes only the tasks it names", () => {
  expect(() => compiled("maintenance-script.yml", { task: "format-disks" })).toThrow("rotate-logs");
  expect(() => compiled("maintenance-script.yml", { target: "web; id" })).toThrow("matches");
});
