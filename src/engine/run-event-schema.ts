// What each kind of a run's events must fit to be read back from the log. Total: a kind that is missing here does not
// compile. What a kind got later is optional, or the rows from before could not be read any more.

import { z } from "zod";
import { ERROR_CATEGORIES } from "./failure.ts";
import type { Actor } from "./identity.ts";
import { jsonObjectSchema, jsonSchema } from "./json-schema.ts";
import type { CallRef, ControlRequest, RunEvent, StepVote } from "./run.ts";

const text = z.string();
export const attemptSchema = z.number().int().positive();
const attempt = attemptSchema;

export const actorSchema: z.ZodType<Actor> = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("person"), teamId: text, userId: text }),
  z.object({
    kind: z.literal("system"),
    part: z.enum(["engine", "sweeper", "worker", "command-line"]),
  }),
]);

export const callSchema: z.ZodType<CallRef> = z.discriminatedUnion("phase", [
  z.object({ phase: z.literal("forward"), stepId: text }),
  z.object({
    phase: z.enum(["before", "after"]),
    stepId: text,
    index: z.number().int().nonnegative(),
  }),
  z.object({ phase: z.literal("rollback"), stepId: text, index: z.number().int().nonnegative() }),
]);

const failureSchema = z.object({
  category: z.enum(ERROR_CATEGORIES),
  message: text,
  code: z.exactOptional(text),
  retryAfterMs: z.exactOptional(z.number()),
  acted: z.exactOptional(z.boolean()),
});

export const unknownAnswerSchema = z.enum([
  "it-happened",
  "it-did-not-happen",
  "try-again",
  "give-up",
]);
const controlKindSchema: z.ZodType<ControlRequest["kind"]> = z.enum([
  "pause",
  "resume",
  "cancel",
  "rollback",
  "retry",
  "skip",
  "override-breaker",
  "vote",
  "answer-inquiry",
  "answer",
]);
export const byPerson = <K extends string>(kind: K) =>
  z.object({ kind: z.literal(kind), by: actorSchema });

export const stepVoteSchema: z.ZodType<StepVote> = z.object({
  userId: text,
  choice: z.enum(["approve", "reject"]),
  reason: text.nullable(),
  groups: z.array(text),
  viewHash: text.nullable(),
  viewFormat: z.exactOptional(z.number().int()),
  requestId: text,
  at: z.number(),
});

export const RUN_EVENT_SCHEMAS: {
  readonly [K in RunEvent["kind"]]: z.ZodType<Extract<RunEvent, { readonly kind: K }>>;
} = {
  "run.queued": z.object({
    kind: z.literal("run.queued"),
    planVersion: z.number().int(),
    planHash: text,
  }),
  "run.started": z.object({ kind: z.literal("run.started") }),
  "run.held": z.object({
    kind: z.literal("run.held"),
    reasons: z.array(text),
    mayPass: z.exactOptional(z.literal(true)),
    waitsFor: z.exactOptional(text),
    failedSteps: z.exactOptional(z.array(text)),
  }),
  "run.drive-failed": z.object({ kind: z.literal("run.drive-failed"), defect: text }),
  "run.control-refused": z.object({
    kind: z.literal("run.control-refused"),
    request: controlKindSchema,
    reason: text,
    by: actorSchema,
  }),
  "run.paused": byPerson("run.paused"),
  "run.resumed": byPerson("run.resumed"),
  "run.cancel-requested": byPerson("run.cancel-requested"),
  "run.rollback-started": z.object({
    kind: z.literal("run.rollback-started"),
    reason: text,
    by: actorSchema,
    stops: z.exactOptional(z.literal(true)),
  }),
  "run.breaker-overridden": z.object({
    kind: z.literal("run.breaker-overridden"),
    target: text,
    by: actorSchema,
  }),
  "step.skipped": z.object({
    kind: z.literal("step.skipped"),
    stepId: text,
    reason: text,
    by: z.exactOptional(actorSchema),
  }),
  "step.admitted": z.object({
    kind: z.literal("step.admitted"),
    stepId: text,
    conditions: z.array(text),
  }),
  "step.retried": z.object({ kind: z.literal("step.retried"), stepId: text, by: actorSchema }),
  "step.delayed": z.object({
    kind: z.literal("step.delayed"),
    call: callSchema,
    target: text,
    until: z.number(),
    openedAt: z.number(),
  }),
  "step.inquiry-opened": z.object({
    kind: z.literal("step.inquiry-opened"),
    stepId: text,
    closesAt: z.number(),
  }),
  "step.inquiry-answered": z.object({
    kind: z.literal("step.inquiry-answered"),
    stepId: text,
    answers: jsonObjectSchema,
    by: actorSchema.nullable(),
  }),
  "step.inquiry-expired": z.object({ kind: z.literal("step.inquiry-expired"), stepId: text }),
  "step.approval-opened": z.object({
    kind: z.literal("step.approval-opened"),
    stepId: text,
    closesAt: z.number(),
  }),
  "step.approval-voted": z.object({
    kind: z.literal("step.approval-voted"),
    stepId: text,
    vote: stepVoteSchema,
  }),
  "step.approval-closed": z.object({
    kind: z.literal("step.approval-closed"),
    stepId: text,
    outcome: z.enum(["approved", "approved-by-timeout", "rejected", "expired"]),
    counted: z.array(text),
    explanation: text,
  }),
  "attempt.started": z.object({
    kind: z.literal("attempt.started"),
    call: callSchema,
    attempt,
    idempotencyKey: text,
    uses: text,
    input: jsonObjectSchema,
    captured: jsonObjectSchema.nullable(),
    repeat: z.exactOptional(attempt),
  }),
  "attempt.succeeded": z.object({
    kind: z.literal("attempt.succeeded"),
    call: callSchema,
    attempt,
    result: jsonSchema,
    durationMs: z.number(),
    after: z.exactOptional(jsonObjectSchema),
    output: z.exactOptional(text),
  }),
  "attempt.failed": z.object({
    kind: z.literal("attempt.failed"),
    call: callSchema,
    attempt,
    failure: failureSchema,
    retryAt: z.number().nullable(),
    durationMs: z.number(),
  }),
  "attempt.unknown": z.object({
    kind: z.literal("attempt.unknown"),
    call: callSchema,
    attempt,
    failure: failureSchema,
  }),
  "attempt.answered": z.object({
    kind: z.literal("attempt.answered"),
    call: callSchema,
    attempt,
    answer: unknownAnswerSchema,
    by: actorSchema,
  }),
  "step.rolled-back": z.object({
    kind: z.literal("step.rolled-back"),
    stepId: text,
    calls: z.number().int().nonnegative(),
  }),
  "step.rollback-failed": z.object({
    kind: z.literal("step.rollback-failed"),
    stepId: text,
    failure: failureSchema,
  }),
  "run.completed": z.object({ kind: z.literal("run.completed"), failedSteps: z.array(text) }),
  "run.failed": z.object({
    kind: z.literal("run.failed"),
    reason: text,
    failedSteps: z.array(text),
    leftovers: z.array(text),
  }),
  "run.canceled": z.object({
    kind: z.literal("run.canceled"),
    reason: text,
    leftovers: z.array(text),
  }),
  "run.rolled-back": z.object({ kind: z.literal("run.rolled-back"), reason: text }),
};
