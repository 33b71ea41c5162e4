// A decision about a plan as the document that `countersign_write_plan` and `countersign_file_plan` take: the row, and
// what is new beside it. Writes nothing.

import type { PlanChange } from "#engine/plan-store.ts";
import type { PlanRecord } from "#engine/plan.ts";
import { lockKeysOf } from "#engine/run-locks.ts";
import type { Vote } from "#engine/verdict.ts";
import { conversationDocuments, entryDocument, noticeDocuments } from "./audit-entry-row.ts";
import { planColumns } from "./plan-row.ts";
import { storedKeys } from "./run-locks.ts";
import { storableJson, storableText } from "./stored-json.ts";

/** @param before the record as it is stored; null: there is none. */
export function changeDocument(before: PlanRecord | null, change: PlanChange): string {
  const { record } = change;
  const isNewVersion = record !== undefined && record.version !== before?.version;
  const expected = before?.revision ?? null;
  const isNew = (vote: Vote) => before?.votes.includes(vote) !== true;
  return JSON.stringify({
    expected_revision: expected,
    plan:
      record === undefined
        ? null
        : {
            ...planColumns(record, isNewVersion),
            ...(expected !== null && { revision: expected + 1 }),
          },
    versions: isNewVersion ? [versionDocument(record, change)] : [],
    votes: (record?.votes ?? []).filter(isNew).map((vote) => ({
      plan_id: record?.id,
      plan_version: vote.planVersion,
      user_id: vote.userId,
      plan_hash: vote.planHash,
      choice: vote.choice,
      reason: vote.reason === null ? null : storableText(vote.reason),
      groups: JSON.stringify(vote.groups),
      policy_version: vote.policyVersion,
      request_id: vote.requestId,
      at: vote.at,
      carried_from: vote.carriedFrom ?? null,
      step_up: vote.stepUp ?? null,
    })),
    runs: change.queueRun === undefined ? [] : [runDocument(record, change.queueRun.runId)],
    conversations: conversationDocuments([
      ...(before === null && record !== undefined ? [record.conversation] : []),
      ...change.events.map((entry) => entry.conversation),
    ]),
    notices: noticeDocuments(change.notices, latest(change)),
    entries: [
      ...change.events.map(entryDocument),
      ...(change.queueRun === undefined ? [] : [queuedEntry(record, change.queueRun.runId)]),
    ],
  });
}

function versionDocument(record: PlanRecord, change: PlanChange) {
  const edit = change.events.find((entry) => entry.event.kind === "plan.edited");
  const editor = edit?.actor.kind === "person" ? edit.actor.userId : undefined;
  return {
    plan_id: record.id,
    version: record.version,
    hash: record.hash,
    plan: storableJson(record.plan),
    source: storableText(record.source),
    author_id: editor ?? record.requester.userId,
    at: edit?.at ?? record.filedAt,
  };
}

function runDocument(record: PlanRecord | undefined, runId: string) {
  const plan = approvedFor(record, runId);
  return {
    id: runId,
    team_id: plan.conversation.teamId,
    plan_id: plan.id,
    plan_version: plan.version,
    plan_hash: plan.hash,
    requester_id: plan.requester.userId,
    conversation_id: plan.conversation.id,
    queued_at: plan.decidedAt,
    locks: storedKeys(lockKeysOf(plan.plan)),
  };
}

function queuedEntry(record: PlanRecord | undefined, runId: string) {
  const plan = approvedFor(record, runId);
  return entryDocument({
    at: plan.decidedAt,
    teamId: plan.conversation.teamId,
    actor: { kind: "system", part: "engine" },
    conversation: plan.conversation,
    planId: plan.id,
    runId,
    event: { kind: "run.queued", planVersion: plan.version, planHash: plan.hash },
  });
}

/** Only an approved plan can have a run, and only the run it names. */
function approvedFor(record: PlanRecord | undefined, runId: string) {
  if (record?.status !== "approved" || record.runId !== runId) {
    throw new Error(
      `run ${runId} can't be queued: its plan is ${record?.status ?? "not being changed"}`,
    );
  }
  return record;
}

/** When the change was made: notices are due from then on. */
function latest(change: PlanChange): number {
  return Math.max(change.record?.filedAt ?? 0, ...change.events.map((entry) => entry.at));
}
