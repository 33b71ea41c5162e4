// Masks what people wrote on its way into the stores, whichever use case it came through: reasons, answers, requests of
// Slack, replies, events. Plans are left as they are, because one that holds a secret was refused before.

import type { CheckpointStore } from "./checkpoint.ts";
import { isJsonObject } from "./json.ts";
import type { AuditLog, Inbox, Outbox } from "./message-store.ts";
import type { PlanChange, PlanStore } from "./plan-store.ts";
import { maskJson } from "./redactor.ts";
import type { Redactor } from "./redactor.ts";
import type { RunStore } from "./run-store.ts";
import { REMOVED } from "./secret-shapes.ts";

type Stores = {
  readonly plans: PlanStore;
  readonly runs: RunStore;
  readonly checkpoints: CheckpointStore;
  readonly audit: AuditLog;
  readonly inbox: Inbox;
  readonly outbox: Outbox;
};

/** Prose: masking too much of it changes nothing that is done. */
const PROSE = new Set(["reason", "note"]);
/** What of a plan's record people wrote after the plan. */
const WRITTEN_LATER = ["votes", "reason", "emergency"] as const;

export function redactedStores(stores: Stores, redactor: Redactor): Stores {
  const { plans, runs, checkpoints, audit, inbox, outbox } = stores;
  const masked = <T>(value: T): T => maskWords(value, redactor);
  const change = (given: PlanChange): PlanChange => ({
    ...given,
    ...(given.record !== undefined && { record: recordOf(given.record, redactor) }),
    events: masked(given.events),
    notices: masked(given.notices),
  });
  return {
    plans: {
      ...plans,
      file: (record, given, cap) => plans.file(recordOf(record, redactor), change(given), cap),
      change: (planId, decide, proofId) =>
        plans.change(
          planId,
          (record, stepUp) => {
            const decided = decide(record, stepUp);
            return { ...decided, change: change(decided.change) };
          },
          proofId,
        ),
    },
    runs: {
      ...runs,
      requestControl: (runId, request, entry) =>
        runs.requestControl(runId, masked(request), masked(entry)),
    },
    checkpoints: {
      ...checkpoints,
      save: (checkpoint, entry) => checkpoints.save(checkpoint, masked(entry)),
    },
    audit: { ...audit, append: (entries) => audit.append(masked(entries)) },
    inbox: {
      ...inbox,
      record: (request) =>
        inbox.record({
          ...request,
          payload: maskJson(request.payload, (text) => redactor.certain(text, REMOVED)),
        }),
    },
    outbox: { ...outbox, note: (notices, at) => outbox.note(masked(notices), at) },
  };
}

function recordOf<T extends object>(record: T, redactor: Redactor): T {
  const later = WRITTEN_LATER.filter((key) => key in record).map((key) => [
    key,
    maskWords({ [key]: (record as Readonly<Record<string, unknown>>)[key] }, redactor)[key],
  ]);
  return { ...record, ...Object.fromEntries(later) };
}

/** The same value with its strings masked; everything else, and what is no plain object, stays as it is. */
function maskWords<T>(value: T, redactor: Redactor, prose = false): T {
  const walk = (item: unknown, isProse: boolean): unknown => {
    if (typeof item === "string") return isProse ? redactor.text(item) : redactor.certain(item);
    if (Array.isArray(item)) return item.map((one: unknown) => walk(one, isProse));
    if (!isJsonObject(item)) return item;
    return Object.fromEntries(
      Object.entries(item).map(([key, member]) => [key, walk(member, isProse || PROSE.has(key))]),
    );
  };
  return walk(value, prose) as T;
}
