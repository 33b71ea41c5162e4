// Files the plan of a finished run once more: the same source under the operations, the configuration and the policy
// of today, for new approvals, with what has changed since. Whoever asks is the requester, with their own rights.

import { audited } from "./audited-use-case.ts";
import { askedAgain } from "./coalesce-plan.ts";
import type { PlanRequest } from "./compile-plan.ts";
import { expireIfDue } from "./expire-plans.ts";
import { fileRequest } from "./file-plan.ts";
import type { FiledPlan } from "./file-plan.ts";
import { planHash } from "./plan-hash.ts";
import type { AwaitingPlan, Plan, PlanOrigin, PlanRecord } from "./plan.ts";
import { previewSteps } from "./preview-steps.ts";
import type { Refusal } from "./refusal.ts";
import { accept, refuse } from "./result.ts";
import type { Result } from "./result.ts";
import { ruleOfPlan } from "./rule-of-plan.ts";
import { isFinal } from "./run.ts";
import { differencesSince } from "./since-then.ts";
import { memberOrRefusal, rightsCheck, soundPlan } from "./sound-plan.ts";
import type { Asker, EnginePorts } from "./use-case-ports.ts";

type StoredSource = Extract<PlanRequest, { readonly kind: "source" }>;

export type Replay = {
  readonly planId: string;
  /** The plan's stored source, parsed. */
  readonly request: StoredSource;
};

/** Every refusal is in the audit log when this returns. */
export async function replayPlan(
  ports: EnginePorts,
  asker: Asker,
  { planId, request }: Replay,
): Promise<Result<FiledPlan, Refusal>> {
  const attempt = { attempted: `file plan ${planId} again`, planId, runId: null };
  return audited(ports, asker, attempt, async () => {
    await expireIfDue(ports, planId);
    const record = await ports.plans.get(planId);
    if (record === null || record.conversation.teamId !== asker.teamId)
      return refuse({ code: "plan-not-found", planId });
    const person = await memberOrRefusal(ports, asker);
    if (!person.ok) return person;
    const run = await ports.runs.byPlan(planId);
    const status = run?.status ?? record.status;
    if (run === null ? !isOver(record) : !isFinal(run.status))
      return refuse({ code: "replay-too-early", planId, status });
    if (record.origin?.kind === "rollback" || record.origin?.kind === "restore")
      return refuse({ code: "replay-of-way-back", planId, of: record.origin.kind });
    const sound = soundPlan(ports, request);
    if (!sound.ok) return refuse(goneRefusal(planId, sound.refusal));
    const { plan } = sound.value;
    // Whoever may not ask for the plan here does not join those who wait for it, and has no target asked.
    const { channelId } = asker.conversation;
    const rights = await rightsCheck(ports, { ...person.value, channelId }, plan);
    if (rights !== null) return refuse(rights);
    const waiting = await sameWaiting(ports, asker, plan);
    if (waiting !== null)
      return accept({
        planId: waiting.id,
        runId: null,
        plan,
        alreadyFiled: false,
        sameAs: waiting,
      });
    const origin = await originOf(ports, asker, { record, request, plan });
    if (!origin.ok) return origin;
    return fileRequest(ports, asker, {
      person: person.value,
      request,
      origin: { ...origin.value, ofRun: run?.runId ?? null },
    });
  });
}

/** A plan without a run that will never have one. */
function isOver({ status }: PlanRecord): boolean {
  return status === "rejected" || status === "expired" || status === "withdrawn";
}

/** What it refers to is not there any more; everything else is refused as in any filing. */
function goneRefusal(planId: string, refusal: Refusal): Refusal {
  return refusal.code === "plan-invalid"
    ? { code: "replay-gone", planId, problems: refusal.problems }
    : refusal;
}

/**
 * One that waits already and is the same but for what it was made from. Two replays at the same moment may still make
 * two: each needs approvals of its own.
 */
async function sameWaiting(
  ports: EnginePorts,
  asker: Asker,
  plan: Plan,
): Promise<AwaitingPlan | null> {
  const hash = planHash(plan, ports.sha256);
  const waiting = await ports.plans.awaiting(asker.teamId);
  const same = waiting.find(
    (record) => record.hash === hash && record.requestId !== asker.requestId,
  );
  return same === undefined ? null : askedAgain(ports, asker, { planId: same.id, wanted: same });
}

type Origin = Extract<PlanOrigin, { readonly kind: "replay" }>;

/** @param asker may ask for the plan here. */
async function originOf(
  ports: EnginePorts,
  asker: Asker,
  given: {
    readonly record: PlanRecord;
    readonly request: StoredSource;
    readonly plan: Plan;
  },
): Promise<Result<Omit<Origin, "ofRun">, Refusal>> {
  const { record, request, plan } = given;
  const ruled = await ruleOfPlan(ports, { plan, teamId: asker.teamId, requesterId: asker.userId });
  if (!ruled.ok) return ruled;
  const { steps: previews } = await previewSteps(ports, plan);
  const notes = differencesSince({
    record,
    plan,
    rule: ruled.value.rule,
    policyVersion: ports.policy.version,
    playbooks: ports.playbooks,
    source: request.value,
    previews,
  });
  const { id: planId, filedAt, conversation } = record;
  return accept({
    kind: "replay",
    planId,
    filedAt,
    permalink: conversation.permalink,
    // Previews are what targets say, and this is kept with the plan.
    notes: notes.map((note) => ports.redactor.text(note)),
  });
}
