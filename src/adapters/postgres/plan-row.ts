// Between a plan's record in the engine and its row: each state stores what it has, and a row that fits no
// state is an error that names it.

import { z } from "zod";
import { planOriginSchema } from "#engine/decision-event-schema.ts";
import { attentionAt } from "#engine/plan-life.ts";
import type { Emergency, Plan, PlanRecord, Waves } from "#engine/plan.ts";
import { ruleSchema, verdictSchema, voteSchema } from "./plan-document.ts";
import { readAs, storableText } from "./stored-json.ts";
import { readStoredPlan } from "./stored-plan.ts";

/** What `selectPlans` answers: a plan joined with its version, conversation and votes. */
export type PlanRow = {
  readonly id: string;
  readonly status: string;
  readonly version: number;
  readonly hash: string;
  readonly revision: number;
  readonly policy_version: string;
  readonly request_id: string;
  readonly team_id: string;
  readonly requester_id: string;
  readonly requester_name: string;
  readonly filed_at: number;
  readonly approve_by: number | null;
  readonly start_by: number | null;
  readonly spent_at: number | null;
  readonly run_id: string | null;
  readonly editors: unknown;
  readonly rule: unknown;
  readonly state: unknown;
  /** JSON text. */
  readonly plan: string;
  readonly source: string;
  readonly conversation: ConversationRow;
  readonly votes: unknown;
};

export type ConversationRow = {
  readonly id: string;
  readonly team_id: string;
  readonly channel_id: string;
  readonly thread_ts: string | null;
  readonly words: string;
  readonly permalink: string | null;
};

/** The select that `readPlan` understands; append a where clause over `p` and `c`. */
export const selectPlans = `
  select p.id, p.status, p.version, p.hash, p.revision, p.policy_version, p.request_id, p.team_id,
    p.requester_id, p.requester_name, p.filed_at, p.approve_by, p.start_by, p.spent_at, p.run_id,
    p.editors, p.rule, p.state, v.plan::text as plan, v.source, to_json(c) as conversation,
    (select coalesce(json_agg(json_build_object('planVersion', b.plan_version, 'planHash', b.plan_hash,
        'userId', b.user_id, 'choice', b.choice, 'reason', b.reason, 'groups', b.groups,
        'policyVersion', b.policy_version, 'requestId', b.request_id, 'at', b.at,
        'carriedFrom', b.carried_from, 'stepUp', b.step_up)
        order by b.at, b.user_id), '[]')
      from votes b where b.plan_id = p.id and b.plan_version = p.version) as votes
  from plans p
  join plan_versions v on v.plan_id = p.id and v.version = p.version
  join conversations c on c.id = p.conversation_id`;

const text = z.string();
const instant = z.number();
const emergencySchema: z.ZodType<Emergency> = z.object({
  userId: text,
  reason: text,
  at: instant,
  reviewBy: instant,
  remindedAt: instant.nullable(),
  review: z.object({ userId: text, note: text, at: instant }).nullable(),
});
const filed = {
  id: text,
  version: z.number().int().positive(),
  plan: z.custom<Plan>(),
  hash: text,
  source: text,
  origin: planOriginSchema.nullable().default(null),
  conversation: z.object({
    id: text,
    teamId: text,
    channelId: text,
    threadTs: text.nullable(),
    words: text,
    permalink: text.nullable(),
  }),
  requester: z.object({ teamId: text, userId: text, name: text }),
  editors: z.array(text),
  rule: ruleSchema,
  policyVersion: text,
  requestId: text,
  filedAt: instant,
  supersedes: text.nullable().default(null),
  supersededBy: text.nullable().default(null),
  begunAt: instant,
  emergency: emergencySchema.nullable().default(null),
  revision: z.number().int(),
  votes: z.array(voteSchema),
};
const decided = { verdict: verdictSchema, decidedAt: instant };

const wavesSchema: z.ZodType<Waves> = z.object({
  nextAt: instant.nullable(),
  told: z.array(text),
  widenedAt: instant.nullable(),
});

const recordSchema: z.ZodType<PlanRecord> = z.discriminatedUnion("status", [
  z.object({
    ...filed,
    status: z.literal("awaiting-approval"),
    approveBy: instant,
    remindedAt: instant.nullable(),
    nudgedAt: instant.nullable().default(null),
    // Of a row from before there were waves: looked at when its reminder is due.
    waves: wavesSchema.default({ nextAt: 0, told: [], widenedAt: null }),
    unreachableSince: instant.nullable().default(null),
  }),
  z.object({ ...filed, ...decided, status: z.literal("approved"), startBy: instant, runId: text }),
  z.object({ ...filed, ...decided, status: z.literal("rejected") }),
  z.object({
    ...filed,
    status: z.literal("expired"),
    clock: z.enum(["approve-by", "start-by"]),
    expiredAt: instant,
  }),
  z.object({
    ...filed,
    status: z.literal("withdrawn"),
    withdrawnAt: instant,
    withdrawnBy: text,
    reason: text.nullable(),
  }),
  z.object({ ...filed, ...decided, status: z.literal("spent"), runId: text, spentAt: instant }),
]);

