// Every table, for drizzle-kit to write migrations from and for typed queries. Functions and triggers are in
// the custom migrations beside the generated ones. Points in time are milliseconds since the Unix epoch, as
// in the engine; documents are `json`, not `jsonb`, which would refuse the character U+0000 inside a string.

import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  check,
  customType,
  date,
  foreignKey,
  index,
  integer,
  json,
  pgTable,
  pgView,
  primaryKey,
  text,
  unique,
  uniqueIndex,
} from "drizzle-orm/pg-core";

const instant = (name: string) => bigint(name, { mode: "number" });
const bytes = customType<{ data: string }>({ dataType: () => "bytea" });
const searchedWords = customType<{ data: string }>({ dataType: () => "tsvector" });
const counter = (name: string) => bigint(name, { mode: "number" });

/** Where requests were made. */
export const conversations = pgTable(
  "conversations",
  {
    id: text("id").primaryKey(),
    teamId: text("team_id").notNull(),
    channelId: text("channel_id").notNull(),
    threadTs: text("thread_ts"),
    words: text("words").notNull(),
    permalink: text("permalink"),
  },
  (table) => [index("conversations_thread").on(table.teamId, table.channelId, table.threadTs)],
);

/** The current state of each plan. What was written in each version is in `plan_versions`. */
export const plans = pgTable(
  "plans",
  {
    id: text("id").primaryKey(),
    teamId: text("team_id").notNull(),
    conversationId: text("conversation_id")
      .notNull()
      .references(() => conversations.id),
    requestId: text("request_id").notNull(),
    requesterId: text("requester_id").notNull(),
    requesterName: text("requester_name").notNull(),
    status: text("status").notNull(),
    revision: integer("revision").notNull(),
    version: integer("version").notNull(),
    hash: text("hash").notNull(),
    title: text("title").notNull(),
    environment: text("environment").notNull(),
    risk: text("risk").notNull(),
    operations: text("operations").array().notNull(),
    policyVersion: text("policy_version").notNull(),
    editors: json("editors").notNull(),
    rule: json("rule").notNull(),
    filedAt: instant("filed_at").notNull(),
    /** Only of the states that have it; `state` holds the rest of what a state has. */
    approveBy: instant("approve_by"),
    startBy: instant("start_by"),
    spentAt: instant("spent_at"),
    runId: text("run_id"),
    state: json("state").notNull(),
    /** When the sweeper must look: a clock or a reminder. Null: never again. */
    attentionAt: instant("attention_at"),
    /** What `plan_history` is to find a new version by; moved there when it is written, and empty here. */
    searchText: text("search_text").notNull(),
  },
  (table) => [
    unique("plans_request").on(table.teamId, table.requestId),
    index("plans_filed").on(table.teamId, table.filedAt),
    index("plans_requester").on(table.teamId, table.requesterId, table.filedAt),
    index("plans_conversation").on(table.conversationId),
    // At most one plan at a time is to take a run back; `state` has what the plan was made from.
    uniqueIndex("plans_one_rollback")
      .on(sql`(${table.state} #>> '{origin,runId}')`)
      .where(
        sql`${table.status} in ('awaiting-approval', 'approved') and ${table.state} #>> '{origin,runId}' is not null`,
      ),
    // A person breaks the glass once until somebody has looked at what came of it.
    uniqueIndex("plans_open_review")
      .on(table.teamId, sql`(${table.state} #>> '{emergency,userId}')`)
      .where(
        sql`${table.state} #>> '{emergency,userId}' is not null and ${table.state} #>> '{emergency,review}' is null`,
      ),
    index("plans_rollbacks")
      .on(sql`(${table.state} #>> '{origin,runId}')`)
      .where(sql`${table.state} #>> '{origin,runId}' is not null`),
    // What waits, and what came to nothing; what ran is found by its run.
    index("plans_undone")
      .on(table.teamId, table.status, table.filedAt)
      .where(sql`${table.status} not in ('approved', 'spent')`),
    // Whether the same plan waits already is looked up with every filing.
    index("plans_waiting_hash")
      .on(table.teamId, table.hash)
      .where(sql`${table.status} = 'awaiting-approval'`),
    index("plans_attention")
      .on(table.attentionAt)
      .where(sql`${table.attentionAt} is not null`),
    check(
      "plans_status",
      sql`${table.status} in ('awaiting-approval', 'approved', 'rejected', 'expired', 'withdrawn', 'spent')`,
    ),
  ],
);

