// Makes the next version of a waiting plan. The votes are void in the same transaction, and whoever edited
// can't approve it.

import type { AuditEntry } from "./audit-event.ts";
import { audited, personActor } from "./audited-use-case.ts";
import { approvedEntry, entryOf } from "./file-plan.ts";
import type { Notice } from "./notice.ts";
import { planHash } from "./plan-hash.ts";
import { approvePlan, editVersion } from "./plan-life.ts";
import type { NextVersion } from "./plan-life.ts";
import { sayRefusal } from "./plan-powers.ts";
import type { AwaitingPlan, PlanRecord } from "./plan.ts";
import { NO_CHANGE } from "./plan-store.ts";
import type { PlanChange } from "./plan-store.ts";
import { checkQuorum } from "./quorum-check.ts";
import type { Refusal } from "./refusal.ts";
import { accept, refuse } from "./result.ts";
import type { Result } from "./result.ts";
import { addsRisk } from "./risk-items.ts";
import { frozenRefusal, ruleOfPlan } from "./rule-of-plan.ts";
import { memberOrRefusal, rightsCheck, secretKeyRefusal, soundPlan } from "./sound-plan.ts";
import type { Asker, EnginePorts } from "./use-case-ports.ts";
import type { Verdict } from "./verdict.ts";

export type PlanEdit = {
  readonly planId: string;
  /** The version the editor started from. */
  readonly fromVersion: number;
  /** The parsed YAML or JSON of `text`. */
  readonly value: unknown;
  readonly text: string;
};

type Edited = { readonly record: PlanRecord };

/** Votes that come in meanwhile are looked at, too; this many rounds are more than a quorum has. */
const ROUNDS = 20;

/** Every refusal is in the audit log when this returns. */
export async function editPlan(
  ports: EnginePorts,
  asker: Asker,
  edit: PlanEdit,
): Promise<Result<Edited, Refusal>> {
  const attempt = { attempted: `edit plan ${edit.planId}`, planId: edit.planId, runId: null };
  return audited(ports, asker, attempt, async () => {
    const record = await ports.plans.get(edit.planId);
    if (record === null || record.conversation.teamId !== asker.teamId) {
      return refuse({ code: "plan-not-found", planId: edit.planId });
    }
    const person = await memberOrRefusal(ports, asker);
    if (!person.ok) return person;
    const say = await sayRefusal(ports, asker, record, "edit this plan");
    if (say !== null) return refuse(say);
    return editInRounds(ports, asker, { edit, record });
  });
}

/** What the next version begins as depends on the votes it keeps: of those there are when it is written. */
async function editInRounds(
  ports: EnginePorts,
  asker: Asker,
  given: { readonly edit: PlanEdit; readonly record: PlanRecord },
): Promise<Result<Edited, Refusal>> {
  const { edit } = given;
  let record: PlanRecord | null = given.record;
  for (let round = 0; record !== null && round < ROUNDS; round += 1) {
    const next = await nextVersion(ports, asker, { edit, record });
    if (!next.ok) return next;
    const answer = await write(ports, asker, { record, ...next.value });
    if (answer !== "changed") return answer;
    record = await ports.plans.get(edit.planId);
  }
  return refuse(
    record === null
      ? { code: "plan-not-found", planId: edit.planId }
      : { code: "directory-unavailable", detail: "the plan changed faster than could be asked" },
  );
}

type Prepared = { readonly next: NextVersion; readonly verdict: Verdict };

