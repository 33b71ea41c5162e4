// A run in a world of use cases that waits for people: its plan is filed and approved, its events are what a test
// says they are.

import type {
  AwaitingPlan,
  Inquiry,
  InquiryField,
  InquiryFieldType,
  PlanStep,
  StepApproval,
} from "#engine/plan.ts";
import { planHash } from "#engine/plan-hash.ts";
import type { Actor } from "#engine/identity.ts";
import type { RunEvent } from "#engine/run.ts";
import type { RunView } from "#engine/run-store.ts";
import type { World } from "./engine-world.ts";
import { sha256 } from "./engine-world.ts";
import { aClause } from "./a-policy.ts";
import { aPlan, aRecord, aStep } from "./plan-records.ts";

export const RUN_ID = "run-1";
const ENGINE: Actor = { kind: "system", part: "engine" };
const HOUR = 3_600_000;

export function anApproval(changes: Partial<StepApproval> = {}): StepApproval {
  return {
    message: "Stop production?",
    require: [aClause(1, "sre")],
    timeoutMs: HOUR,
    onTimeout: "fail",
    ...changes,
  };
}

export function anInquiry(changes: Partial<Inquiry> = {}): Inquiry {
  return {
    message: "Which one?",
    fields: [],
    from: null,
    timeoutMs: HOUR,
    onTimeout: "fail",
    ...changes,
  };
}

export function aField(
  name: string,
  type: InquiryFieldType,
  changes: Partial<InquiryField> = {},
): InquiryField {
  const plain = { options: [], default: null, min: null, max: null, pattern: null };
  return { name, type, label: name, required: true, ...plain, ...changes };
}

export type AskingRun = {
  readonly record: AwaitingPlan;
  readonly run: () => RunView;
  /** Adds events as the run's owner would, at the clock's time. */
  readonly note: (...events: readonly RunEvent[]) => void;
};

/** A started run of these steps whose requester is U0REQ; its plan is in the world's store. */
export async function askingRun(
  world: World,
  steps: readonly PlanStep[] = [aStep({ id: "stop", risk: "destructive", approval: anApproval() })],
  changes: Partial<AwaitingPlan> = {},
): Promise<AskingRun> {
  const plan = aPlan({ steps });
  const record = aRecord({
    plan,
    hash: planHash(plan, sha256),
    requester: { teamId: "T0ACME", userId: "U0REQ", name: "rita" },
    ...changes,
  });
  await world.plans.file(record, { events: [], notices: [] }, 10);
  const { id: planId, version: planVersion, hash, conversation } = record;
  let view: RunView = {
    runId: RUN_ID,
    planId,
    planVersion,
    planHash: hash,
    plan,
    teamId: "T0ACME",
    requesterId: "U0REQ",
    conversation,
    queuedAt: world.clock.now(),
    status: "running",
    owner: null,
    emergency: false,
    events: [],
  };
  const note = (...events: readonly RunEvent[]): void => {
    const at = world.clock.now();
    const added = events.map((event) => ({
      at,
      actor: "by" in event && event.by !== null && event.by !== undefined ? event.by : ENGINE,
      event,
    }));
    view = { ...view, events: [...view.events, ...added] };
    world.runs.put(view);
  };
  note({ kind: "run.queued", planVersion, planHash: hash }, { kind: "run.started" });
  return { record, run: () => view, note };
}
