// Masks what people wrote on its way into the stores, whichever use case it came through: reasons, answers, requests of
// Slack, replies, events. Plans are left as they are, because one that holds a secret was refused before.

import type { CheckpointStore } from "./checkpoint.ts";
import { isJsonObject } from "./json.ts";
import type { AuditLog, Inbox, Outbox } from "./message-store.ts";
import type { PlanChange, PlanStore } from "./plan-store.ts";
import { maskJson } from "./redactor.ts";
import type { Redactor } from "./redactor.ts";
import { accept } from "./result.ts";
import type { RunStore } from "./run-store.ts";
import { withoutSecrets } from "./secret-scan.ts";

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
/** Of a plan's record, what was looked through before it was filed and has to stay as its hash says. */
const AS_FILED = new Set(["plan", "hash", "source", "origin", "rule", "policyVersion"]);

export function redactedStores(stores: Stores, redactor: Redactor): Stores {
  const { plans, runs, checkpoints, audit, inbox, outbox } = stores;
  const masked = <T>(value: T): T => maskWords(value, redactor);
  const change = <T extends PlanChange>(given: T): T => ({
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
      supersede: (planId, giveWay, successor, cap) =>
        plans.supersede(
          planId,
          (record, run) => {
            const decided = giveWay(record, run);
            if (!decided.ok) return decided;
            const { cancelRun } = decided.value;
            return accept({ ...change(decided.value), cancelRun: masked(cancelRun) });
          },
          { record: recordOf(successor.record, redactor), change: change(successor.change) },
          cap,
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
          payload: maskJson(request.payload, (text) => withoutSecrets(text, redactor)),
        }),
    },
    outbox: { ...outbox, note: (notices, at) => outbox.note(masked(notices), at) },
  };
}

function recordOf<T extends object>(record: T, redactor: Redactor): T {
  const words = Object.entries(record).filter(([key]) => !AS_FILED.has(key));
  return { ...record, ...maskWords(Object.fromEntries(words), redactor) };
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