async function nextVersion(
  ports: EnginePorts,
  asker: Asker,
  given: { readonly edit: PlanEdit; readonly record: PlanRecord },
): Promise<Result<Prepared, Refusal>> {
  const { edit, record } = given;
  const sound = soundPlan(ports, { kind: "source", value: edit.value, text: edit.text });
  if (!sound.ok) return sound;
  const { plan, sourceText } = sound.value;
  const keyless = secretKeyRefusal(ports, plan);
  if (keyless !== null) return refuse(keyless);
  // The run acts for the requester, so an editor can't lend them rights they don't have, nor the reverse.
  for (const userId of new Set([asker.userId, record.requester.userId])) {
    const who = { teamId: asker.teamId, userId, channelId: record.conversation.channelId };
    const rights = await rightsCheck(ports, who, plan);
    if (rights !== null) return refuse(rights);
  }
  // The rule is that of the plan as its requester asks for it.
  const { teamId, userId: requesterId } = record.requester;
  const ruled = await ruleOfPlan(ports, { plan, teamId, requesterId });
  if (!ruled.ok) return ruled;
  const frozen = frozenRefusal(plan, ruled.value, ports.clock.now());
  if (frozen !== null) return refuse(frozen);
  const { rule } = ruled.value;
  const next: NextVersion = {
    plan,
    hash: planHash(plan, ports.sha256),
    source: sourceText,
    rule,
    policyVersion: ports.policy.version,
    fromVersion: edit.fromVersion,
    editorId: asker.userId,
    keeps: rule.sticky && record.rule.sticky && !addsRisk(record.plan, plan),
    at: ports.clock.now(),
  };
  if (sameEdit(record, next)) return accept({ next, verdict: emptyVerdict() });
  const edited = editVersion(record, next);
  if (!edited.ok) return edited;
  const quorum = await checkQuorum(ports, edited.value);
  if (quorum.kind === "refused") return refuse(quorum.refusal);
  return accept({ next, verdict: quorum.verdict });
}

/** The same edit delivered twice: the version after the one it started from is this person's and says this. */
function sameEdit(record: PlanRecord, next: NextVersion): boolean {
  return (
    record.version === next.fromVersion + 1 &&
    record.hash === next.hash &&
    record.editors.includes(next.editorId)
  );
}

function emptyVerdict(): Verdict {
  const tree = { name: "approval", status: "waiting", sentence: "", children: [] } as const;
  return {
    outcome: "waiting",
    by: null,
    tree,
    counted: [],
    ignored: [],
    needed: 0,
    had: 0,
    couldApprove: [],
  };
}

async function write(
  ports: EnginePorts,
  asker: Asker,
  given: Prepared & { readonly record: PlanRecord },
): Promise<Result<Edited, Refusal> | "changed"> {
  const runId = ports.ids.next("run");
  const answer = await ports.plans.change<Result<Edited, Refusal> | "changed">(
    given.record.id,
    (locked) => {
      if (sameEdit(locked, given.next))
        return { change: NO_CHANGE, answer: accept({ record: locked }) };
      const edited = editVersion(locked, given.next);
      if (!edited.ok) return { change: NO_CHANGE, answer: edited };
      if (locked.revision !== given.record.revision)
        return { change: NO_CHANGE, answer: "changed" };
      return changeTo(edited.value, { before: locked, asker, verdict: given.verdict, runId });
    },
  );
  return answer ?? refuse({ code: "plan-not-found", planId: given.record.id });
}

function changeTo(
  edited: AwaitingPlan,
  given: {
    readonly before: PlanRecord;
    readonly asker: Asker;
    readonly verdict: Verdict;
    readonly runId: string;
  },
): { change: PlanChange; answer: Result<Edited, Refusal> } {
  const { before, asker, verdict, runId } = given;
  const events: AuditEntry[] = [
    {
      ...entryOf(edited, edited.approveBy - edited.rule.approveWithinMs),
      actor: personActor(asker),
      event: {
        kind: "plan.edited",
        version: edited.version,
        hash: edited.hash,
        previousHash: before.hash,
        policyVersion: edited.policyVersion,
        rule: edited.rule,
        votesVoided: before.votes.length - edited.votes.length,
        ...(edited.votes.length > 0 && {
          votesKept: edited.votes.map(({ userId }) => userId).toSorted(),
        }),
        requestId: asker.requestId,
      },
    },
  ];
  const notices: Notice[] = [{ kind: "plan-card", planId: edited.id }];
  if (before.votes.length > 0) {
    notices.push({
      kind: "plan-diff",
      planId: edited.id,
      fromVersion: before.version,
      toVersion: edited.version,
    });
  }
  if (verdict.outcome !== "approved") {
    return { change: { record: edited, events, notices }, answer: accept({ record: edited }) };
  }
  // The edit left nothing that needs approval.
  const at = edited.approveBy - edited.rule.approveWithinMs;
  const approved = approvePlan(edited, { verdict, runId, at });
  if (!approved.ok) return { change: NO_CHANGE, answer: approved };
  const record = approved.value;
  events.push(approvedEntry(record, verdict));
  notices.push({ kind: "run-progress", runId });
  return { change: { record, queueRun: { runId }, events, notices }, answer: accept({ record }) };
}