/**
 * What plans are found by: a narrow row of each, kept by triggers of the custom migration, so that no decision and no
 * run has to read or rewrite it. Words are those of every version and of what people said about the plan.
 */
export const planHistory = pgTable(
  "plan_history",
  {
    planId: text("plan_id").primaryKey(),
    teamId: text("team_id").notNull(),
    filedAt: instant("filed_at").notNull(),
    environment: text("environment").notNull(),
    operations: text("operations").array().notNull(),
    words: searchedWords("words").notNull(),
  },
  (table) => [
    index("plan_history_filed").on(table.teamId, table.filedAt, table.planId),
    index("plan_history_environment").on(
      table.teamId,
      table.environment,
      table.filedAt,
      table.planId,
    ),
    index("plan_history_operations").using("gin", table.operations),
    index("plan_history_words").using("gin", table.words),
  ],
);

/** Who asked for, edited or voted on which plan. Kept by triggers. */
export const planPeople = pgTable(
  "plan_people",
  {
    teamId: text("team_id").notNull(),
    userId: text("user_id").notNull(),
    filedAt: instant("filed_at").notNull(),
    planId: text("plan_id").notNull(),
  },
  (table) => [primaryKey({ columns: [table.teamId, table.userId, table.filedAt, table.planId] })],
);

