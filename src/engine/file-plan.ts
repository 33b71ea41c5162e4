// Files a plan: may this person ask, is the plan sound, can its quorum be reached, is there room for it.

import { admitPlan } from "./admit-plan.ts";
import { audited, personActor } from "./audited-use-case.ts";
import type { AuditEntry } from "./audit-event.ts";
import { askedAgain } from "./coalesce-plan.ts";
import type { CompiledPlan, PlanRequest } from "./compile-plan.ts";
import { ENGINE } from "./identity.ts";
import type { Person } from "./identity.ts";
import type { Notice } from "./notice.ts";
import { planHash } from "./plan-hash.ts";
import { approvePlan, beginPlan } from "./plan-life.ts";
import type { ApprovedPlan, AwaitingPlan, Plan, PlanOrigin, PlanRecord } from "./plan.ts";
import type { LockedRun, Superseding } from "./plan-store.ts";
import type { ApprovalRule } from "./policy.ts";
import type { Refusal } from "./refusal.ts";
import { accept, refuse } from "./result.ts";
import type { Result } from "./result.ts";
import { memberOrRefusal, rightsCheck, secretKeyRefusal, soundPlan } from "./sound-plan.ts";
import type { Asker, EnginePorts } from "./use-case-ports.ts";
import type { Verdict } from "./verdict.ts";

export type FiledPlan = {
  readonly planId: string;
  /** Set when the policy asks for no approval: the run is queued already. */
  readonly runId: string | null;
  readonly plan: Plan;
  /** The same request had filed it before. */
  readonly alreadyFiled: boolean;
  /** The same plan waited already and is the one named here: nothing was filed. Null: it was. */
  readonly sameAs: AwaitingPlan | null;
};

/** How often a plan is filed anew because the same one, which waited, was decided in that moment. */
const FILING_TRIES = 10;

/** Files the plan and queues its card. Every refusal is in the audit log when this returns. */
export async function filePlan(
  ports: EnginePorts,
  asker: Asker,
  request: PlanRequest,
): Promise<Result<FiledPlan, Refusal>> {
  const attempt = { attempted: `file a plan (${nameOf(request)})`, planId: null, runId: null };
  return audited(ports, asker, attempt, async () => {
    const person = await memberOrRefusal(ports, asker);
    return person.ok ? fileRequest(ports, asker, { person: person.value, request }) : person;
  });
}

/**
 * The same for a use case that made the request itself and records its refusals.
 * @param given.person the asker as the full member they are.
 */
export async function fileRequest(
  ports: EnginePorts,
  asker: Asker,
  given: {
    readonly person: Person;
    readonly request: PlanRequest;
    readonly origin?: PlanOrigin | null;
    /** The plan in whose place it is filed, which gives way in the same transaction. */
    readonly supersedes?: GivingWay;
  },
): Promise<Result<FiledPlan, Refusal>> {
  const { person, origin = null, supersedes = null } = given;
  const sound = soundPlan(ports, given.request);
  if (!sound.ok) return sound;
  const keyless = secretKeyRefusal(ports, sound.value.plan);
  if (keyless !== null) return refuse(keyless);
  const channelId = asker.conversation.channelId;
  const rights = await rightsCheck(ports, { ...person, channelId }, sound.value.plan);
  if (rights !== null) return refuse(rights);
  const { plan } = sound.value;
  const asked = { plan, teamId: asker.teamId, requesterId: asker.userId };
  const compiled = sound.value;
  const admitted = await admitPlan(ports, asked, (rule) =>
    newRecord(ports, asker, { person, origin, compiled, rule, supersedes }),
  );
  if (!admitted.ok) return admitted;
  const { record, verdict } = admitted.value;
  return store(ports, asker, { waiting: record, verdict, supersedes });
}

export type GivingWay = {
  readonly planId: string;
  /** Pure. @param byPlanId the plan that is filed. */
  readonly giveWay: (
    record: PlanRecord,
    run: LockedRun | null,
    byPlanId: string,
  ) => Result<Superseding, Refusal>;
};

function newRecord(
  ports: EnginePorts,
  asker: Asker,
  given: {
    readonly person: Person;
    readonly origin: PlanOrigin | null;
    readonly compiled: CompiledPlan;
    readonly supersedes: GivingWay | null;
    readonly rule: ApprovalRule;
  },
): AwaitingPlan {
  const { plan, sourceText } = given.compiled;
  const { rule } = given;
  const filing = {
    id: ports.ids.next("pl"),
    plan,
    hash: planHash(plan, ports.sha256),
    source: sourceText,
    origin: given.origin,
    conversation: asker.conversation,
    requester: given.person,
    rule,
    policyVersion: ports.policy.version,
    requestId: asker.requestId,
    supersedes: given.supersedes?.planId ?? null,
  };
  return beginPlan(filing, ports.clock.now());
}

