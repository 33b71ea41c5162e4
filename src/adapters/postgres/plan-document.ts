// The shape of plans, rules and verdicts as they are stored: what a row must fit to become a value of the engine.

import { z } from "zod";
import { ERROR_CATEGORIES } from "#engine/failure.ts";
import { jsonObjectSchema, jsonSchema } from "#engine/json-schema.ts";
import { INQUIRY_FIELD_TYPES } from "#engine/plan.ts";
import type {
  Call,
  Check,
  Inquiry,
  Plan,
  PlanStep,
  RetryPolicy,
  Rollback,
  StepApproval,
} from "#engine/plan.ts";
import type { ApprovalRule } from "#engine/policy.ts";
import { RISKS } from "#engine/risk.ts";
import type { Verdict, VerdictNode, Vote } from "#engine/verdict.ts";

const count = z.number().int().nonnegative();
const texts = z.array(z.string());

const callFields = {
  uses: z.string(),
  with: jsonObjectSchema,
  profile: z.string().nullable(),
  summary: z.string(),
  risk: z.enum(RISKS),
  timeoutMs: z.number(),
};
const callSchema: z.ZodType<Call> = z.object(callFields);

const onFailure = z.enum(["rollback", "stop", "continue"]);
const retrySchema: z.ZodType<RetryPolicy> = z.object({
  maxAttempts: z.number().int().positive(),
  backoff: z.enum(["exponential", "linear", "fixed"]),
  baseDelayMs: z.number(),
  maxDelayMs: z.number(),
  jitter: z.boolean(),
  on: z.array(z.enum(ERROR_CATEGORIES)),
});
const checkSchema: z.ZodType<Check> = z.object({ ...callFields, retry: retrySchema });
const people = z.object({ groups: texts, users: texts });
const clauses = z.array(
  z.object({
    count,
    fromGroups: texts,
    fromUsers: texts,
    except: people.exactOptional(),
    filter: z.string().exactOptional(),
    filterGroups: texts.exactOptional(),
  }),
);

const inquirySchema: z.ZodType<Inquiry> = z.object({
  message: z.string(),
  fields: z.array(
    z.object({
      name: z.string(),
      type: z.enum(INQUIRY_FIELD_TYPES),
      label: z.string(),
      required: z.boolean(),
      options: texts,
      default: jsonSchema.nullable(),
      min: z.number().nullable(),
      max: z.number().nullable(),
      pattern: z.string().nullable(),
    }),
  ),
  from: z.object({ groups: texts, users: texts }).nullable(),
  timeoutMs: z.number(),
  onTimeout: z.enum(["fail", "rollback", "skip", "continue"]),
});

const approvalSchema: z.ZodType<StepApproval> = z.object({
  message: z.string(),
  require: clauses,
  timeoutMs: z.number(),
  onTimeout: z.enum(["fail", "rollback", "skip", "approve"]),
});

const rollbackSchema: z.ZodType<Rollback> = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("none") }),
  z.object({ kind: z.literal("commands"), calls: z.array(callSchema) }),
  z.object({ kind: z.literal("not-needed") }),
  z.object({ kind: z.literal("captured"), summary: z.string(), risk: z.enum(RISKS) }),
]);

const stepSchema: z.ZodType<PlanStep> = z.object({
  ...callFields,
  id: z.string(),
  needs: texts,
  after: texts,
  stage: count,
  stageName: z.string().nullable(),
  groups: texts,
  loop: z
    .object({ id: z.string(), index: count, canary: z.boolean(), maxFailures: count })
    .nullable(),
  scope: z.string(),
  guards: z.array(z.object({ source: z.string(), scope: z.string() })),
  when: z.string().nullable(),
  check: texts,
  checksBefore: z.array(checkSchema),
  checksAfter: z.array(checkSchema),
  inquiry: inquirySchema.nullable(),
  approval: approvalSchema.nullable(),
  preconditions: z.array(
    z.object({
      uses: z.string(),
      with: jsonObjectSchema,
      profile: z.string().nullable(),
      captured: jsonObjectSchema,
    }),
  ),
  retry: retrySchema,
  deadlineMs: z.number().positive().nullable(),
  onFailure,
  rollback: rollbackSchema,
  locks: texts,
  deferred: z.boolean(),
});

export const planSchema: z.ZodType<Plan> = z.object({
  title: z.string(),
  environment: z.string(),
  playbook: z.string().nullable(),
  inputs: jsonObjectSchema,
  vars: jsonObjectSchema,
  env: jsonObjectSchema,
  groups: z.record(z.string(), z.number().int().positive()),
  playbooks: z.record(
    z.string(),
    z.object({
      playbook: z.string(),
      title: z.string(),
      inputs: jsonObjectSchema,
      vars: jsonObjectSchema,
      outputs: z.record(z.string(), z.string()),
      steps: z.record(z.string(), texts),
    }),
  ),
  holdTimeMs: z.number(),
  mode: z.enum(["stages", "graph", "sequential"]),
  parallelism: z.number().int().positive(),
  onFailure,
  runTimeMs: z.number(),
  risk: z.enum(RISKS),
  steps: z.array(stepSchema),
});

export const ruleSchema: z.ZodType<ApprovalRule> = z.object({
  require: clauses,
  approveWithinMs: z.number(),
  startWithinMs: z.number(),
  remindAfterMs: z.number().nullable(),
  // What rules did not say yet when the first of them were stored.
  policies: texts.default([]),
  denyAt: count.positive().default(1),
  widen: z
    .object({ ...people.shape, afterMs: z.number() })
    .nullable()
    .default(null),
  onTimeout: z.enum(["deny", "approve"]).default("deny"),
  selfApproval: z.boolean().default(false),
  allowOverlap: z.boolean().default(false),
  sticky: z.boolean().default(false),
  silent: people.default({ groups: [], users: [] }),
  stepUp: z.literal("webauthn").nullable().default(null),
});

const verdictStatus = z.enum(["met", "waiting", "denied", "expired", "unreachable"]);
const verdictNodeSchema: z.ZodType<VerdictNode> = z.object({
  name: z.string(),
  status: verdictStatus,
  sentence: z.string(),
  get children() {
    return z.array(verdictNodeSchema);
  },
});

export const verdictSchema: z.ZodType<Verdict> = z.object({
  outcome: z.enum(["waiting", "approved", "denied", "expired", "unreachable"]),
  by: z
    .enum(["votes", "nobody-needed", "standing", "timeout", "break-glass"])
    .nullable()
    .default(null),
  tree: verdictNodeSchema,
  counted: z.array(z.object({ userId: z.string(), clause: count })),
  ignored: z.array(z.object({ userId: z.string(), reason: z.string() })),
  needed: count,
  had: count,
  couldApprove: texts,
});

export const voteSchema: z.ZodType<Vote> = z.object({
  planVersion: z.number().int(),
  planHash: z.string(),
  userId: z.string(),
  choice: z.enum(["approve", "reject"]),
  reason: z.string().nullable(),
  groups: texts,
  policyVersion: z.string(),
  requestId: z.string(),
  at: z.number(),
  carriedFrom: z.number().int().exactOptional(),
  stepUp: z.string().exactOptional(),
});
