// One of each decision that the audit log can hold, with every field that it can have: a new kind or field that is
// missing here does not compile.

import type { AuditEvent, DecisionEvent } from "#engine/audit-event.ts";
import { EVERY_RUN_EVENT } from "./every-run-event.ts";
import { aRecord } from "./plan-records.ts";

type Whole = {
  readonly [K in DecisionEvent["kind"]]: Required<Extract<DecisionEvent, { readonly kind: K }>>;
};

const version = 2;
const requestId = "r1";

const EVENTS: Whole = {
  "plan.filed": {
    kind: "plan.filed",
    version,
    hash: "abc",
    title: "Restart",
    environment: "production",
    risk: "destructive",
    operations: ["ec2.stop_instances"],
    policyVersion: "p1",
    rule: aRecord().rule,
    requestId,
    supersedes: "pl-1",
    origin: {
      kind: "rollback",
      runId: "run-1",
      permalink: "https://acme.slack.com/archives/C1/p1",
      notes: ["Step drain stays."],
    },
    rollsBack: "run-1",
    restores: "before",
  },
  "plan.coalesced": {
    kind: "plan.coalesced",
    version,
    hash: "abc",
    requesterId: "U0ANN",
    requestId,
    entry: "command",
  },
  "checkpoint.taken": {
    kind: "checkpoint.taken",
    name: "before",
    captured: ["drain"],
    unread: ["stop"],
    requestId,
  },
  "plan.edited": {
    kind: "plan.edited",
    version,
    hash: "abc",
    previousHash: "def",
    policyVersion: "p1",
    rule: aRecord().rule,
    votesVoided: 1,
    votesKept: ["U0ANN"],
    requestId,
  },
  "vote.cast": {
    kind: "vote.cast",
    version,
    hash: "abc",
    policyVersion: "p1",
    viewHash: "seen",
    viewFormat: 1,
    choice: "reject",
    reason: "Not yet.",
    groups: ["sre"],
    requestId,
    entry: "button",
    proof: {
      passkey: "d1",
      assertion: { salt: "s", authenticatorData: "a", clientDataJSON: "c", signature: "x" },
    },
  },
  "plan.approved": {
    kind: "plan.approved",
    version,
    hash: "abc",
    counted: ["U0ANN"],
    explanation: "1 of 1",
  },
  "plan.rejected": { kind: "plan.rejected", version, hash: "abc", explanation: "@U0ANN" },
  "plan.expired": { kind: "plan.expired", version, clock: "start-by" },
  "plan.withdrawn": { kind: "plan.withdrawn", version, reason: "Another way." },
  "plan.glass-broken": {
    kind: "plan.glass-broken",
    version,
    hash: "3fa9",
    policyVersion: "c0ffee",
    viewHash: "beef",
    viewFormat: 1,
    reason: "The site is down.",
    skipped: ["U0ANN"],
    reviewBy: 1_763_690_000_000,
    requestId,
    entry: "modal",
  },
  "plan.reviewed": {
    kind: "plan.reviewed",
    version,
    brokenBy: "U0BOB",
    note: "It was right.",
    requestId,
    entry: "command",
  },
  "plan.review-overdue": { kind: "plan.review-overdue", version, brokenBy: "U0BOB" },
  "plan.superseded": { kind: "plan.superseded", version, byPlanId: "pl-3" },
  "plan.nudged": {
    kind: "plan.nudged",
    version,
    people: ["U0ANN"],
    requestId,
    entry: "mention",
  },
  "plan.widened": {
    kind: "plan.widened",
    version,
    groups: ["leads"],
    users: ["U0ANN"],
    people: ["U0ANN"],
  },
  "plan.unreachable": { kind: "plan.unreachable", version, explanation: "Nobody is left." },
  "plan.reachable": { kind: "plan.reachable", version },
  "plan.reminded": { kind: "plan.reminded", version, people: ["U0ANN"] },
  "plan.previewed": {
    kind: "plan.previewed",
    hash: "abc",
    title: "Restart",
    environment: "production",
  },
  "delegation.made": {
    kind: "delegation.made",
    delegationId: "dl-2",
    toUserId: "U0BOB",
    until: 9,
    replaces: "dl-1",
    requestId,
  },
  "delegation.revoked": {
    kind: "delegation.revoked",
    delegationId: "dl-2",
    toUserId: "U0BOB",
    requestId,
  },
  "plan.viewed": {
    kind: "plan.viewed",
    version,
    hash: "abc",
    page: 1,
    last: true,
    viewHash: "seen",
    viewFormat: 1,
  },
  "passkey.registered": {
    kind: "passkey.registered",
    passkey: "abc",
    publicKey: "cose",
    synced: true,
    entry: "web",
  },
  "passkey.removed": {
    kind: "passkey.removed",
    passkey: "abc",
    userId: "U0ANN",
    entry: "command-line",
    operator: "root",
  },
  "audit.head-published": {
    kind: "audit.head-published",
    seq: 12,
    hash: "abc",
    channelId: "C0AUDIT",
    file: "failed",
    fileError: "ENOSPC",
  },
  "audit.detached": {
    kind: "audit.detached",
    month: "2025-10",
    first: 1,
    last: 12,
    hash: "abc",
    file: "/archive/audit-2025-10.ndjson",
    sha256: "def",
    operator: "root",
  },
  "message.abandoned": {
    kind: "message.abandoned",
    notice: "plan-card:pl-1",
    error: "is_archived",
  },
  "control.requested": {
    kind: "control.requested",
    request: "pause",
    entry: "command-line",
    operator: "root",
  },
  refused: {
    kind: "refused",
    attempted: "approve plan pl-1",
    code: "not-an-approver",
    explanation: "Ask @U0ANN.",
    entry: "web",
    operator: "root",
  },
};

/** One of everything that the log can hold. */
export const EVERY_AUDIT_EVENT: readonly AuditEvent[] = [
  ...Object.values(EVENTS),
  ...EVERY_RUN_EVENT,
];