async function store(
  ports: EnginePorts,
  asker: Asker,
  given: {
    readonly waiting: AwaitingPlan;
    readonly verdict: Verdict;
    readonly supersedes: GivingWay | null;
    readonly tries?: number;
  },
): Promise<Result<FiledPlan, Refusal>> {
  const { waiting, verdict, supersedes, tries = FILING_TRIES } = given;
  const events = [filedEntry(waiting, asker)];
  const notices: Notice[] = [{ kind: "plan-card", planId: waiting.id }];
  let record: AwaitingPlan | ApprovedPlan = waiting;
  if (verdict.outcome === "approved") {
    const runId = ports.ids.next("run");
    const approved = approvePlan(waiting, { verdict, runId, at: waiting.filedAt });
    if (!approved.ok) return approved;
    record = approved.value;
    events.push(approvedEntry(record, verdict));
    notices.push({ kind: "run-progress", runId });
  }
  const change = {
    events,
    notices,
    ...(record.status === "approved" && { queueRun: { runId: record.runId } }),
  };
  const limit = ports.policy.limits.pendingPlansPerRequester;
  const answer =
    supersedes === null
      ? await ports.plans.file(record, change, limit)
      : await ports.plans.supersede(
          supersedes.planId,
          (old, run) => supersedes.giveWay(old, run, waiting.id),
          { record, change },
          limit,
        );
  if (answer.kind === "refused") return refuse(answer.refusal);
  if (answer.kind === "same-plan-waits") {
    const { planId } = answer;
    const sameAs = await askedAgain(ports, asker, { planId, wanted: waiting });
    if (sameAs !== null)
      return accept({ planId, runId: null, plan: sameAs.plan, alreadyFiled: false, sameAs });
    if (tries > 1) return store(ports, asker, { ...given, tries: tries - 1 });
    throw new Error(`plan ${planId} both waits and does not, ${FILING_TRIES} times in a row`);
  }
  if (answer.kind === "too-many-pending") {
    return refuse({ code: "too-many-pending", pending: answer.pending, limit });
  }
  if (answer.kind === "rollback-pending") return refuse(pendingRollback(waiting, answer.planId));
  const filed = answer.kind === "filed" ? record : await ports.plans.get(answer.planId);
  if (filed === null) return refuse({ code: "plan-not-found", planId: waiting.id });
  const alreadyFiled = answer.kind === "already-filed";
  return accept({
    planId: filed.id,
    runId: runIdOf(filed),
    plan: filed.plan,
    alreadyFiled,
    sameAs: null,
  });
}

function pendingRollback({ origin }: AwaitingPlan, planId: string): Refusal {
  if (origin?.kind !== "rollback")
    throw new Error(`plan ${planId} stands in the way of one that takes nothing back`);
  return { code: "rollback-pending", runId: origin.runId, planId };
}

function runIdOf(record: PlanRecord): string | null {
  return record.status === "approved" || record.status === "spent" ? record.runId : null;
}

function filedEntry(record: AwaitingPlan, asker: Asker): AuditEntry {
  const { plan } = record;
  return {
    ...entryOf(record, record.filedAt),
    actor: personActor(asker),
    event: {
      kind: "plan.filed",
      version: record.version,
      hash: record.hash,
      title: plan.title,
      environment: plan.environment,
      risk: plan.risk,
      operations: [...new Set(plan.steps.map(({ uses }) => uses))].toSorted(),
      policyVersion: record.policyVersion,
      rule: record.rule,
      requestId: asker.requestId,
      ...(record.supersedes !== null && { supersedes: record.supersedes }),
      ...(record.origin !== null && { origin: record.origin }),
      ...(record.origin?.kind === "rollback" && { rollsBack: record.origin.runId }),
      ...(record.origin?.kind === "restore" && { restores: record.origin.checkpoint }),
    },
  };
}

/** The decision itself, made by the engine when the last vote, or none, was needed. */
export function approvedEntry(record: ApprovedPlan, verdict: Verdict): AuditEntry {
  return {
    ...entryOf(record, record.decidedAt),
    runId: record.runId,
    event: {
      kind: "plan.approved",
      version: record.version,
      hash: record.hash,
      counted: verdict.counted.map(({ userId }) => userId),
      explanation: verdict.tree.sentence,
    },
  };
}

/** What every entry about a plan says; the engine is its actor unless somebody else is put in. */
export function entryOf(record: PlanRecord, at: number): Omit<AuditEntry, "event"> {
  return {
    at,
    teamId: record.conversation.teamId,
    actor: ENGINE,
    conversation: record.conversation,
    planId: record.id,
    runId: null,
  };
}

function nameOf(request: PlanRequest): string {
  return request.kind === "source" ? "written by hand" : `${request.kind} ${request.name}`;
}