/** @throws {UnreadableRow} when the row fits no state. */
export function readPlan(row: PlanRow): PlanRecord {
  const value = {
    begunAt: row.filed_at,
    // What only some states have comes first: a column of the same name is newer.
    ...(typeof row.state === "object" ? row.state : {}),
    id: row.id,
    status: row.status,
    version: row.version,
    hash: row.hash,
    revision: row.revision,
    plan: readStoredPlan(row.plan, `the plan of ${row.id}`),
    source: row.source,
    conversation: readConversation(row.conversation),
    requester: { teamId: row.team_id, userId: row.requester_id, name: row.requester_name },
    editors: row.editors,
    rule: row.rule,
    policyVersion: row.policy_version,
    requestId: row.request_id,
    filedAt: row.filed_at,
    votes: Array.isArray(row.votes) ? row.votes.map(withoutNulls) : row.votes,
    ...(row.approve_by !== null && { approveBy: row.approve_by }),
    ...(row.start_by !== null && { startBy: row.start_by }),
    ...(row.spent_at !== null && { spentAt: row.spent_at }),
    ...(row.run_id !== null && { runId: row.run_id }),
  };
  return readAs(recordSchema, value, `plan ${row.id} in state ${row.status}`);
}

/** A vote's columns that most votes have not. */
function withoutNulls(vote: unknown): unknown {
  if (typeof vote !== "object" || vote === null) return vote;
  const optional = ["carriedFrom", "stepUp"];
  return Object.fromEntries(
    Object.entries(vote).filter(([key, value]) => value !== null || !optional.includes(key)),
  );
}

export function readConversation(row: ConversationRow) {
  return {
    id: row.id,
    teamId: row.team_id,
    channelId: row.channel_id,
    threadTs: row.thread_ts,
    words: row.words,
    permalink: row.permalink,
  };
}

/** The `plan` member of what `countersign_write_plan` takes. Documents are JSON text. */
export function planColumns(record: PlanRecord, isNewVersion: boolean) {
  const { plan } = record;
  const operations = [...new Set(plan.steps.map((step) => step.uses))];
  return {
    id: record.id,
    team_id: record.conversation.teamId,
    conversation_id: record.conversation.id,
    request_id: record.requestId,
    requester_id: record.requester.userId,
    requester_name: storableText(record.requester.name),
    status: record.status,
    revision: record.revision,
    version: record.version,
    hash: record.hash,
    title: storableText(plan.title),
    environment: plan.environment,
    risk: plan.risk,
    operations,
    policy_version: record.policyVersion,
    editors: JSON.stringify(record.editors),
    rule: JSON.stringify(record.rule),
    filed_at: record.filedAt,
    approve_by: record.status === "awaiting-approval" ? record.approveBy : null,
    start_by: record.status === "approved" ? record.startBy : null,
    spent_at: record.status === "spent" ? record.spentAt : null,
    run_id: record.status === "approved" || record.status === "spent" ? record.runId : null,
    state: stateText(record),
    attention_at: attentionAt(record),
    search_text: isNewVersion ? searchText(record, operations) : "",
  };
}

/** Most characters of a version that are searched: a plan of thousands of steps is found by its first hundreds. */
const SEARCHED = 40_000;

/** What a version is found by: what was asked for, in whose words, and what each step does. */
function searchText({ plan, requester, conversation }: PlanRecord, operations: readonly string[]) {
  const parts = [
    plan.title,
    conversation.words,
    requester.name,
    plan.playbook ?? "",
    ...operations,
  ];
  let length = 0;
  for (const { id, summary } of plan.steps) {
    if (length > SEARCHED) break;
    parts.push(id, summary);
    length += id.length + summary.length;
  }
  return storableText(parts.join("\n").slice(0, SEARCHED));
}

/** Postgres looks into this document (`plans_one_rollback`), so it may hold only text that Postgres can read. */
function stateText(record: PlanRecord): string {
  const { origin, begunAt, emergency, supersedes, supersededBy } = record;
  const state = {
    ...stateOf(record),
    begunAt,
    ...(origin !== null && { origin }),
    ...(emergency !== null && { emergency }),
    ...(supersedes !== null && { supersedes }),
    ...(supersededBy !== null && { supersededBy }),
  };
  return JSON.stringify(state, (_key, value: unknown) =>
    typeof value === "string" ? storableText(value) : value,
  );
}

/** What a state has beyond the columns. */
function stateOf(record: PlanRecord): object {
  switch (record.status) {
    case "awaiting-approval":
      return {
        remindedAt: record.remindedAt,
        nudgedAt: record.nudgedAt,
        waves: record.waves,
        unreachableSince: record.unreachableSince,
      };
    case "approved":
    case "rejected":
    case "spent":
      return { verdict: record.verdict, decidedAt: record.decidedAt };
    case "expired":
      return { clock: record.clock, expiredAt: record.expiredAt };
    case "withdrawn":
      return {
        withdrawnAt: record.withdrawnAt,
        withdrawnBy: record.withdrawnBy,
        reason: record.reason,
      };
  }
}
