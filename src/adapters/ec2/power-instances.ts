// `ec2.start_instances`, `ec2.stop_instances` and `ec2.terminate_instances`: three moves between
// states, alike in everything but what they lose.

import {
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import type { InstanceStateChange } from "@aws-sdk/client-ec2";
import { z } from "zod";
import type { Risk } from "#engine/risk.ts";
import type { Operation, UndoCall } from "#engine/operation.ts";
import type { Ec2Access } from "./ec2-access.ts";
import { ofPlace } from "./ec2-config.ts";
import { countOf, instanceIds, instanceLocks, region, someOf } from "./ec2-input.ts";
import { capturedIn, captureStates, restorePower } from "./captured-states.ts";
import { instanceStates, waitForInstances } from "./instance-states.ts";
import type { Goal } from "./instance-states.ts";

const result = z.strictObject({
  instances: z.array(z.strictObject({ id: z.string(), previous: z.string(), current: z.string() })),
});
type Result = z.infer<typeof result>;

type Input = {
  readonly region: string;
  readonly instance_ids: readonly string[];
  readonly wait_for: "nothing" | "running" | "healthy" | "stopped" | "terminated";
};

type Call = { readonly InstanceIds: string[]; readonly DryRun?: boolean };

type Move = {
  readonly verb: "start" | "stop" | "terminate";
  readonly risk: "modify" | "destructive";
  readonly waits: z.ZodType<Input["wait_for"]>;
  readonly command: (
    call: Call,
  ) => StartInstancesCommand | StopInstancesCommand | TerminateInstancesCommand;
  readonly goal: Omit<Goal, "healthy">;
  readonly consequence: string;
  /** The way back for instances that were in one of these states, or null. */
  readonly back: {
    readonly uses: string;
    readonly risk: Risk;
    readonly from: readonly string[];
    readonly sentence: string;
  } | null;
};

export function startInstances(access: Ec2Access): Operation<Input, Result> {
  return moveOperation(access, {
    verb: "start",
    risk: "modify",
    waits: z.enum(["running", "healthy", "nothing"]).default("running"),
    command: (call) => new StartInstancesCommand(call),
    goal: { state: "running", hopeless: ["stopped", "stopping", "shutting-down", "terminated"] },
    consequence: "",
    back: {
      uses: "ec2.stop_instances",
      risk: "destructive",
      from: ["stopped", "stopping"],
      sentence:
        "Stop again those that were stopped before, which loses instance-store data and public IPv4 addresses",
    },
  });
}

export function stopInstances(access: Ec2Access): Operation<Input, Result> {
  return moveOperation(access, {
    verb: "stop",
    risk: "destructive",
    waits: z.enum(["stopped", "nothing"]).default("stopped"),
    command: (call) => new StopInstancesCommand(call),
    goal: { state: "stopped", hopeless: ["shutting-down", "terminated"] },
    consequence: "; instance-store data and public IPv4 addresses are lost",
    back: {
      uses: "ec2.start_instances",
      risk: "modify",
      from: ["running", "pending"],
      sentence: "Start again those that were running before",
    },
  });
}

export function terminateInstances(access: Ec2Access): Operation<Input, Result> {
  return moveOperation(access, {
    verb: "terminate",
    risk: "destructive",
    waits: z.enum(["terminated", "nothing"]).default("terminated"),
    command: (call) => new TerminateInstancesCommand(call),
    goal: { state: "terminated", hopeless: [] },
    consequence: " for good",
    back: null,
  });
}

function moveOperation(access: Ec2Access, move: Move): Operation<Input, Result> {
  const { verb, back } = move;
  const Verb = `${verb[0]?.toUpperCase() ?? ""}${verb.slice(1)}`;
  return {
    name: `ec2.${verb}_instances`,
    summary: `${Verb} EC2 instances and wait until they are ${move.goal.state}.`,
    input: z.strictObject({ region, instance_ids: instanceIds, wait_for: move.waits }),
    result,
    example: { region: "eu-west-1", instance_ids: ["i-0123456789abcdef0"] },
    worstRisk: move.risk,
    risk: () => move.risk,
    // An instance already on its way is left alone, so a repeat changes nothing.
    effect: () => "idempotent",
    defaultTimeoutMs: 600_000,
    describe: ({ region, instance_ids }) =>
      `${Verb} ${countOf(instance_ids, "EC2 instance")} in ${region}: ${someOf(instance_ids)}${move.consequence}.`,
    describeUndo: ({ region, instance_ids }) =>
      back === null ? null : `${back.sentence} (${someOf(instance_ids)} in ${region}).`,
    locks: instanceLocks,
    ...ofPlace(access.config),
    preview: async ({ region, instance_ids }, { profile, signal }) => {
      const target = { region, profile, signal };
      const command = move.command({ InstanceIds: [...instance_ids], DryRun: true });
      const answer = await access.dryRun(target, (client, options) =>
        client.send(command, options),
      );
      if (answer.wouldSucceed !== true) return answer;
      const states = await instanceStates(access, target, instance_ids);
      const { state: goal } = move.goal;
      const now = instance_ids.map((id) =>
        states[id] === goal
          ? `${id} is ${goal} already.`
          : `${id} is ${states[id] ?? "unknown"} and would be ${goal}.`,
      );
      return { wouldSucceed: true, lines: [...answer.lines, ...now] };
    },
    capture: ({ region, instance_ids }, { profile, signal }) =>
      captureStates(access, { region, profile, signal }, instance_ids),
    restore: restorePower,
    ...(back === null
      ? {}
      : {
          undoRisk: back.risk,
          undo: ({ region, instance_ids }, _result, captured): UndoCall | null => {
            const ids = capturedIn(captured, instance_ids, back.from);
            return ids.length === 0
              ? null
              : { uses: back.uses, with: { region, instance_ids: ids } };
          },
        }),
    run: async ({ region, instance_ids, wait_for }, { profile, signal, output }) => {
      const target = { region, profile, signal };
      const ids = [...instance_ids];
      const answer = await access.change(target, (client, options) =>
        client.send(move.command({ InstanceIds: ids }), options),
      );
      const changes = changesIn(answer);
      output(`EC2 accepted to ${verb} ${countOf(ids, "instance")}\n`);
      if (wait_for === "nothing")
        return { instances: ids.map((id) => changeOf(id, changes, null)) };
      const goal = { ...move.goal, healthy: wait_for === "healthy" };
      const states = await waitForInstances({ access, target, output, ids }, goal);
      return { instances: ids.map((id) => changeOf(id, changes, states)) };
    },
  };
}

/** The three answers differ in the name of their one list only. */
function changesIn(answer: object): readonly InstanceStateChange[] {
  return Object.values(answer).flatMap((value: unknown) =>
    Array.isArray(value) ? (value as InstanceStateChange[]) : [],
  );
}

function changeOf(
  id: string,
  changes: readonly InstanceStateChange[],
  states: Readonly<Record<string, string>> | null,
): Result["instances"][number] {
  const change = changes.find(({ InstanceId }) => InstanceId === id);
  return {
    id,
    previous: change?.PreviousState?.Name ?? "unknown",
    current: states?.[id] ?? change?.CurrentState?.Name ?? "unknown",
  };
}