/** Every version that was ever filed. Rows never change. */
export const planVersions = pgTable(
  "plan_versions",
  {
    planId: text("plan_id")
      .notNull()
      .references(() => plans.id),
    version: integer("version").notNull(),
    hash: text("hash").notNull(),
    plan: json("plan").notNull(),
    source: text("source").notNull(),
    authorId: text("author_id").notNull(),
    at: instant("at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.planId, table.version] })],
);

/** One person's newest word on one version. */
export const votes = pgTable(
  "votes",
  {
    planId: text("plan_id").notNull(),
    planVersion: integer("plan_version").notNull(),
    userId: text("user_id").notNull(),
    planHash: text("plan_hash").notNull(),
    choice: text("choice").notNull(),
    reason: text("reason"),
    groups: json("groups").notNull(),
    policyVersion: text("policy_version").notNull(),
    requestId: text("request_id").notNull(),
    at: instant("at").notNull(),
    /** The version it was cast for, when an edit left it standing. */
    carriedFrom: integer("carried_from"),
    /** Digest of the passkey that proved who voted. */
    stepUp: text("step_up"),
  },
  (table) => [
    primaryKey({ columns: [table.planId, table.planVersion, table.userId] }),
    foreignKey({
      columns: [table.planId, table.planVersion],
      foreignColumns: [planVersions.planId, planVersions.version],
    }),
    check("votes_choice", sql`${table.choice} in ('approve', 'reject')`),
  ],
);

/** One execution of one approved version; what happened in it is in `audit_events`. */
export const runs = pgTable(
  "runs",
  {
    id: text("id").primaryKey(),
    queuePosition: bigint("queue_position", { mode: "number" }).generatedAlwaysAsIdentity(),
    teamId: text("team_id").notNull(),
    planId: text("plan_id").notNull(),
    planVersion: integer("plan_version").notNull(),
    planHash: text("plan_hash").notNull(),
    requesterId: text("requester_id").notNull(),
    conversationId: text("conversation_id")
      .notNull()
      .references(() => conversations.id),
    queuedAt: instant("queued_at").notNull(),
    status: text("status").notNull(),
    owner: text("owner"),
    /** The fencing number: grows with each claim, named by each write. */
    epoch: integer("epoch").notNull().default(0),
    /** Number of the last flush that was written since it was claimed: one that comes again is not written again. */
    flushed: integer("flushed").notNull().default(0),
    /** From when on anybody may claim it: the lease's end, a timer, or now. Null: only a control request wakes it. */
    claimableAt: instant("claimable_at"),
    /** What the index of claimable runs asks for, so that a lease that is taken or renewed needs no new index entry. */
    claimable: boolean("claimable")
      .notNull()
      .generatedAlwaysAs(sql`claimable_at is not null`),
    /**
     * The status where it is worth an index: not of the runs that only begin and complete, whose writes stay as cheap
     * as they are.
     */
    notable: text("notable").generatedAlwaysAs(
      sql`case when status in ('queued', 'running', 'completed') then null else status end`,
    ),
    controlSeq: integer("control_seq").notNull().default(0),
    controlSeen: integer("control_seen").notNull().default(0),
    /** It has rows in `run_locks`. Known here, so that a run without any costs nothing. */
    locked: boolean("locked").notNull().default(false),
  },
  (table) => [
    foreignKey({
      columns: [table.planId, table.planVersion],
      foreignColumns: [planVersions.planId, planVersions.version],
    }),
    uniqueIndex("runs_plan").on(table.planId),
    index("runs_claimable")
      .on(table.queuePosition)
      .where(sql`${table.claimable}`),
    index("runs_notable")
      .on(table.teamId, table.notable)
      .where(sql`${table.notable} is not null`),
    index("runs_requester").on(table.teamId, table.requesterId, table.queuedAt),
  ],
);

/**
 * The line of the runs that touch one thing: whoever queued first has it, until its run ends. A row is there from
 * the moment its run is queued, so a lock has no lease of its own and follows the run to whichever worker drives it.
 */
export const runLocks = pgTable(
  "run_locks",
  {
    teamId: text("team_id").notNull(),
    key: text("key").notNull(),
    /** The run's `queue_position`. */
    position: bigint("position", { mode: "number" }).notNull(),
    runId: text("run_id")
      .notNull()
      .references(() => runs.id),
  },
  (table) => [
    primaryKey({ columns: [table.teamId, table.key, table.position] }),
    index("run_locks_run").on(table.runId),
  ],
);

/** Circuit breakers by what they watch. The state changes by comparing versions. */
export const breakers = pgTable("breakers", {
  target: text("target").primaryKey(),
  version: integer("version").notNull(),
  state: json("state").notNull(),
});

/** How long the newest successful calls of an operation took, in milliseconds, oldest first. */
export const operationTimings = pgTable("operation_timings", {
  operation: text("operation").primaryKey(),
  durationsMs: integer("durations_ms").array().notNull(),
});

/** Named pictures of the state of what plans manage. Rows never change. */
export const checkpoints = pgTable(
  "checkpoints",
  {
    teamId: text("team_id").notNull(),
    name: text("name").notNull(),
    takenAt: instant("taken_at").notNull(),
    /** `person:<user id>` or `system:<part>`. */
    takenBy: text("taken_by").notNull(),
    planId: text("plan_id")
      .notNull()
      .references(() => plans.id),
    runId: text("run_id"),
    environment: text("environment").notNull(),
    requestId: text("request_id").notNull(),
    captured: integer("captured").notNull(),
    unread: integer("unread").notNull(),
    entries: json("entries").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.teamId, table.name] }),
    index("checkpoints_newest").on(table.teamId, table.takenAt),
    index("checkpoints_run")
      .on(table.runId)
      .where(sql`${table.runId} is not null`),
  ],
);

/** Who decides in whose place, and until when. What is over stays, for the verdicts that counted it. */
export const delegations = pgTable(
  "delegations",
  {
    id: text("id").primaryKey(),
    teamId: text("team_id").notNull(),
    fromUserId: text("from_user_id").notNull(),
    toUserId: text("to_user_id").notNull(),
    until: instant("until").notNull(),
    createdAt: instant("created_at").notNull(),
    revokedAt: instant("revoked_at"),
    requestId: text("request_id").notNull(),
  },
  (table) => [
    unique("delegations_request").on(table.teamId, table.requestId),
    // Every decision asks which hold now: nearly all rows are of a time that is over.
    index("delegations_holding").on(table.teamId, table.until),
    index("delegations_giver").on(table.teamId, table.fromUserId, table.until),
    check("delegations_other", sql`${table.fromUserId} <> ${table.toUserId}`),
  ],
);

