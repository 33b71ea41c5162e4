// A notice as it comes back from the outbox: what a row must fit to be one.

import { z } from "zod";
import type { Notice } from "#engine/notice.ts";
import { jsonObjectSchema } from "#engine/json-schema.ts";
import { callSchema } from "#engine/run-event-schema.ts";
import { readAs } from "./stored-json.ts";

const text = z.string();
const version = z.number().int();
const ofPlan = { planId: text };
const ofRun = { runId: text };
const asking = { ...ofRun, stepId: text, opening: version };

/** One for every kind there is: a notice that can't be read back would stop all that wait behind it. */
const SCHEMAS = {
  "plan-card": z.object({ kind: z.literal("plan-card"), ...ofPlan }),
  "run-progress": z.object({ kind: z.literal("run-progress"), ...ofRun }),
  "run-finished": z.object({ kind: z.literal("run-finished"), ...ofRun }),
  "run-question": z.object({
    kind: z.literal("run-question"),
    ...ofRun,
    call: callSchema,
    attempt: version,
  }),
  "step-approval": z.object({ kind: z.literal("step-approval"), ...asking }),
  "step-inquiry": z.object({ kind: z.literal("step-inquiry"), ...asking }),
  "run-held": z.object({ kind: z.literal("run-held"), ...ofRun }),
  "breaker-open": z.object({
    kind: z.literal("breaker-open"),
    ...ofRun,
    target: text,
    openedAt: z.number(),
  }),
  "plan-diff": z.object({
    kind: z.literal("plan-diff"),
    ...ofPlan,
    fromVersion: version,
    toVersion: version,
  }),
  "plan-wanted": z.object({ kind: z.literal("plan-wanted"), ...ofPlan, userId: text }),
  "plan-reminder": z.object({ kind: z.literal("plan-reminder"), ...ofPlan }),
  "outcome-private": z.object({ kind: z.literal("outcome-private"), ...ofPlan, userId: text }),
  "reminder-private": z.object({
    kind: z.literal("reminder-private"),
    ...ofPlan,
    userId: text,
    widened: z.literal(true).exactOptional(),
  }),
  "plan-widened": z.object({ kind: z.literal("plan-widened"), ...ofPlan }),
  "plan-reach": z.object({ kind: z.literal("plan-reach"), ...ofPlan }),
  "reach-private": z.object({ kind: z.literal("reach-private"), ...ofPlan, userId: text }),
  "glass-broken": z.object({ kind: z.literal("glass-broken"), ...ofPlan }),
  "glass-broken-private": z.object({
    kind: z.literal("glass-broken-private"),
    ...ofPlan,
    userId: text,
  }),
  "glass-reviewed": z.object({ kind: z.literal("glass-reviewed"), ...ofPlan }),
  "review-overdue": z.object({ kind: z.literal("review-overdue"), ...ofPlan }),
  "step-up-link": z.object({
    kind: z.literal("step-up-link"),
    ...ofPlan,
    planVersion: version,
    viewHash: text.nullable(),
    viewFormat: version.nullable(),
    userId: text,
    channelId: text,
    threadTs: text.nullable(),
  }),
  "step-up-outcome": z.object({
    kind: z.literal("step-up-outcome"),
    ...ofPlan,
    userId: text,
    refused: z.object({ code: text, sentence: text }).nullable(),
  }),
  "passkey-registered": z.object({
    kind: z.literal("passkey-registered"),
    teamId: text,
    userId: text,
    passkey: text,
  }),
  "audit-heads": z.object({
    kind: z.literal("audit-heads"),
    at: z.number(),
    channelId: text,
    heads: z.array(z.object({ teamId: text, seq: z.number().int(), hash: text })),
    fileError: z.exactOptional(text),
  }),
  reply: z.object({
    kind: z.literal("reply"),
    replyId: text,
    channelId: text,
    threadTs: text.nullable(),
    userId: text.nullable(),
    message: jsonObjectSchema,
  }),
  home: z.object({ kind: z.literal("home"), teamId: text, userId: text }),
} satisfies Readonly<Record<Notice["kind"], z.ZodType<Notice>>>;

const kindSchema = z.object({ kind: z.enum(Object.keys(SCHEMAS) as Notice["kind"][]) });

/** @throws {UnreadableRow} */
export function readNotice(value: unknown, key: string): Notice {
  const { kind } = readAs(kindSchema, value, `notice ${key}`);
  return readAs<Notice>(SCHEMAS[kind], value, `notice ${key}`);
}
