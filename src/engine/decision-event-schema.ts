// What each kind of decision must fit to be read back from the log. Total: a kind that is missing here does not
// compile. What a kind got later is optional, or the rows from before could not be read any more.

import { z } from "zod";
import type { DecisionEvent, EntryPath } from "./audit-event.ts";
import type { PlanOrigin } from "./plan.ts";
import type { ApprovalRule } from "./policy.ts";

const text = z.string();
const texts = z.array(text);
const version = z.number().int().positive();
const instant = z.number();
const entry: z.ZodType<EntryPath> = z.enum([
  "button",
  "modal",
  "command",
  "mention",
  "shortcut",
  "command-line",
  "web",
]);
const operator = z.exactOptional(text);
const viewFormat = z.number().int();
const passkey = text;
const assertion = z.object({
  salt: text,
  authenticatorData: text,
  clientDataJSON: text,
  signature: text,
});
const notes = texts;

/** Not walked: it is there to be shown as it was then, whatever rules have become since. */
const rule = z.custom<ApprovalRule>((value) => typeof value === "object" && value !== null);

export const planOriginSchema: z.ZodType<PlanOrigin> = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("rollback"), runId: text, permalink: text.nullable(), notes }),
  z.object({ kind: z.literal("restore"), checkpoint: text, takenAt: instant, notes }),
  z.object({
    kind: z.literal("replay"),
    planId: text,
    ofRun: text.nullable(),
    filedAt: instant,
    permalink: text.nullable(),
    notes,
  }),
]);

export const DECISION_EVENT_SCHEMAS: {
  readonly [K in DecisionEvent["kind"]]: z.ZodType<Extract<DecisionEvent, { readonly kind: K }>>;
} = {
  "plan.filed": z.object({
    kind: z.literal("plan.filed"),
    version,
    hash: text,
    title: text,
    environment: text,
    risk: text,
    operations: texts,
    policyVersion: text,
    rule,
    requestId: text,
    supersedes: z.exactOptional(text),
    origin: z.exactOptional(planOriginSchema),
    rollsBack: z.exactOptional(text),
    restores: z.exactOptional(text),
  }),
  "plan.coalesced": z.object({
    kind: z.literal("plan.coalesced"),
    version,
    hash: text,
    requesterId: text,
    requestId: text,
    entry,
  }),
  "checkpoint.taken": z.object({
    kind: z.literal("checkpoint.taken"),
    name: text,
    captured: texts,
    unread: texts,
    requestId: text,
  }),
  "plan.edited": z.object({
    kind: z.literal("plan.edited"),
    version,
    hash: text,
    previousHash: text,
    policyVersion: text,
    rule,
    votesVoided: z.number().int().nonnegative(),
    votesKept: z.exactOptional(texts),
    requestId: text,
  }),
  "vote.cast": z.object({
    kind: z.literal("vote.cast"),
    version,
    hash: text,
    policyVersion: text,
    viewHash: text.nullable(),
    viewFormat: viewFormat.nullable(),
    choice: z.enum(["approve", "reject"]),
    reason: text.nullable(),
    groups: texts,
    requestId: text,
    entry,
    proof: z.exactOptional(z.object({ passkey, assertion })),
  }),
  "plan.approved": z.object({
    kind: z.literal("plan.approved"),
    version,
    hash: text,
    counted: texts,
    explanation: text,
  }),
  "plan.rejected": z.object({
    kind: z.literal("plan.rejected"),
    version,
    hash: text,
    explanation: text,
  }),
  "plan.expired": z.object({
    kind: z.literal("plan.expired"),
    version,
    clock: z.enum(["approve-by", "start-by"]),
  }),
  "plan.withdrawn": z.object({
    kind: z.literal("plan.withdrawn"),
    version,
    reason: text.nullable(),
  }),
  "plan.glass-broken": z.object({
    kind: z.literal("plan.glass-broken"),
    version,
    hash: text,
    policyVersion: text,
    viewHash: text.nullable(),
    viewFormat: z.number().nullable(),
    reason: text,
    skipped: texts,
    reviewBy: z.number(),
    requestId: text,
    entry,
  }),
  "plan.reviewed": z.object({
    kind: z.literal("plan.reviewed"),
    version,
    brokenBy: text,
    note: text,
    requestId: text,
    entry,
  }),
  "plan.review-overdue": z.object({
    kind: z.literal("plan.review-overdue"),
    version,
    brokenBy: text,
  }),
  "plan.superseded": z.object({ kind: z.literal("plan.superseded"), version, byPlanId: text }),
  "plan.nudged": z.object({
    kind: z.literal("plan.nudged"),
    version,
    people: texts,
    requestId: text,
    entry,
  }),
  "plan.reminded": z.object({ kind: z.literal("plan.reminded"), version, people: texts }),
  "plan.widened": z.object({
    kind: z.literal("plan.widened"),
    version,
    groups: texts,
    users: texts,
    people: texts,
  }),
  "plan.unreachable": z.object({
    kind: z.literal("plan.unreachable"),
    version,
    explanation: text,
  }),
  "plan.reachable": z.object({ kind: z.literal("plan.reachable"), version }),
  "plan.previewed": z.object({
    kind: z.literal("plan.previewed"),
    hash: text,
    title: text,
    environment: text,
  }),
  "delegation.made": z.object({
    kind: z.literal("delegation.made"),
    delegationId: text,
    toUserId: text,
    until: instant,
    replaces: text.nullable(),
    requestId: text,
  }),
  "delegation.revoked": z.object({
    kind: z.literal("delegation.revoked"),
    delegationId: text,
    toUserId: text,
    requestId: text,
  }),
  "plan.viewed": z.object({
    kind: z.literal("plan.viewed"),
    version,
    hash: text,
    page: z.number().int(),
    last: z.boolean(),
    viewHash: text,
    viewFormat,
  }),
  "passkey.registered": z.object({
    kind: z.literal("passkey.registered"),
    passkey,
    publicKey: text,
    synced: z.boolean(),
    entry,
  }),
  "passkey.removed": z.object({
    kind: z.literal("passkey.removed"),
    passkey,
    userId: text,
    entry,
    operator: text,
  }),
  "audit.head-published": z.object({
    kind: z.literal("audit.head-published"),
    seq: z.number().int().positive(),
    hash: text,
    channelId: text.nullable(),
    file: z.enum(["none", "written", "failed"]),
    fileError: z.exactOptional(text),
  }),
  "audit.detached": z.object({
    kind: z.literal("audit.detached"),
    month: text,
    first: z.number().int().positive(),
    last: z.number().int().positive(),
    hash: text,
    file: text,
    sha256: text,
    operator: text,
  }),
  "message.abandoned": z.object({
    kind: z.literal("message.abandoned"),
    notice: text,
    error: text,
  }),
  "control.requested": z.object({
    kind: z.literal("control.requested"),
    request: text,
    entry,
    operator,
  }),
  refused: z.object({
    kind: z.literal("refused"),
    attempted: text,
    code: text,
    explanation: text,
    entry,
    operator,
  }),
};