/** Whom reminders were sent to, for a week: nobody gets too many of them in an hour. */
export const reminders = pgTable(
  "reminders",
  {
    planId: text("plan_id").notNull(),
    version: integer("version").notNull(),
    userId: text("user_id").notNull(),
    teamId: text("team_id").notNull(),
    at: instant("at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.planId, table.version, table.userId] }),
    index("reminders_lately").on(table.teamId, table.userId, table.at),
    index("reminders_oldest").on(table.teamId, table.at),
  ],
);

export const runControls = pgTable(
  "run_controls",
  {
    runId: text("run_id")
      .notNull()
      .references(() => runs.id),
    number: integer("number").notNull(),
    request: json("request").notNull(),
    at: instant("at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.runId, table.number] })],
);

export const runOutput = pgTable(
  "run_output",
  {
    id: bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    runId: text("run_id").notNull(),
    call: text("call").notNull(),
    attempt: integer("attempt").notNull(),
    at: instant("at").notNull(),
    text: text("text").notNull(),
  },
  (table) => [index("run_output_run").on(table.runId, table.id)],
);

/**
 * The audit log and the runs' event store in one. A link is what one write says of one run, or one decision: its
 * events share a place in the chain. Append-only by trigger, partitioned by month; docs/audit-format.md has the hashes.
 */
export const auditLinks = pgTable(
  "audit_links",
  {
    teamId: text("team_id").notNull(),
    /** The first day of the month it was written in. Never falls along a chain, so a month is a piece of each chain. */
    month: date("month").notNull(),
    /** The number of its last event: events are numbered without gaps per workspace. */
    seq: counter("seq").notNull(),
    at: instant("at").notNull(),
    actor: text("actor").notNull(),
    conversationId: text("conversation_id"),
    planId: text("plan_id"),
    runId: text("run_id"),
    /** One of each event. */
    kinds: text("kinds").array().notNull(),
    /** Of each event without its kind one line of canonical JSON, which has no line breaks: the bytes that were hashed. */
    data: text("data").notNull(),
    /** 32 bytes of each event. */
    digests: bytes("digests").notNull(),
    previousHash: bytes("previous_hash").notNull(),
    hash: bytes("hash").notNull(),
  },
  (table) => [
    // A key of a partitioned table has to hold what it is partitioned by: docs/decisions/0026-months-of-the-log.md.
    primaryKey({ columns: [table.teamId, table.seq, table.month] }),
    index("audit_links_run")
      .on(table.runId, table.seq)
      .where(sql`${table.runId} is not null`),
    index("audit_links_plan")
      .on(table.planId, table.seq)
      .where(sql`${table.planId} is not null`),
  ],
);

/** Every event of the log as a row of its own. `last` is what the links are found by. */
export const auditEvents = pgView("audit_events", {
  teamId: text("team_id").notNull(),
  seq: counter("seq").notNull(),
  at: instant("at").notNull(),
  kind: text("kind").notNull(),
  actor: text("actor").notNull(),
  conversationId: text("conversation_id"),
  planId: text("plan_id"),
  runId: text("run_id"),
  data: text("data").notNull(),
  digest: text("digest").notNull(),
  first: counter("first").notNull(),
  last: counter("last").notNull(),
  previousHash: text("previous_hash").notNull(),
  hash: text("hash").notNull(),
}).existing();

/** The newest link of each workspace's chain. Locked last by every transaction that appends. */
export const auditHeads = pgTable("audit_heads", {
  teamId: text("team_id").primaryKey(),
  seq: counter("seq").notNull(),
  hash: bytes("hash").notNull(),
  /** Of the newest link. */
  month: date("month").notNull().default("1970-01-01"),
});

/** Where chains begin: the last link of each month that was taken off the log. Rows never change. */
export const auditAnchors = pgTable(
  "audit_anchors",
  {
    teamId: text("team_id").notNull(),
    month: date("month").notNull(),
    seq: counter("seq").notNull(),
    hash: bytes("hash").notNull(),
    detachedAt: instant("detached_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.teamId, table.month] })],
);

/** When heads were published last: at most one row, locked by whoever publishes. */
export const auditPublications = pgTable(
  "audit_publications",
  {
    id: integer("id").primaryKey(),
    publishedAt: instant("published_at").notNull(),
  },
  (table) => [check("audit_publications_one", sql`${table.id} = 1`)],
);

/** Requests from Slack under Slack's own ids. */
export const inbox = pgTable(
  "inbox",
  {
    id: text("id").primaryKey(),
    kind: text("kind").notNull(),
    teamId: text("team_id").notNull(),
    userId: text("user_id"),
    payload: json("payload").notNull(),
    receivedAt: instant("received_at").notNull(),
    /** When a process last began to work on it: only one that is gone leaves it long unfinished. */
    takenAt: instant("taken_at").notNull(),
    outcome: text("outcome"),
    detail: text("detail"),
    finishedAt: instant("finished_at"),
  },
  (table) => [
    index("inbox_unfinished")
      .on(table.takenAt)
      .where(sql`${table.outcome} is null`),
  ],
);

/** Notices waiting to be sent, one per key. */
export const outbox = pgTable(
  "outbox",
  {
    id: bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    key: text("key").notNull().unique(),
    version: integer("version").notNull().default(1),
    notice: json("notice").notNull(),
    tries: integer("tries").notNull().default(0),
    dueAt: instant("due_at").notNull(),
    takenBy: text("taken_by"),
    takenUntil: instant("taken_until"),
    abandoned: boolean("abandoned").notNull().default(false),
    lastError: text("last_error"),
  },
  (table) => [
    index("outbox_due")
      .on(table.dueAt)
      .where(sql`not ${table.abandoned}`),
  ],
);

/** Where the message of a subject was posted. */
export const messageRefs = pgTable("message_refs", {
  subject: text("subject").primaryKey(),
  channelId: text("channel_id").notNull(),
  ts: text("ts").notNull(),
});

/** Secret answers, sealed: worth nothing without the key, which is not in the database. */
export const sealedAnswers = pgTable(
  "sealed_answers",
  {
    id: text("id").primaryKey(),
    runId: text("run_id").notNull(),
    stepId: text("step_id").notNull(),
    field: text("field").notNull(),
    keyId: text("key_id").notNull(),
    sealed: text("sealed").notNull(),
  },
  (table) => [index("sealed_answers_run").on(table.runId)],
);

/** Links at which people approve with a passkey, one for each person and plan. Holds digests of tokens only. */
export const stepUps = pgTable(
  "step_ups",
  {
    link: text("link").primaryKey(),
    teamId: text("team_id").notNull(),
    userId: text("user_id").notNull(),
    planId: text("plan_id").notNull(),
    session: text("session").unique(),
    proofId: text("proof_id").unique(),
    overAt: instant("over_at").notNull(),
    state: json("state").notNull(),
  },
  (table) => [
    unique("step_ups_person_plan").on(table.teamId, table.userId, table.planId),
    index("step_ups_over").on(table.overAt),
  ],
);

/** Passkeys of people: public keys and counters. */
export const passkeys = pgTable(
  "passkeys",
  {
    teamId: text("team_id").notNull(),
    digest: text("digest").notNull(),
    userId: text("user_id").notNull(),
    credentialId: text("credential_id").notNull(),
    publicKey: text("public_key").notNull(),
    counter: counter("counter").notNull(),
    transports: json("transports").notNull(),
    synced: boolean("synced").notNull(),
    registeredAt: instant("registered_at").notNull(),
    usedAt: instant("used_at"),
  },
  (table) => [
    primaryKey({ columns: [table.teamId, table.digest] }),
    index("passkeys_person").on(table.teamId, table.userId, table.registeredAt),
  ],
);
