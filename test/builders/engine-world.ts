// Everything a use case needs, in memory: plans, runs, log, directory, clock. One world for each test.

import { createHash } from "node:crypto";
import { cronCalendar } from "#adapters/calendar/cron-calendar.ts";
import { createCountingIds } from "#test/fakes/counting-ids.ts";
import { createFakeDirectory } from "#test/fakes/fake-directory.ts";
import { createManualClock } from "#test/fakes/manual-clock.ts";
import { createMemoryAuditLog } from "#test/fakes/memory-audit-log.ts";
import { createMemoryCheckpoints } from "#test/fakes/memory-checkpoints.ts";
import { createMemoryDelegations } from "#test/fakes/memory-delegations.ts";
import { createMemoryPlanStore } from "#test/fakes/memory-plan-store.ts";
import { createMemoryStepUps } from "#test/fakes/memory-step-ups.ts";
import { createSecretRedactor } from "#adapters/redaction/secret-redactor.ts";
import { createMemorySecretBox } from "#test/fakes/memory-secret-box.ts";
import { createMemoryReminders } from "#test/fakes/memory-reminders.ts";
import { createMemoryRuns } from "#test/fakes/memory-runs.ts";
import type { Policy } from "#engine/policy.ts";
import type { Asker, EnginePorts } from "#engine/use-case-ports.ts";
import { aPolicy } from "./a-policy.ts";
import { toyRegistry } from "./toy-operations.ts";
import type { ToyCalls } from "./toy-operations.ts";

export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** U0REQ asks; U0ANN, U0BOB and U0CAT are `sre`. */
export function createWorld(policy: Policy = aPolicy()) {
  const audit = createMemoryAuditLog();
  const directory = createFakeDirectory();
  directory.setGroup("S0SRE", ["U0ANN", "U0BOB", "U0CAT"]);
  const clock = createManualClock();
  const runs = createMemoryRuns(audit.write);
  const stepUps = createMemoryStepUps(audit.write);
  const plans = createMemoryPlanStore(audit.write, runs, stepUps);
  const secrets = createMemorySecretBox();
  const checkpoints = createMemoryCheckpoints(audit.write, async (planId) => {
    const record = await plans.get(planId);
    return record?.conversation.permalink ?? null;
  });
  const delegations = createMemoryDelegations(audit.write);
  const calls: ToyCalls = { runs: [], previews: [] };
  const ports: EnginePorts = {
    plans,
    runs,
    checkpoints,
    delegations,
    reminders: createMemoryReminders(),
    stepUps,
    audit,
    directory,
    registry: toyRegistry(calls),
    policy,
    playbooks: [],
    secrets,
    redactor: createSecretRedactor([]),
    clock,
    calendar: cronCalendar,
    ids: createCountingIds(),
    sha256,
  };
  let requests = 0;
  /** A person with a new request. */
  const asks = (userId: string, changes: Partial<Asker> = {}): Asker => {
    requests += 1;
    return {
      teamId: "T0ACME",
      userId,
      conversation: {
        id: "cv-1",
        teamId: "T0ACME",
        channelId: "C0OPS",
        threadTs: "1763690000.000100",
        words: "please",
        permalink: null,
      },
      requestId: `Ev${requests}`,
      entry: "button",
      ...changes,
    };
  };
  return {
    ports,
    audit,
    directory,
    clock,
    plans,
    runs,
    checkpoints,
    delegations,
    stepUps,
    secrets,
    calls,
    asks,
  };
}

export type World = ReturnType<typeof createWorld>;

/** A plan of one step, destructive unless another operation is named. */
export function planSource(
  uses = "toy.destroy",
  input: Readonly<Record<string, unknown>> = { name: "web-1" },
) {
  const value = { title: `Do ${uses}`, steps: [{ id: "one", uses, with: input }] };
  return { kind: "source", value, text: JSON.stringify(value) } as const;
}
