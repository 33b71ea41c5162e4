// A run's events as they come back from the audit log: what a row must fit to be one.

import { z } from "zod";
import { ERROR_CATEGORIES } from "#engine/failure.ts";
import type { Actor } from "#engine/identity.ts";
import type { CallRef, ControlRequest, RecordedRunEvent, RunEvent, StepVote } from "#engine/run.ts";
import { jsonObjectSchema, jsonSchema, readAs, UnreadableRow } from "./stored-json.ts";

/** What `countersign_run_links` answers: events that were written together. */
export type RunLinkRow = {
  readonly at: number;
  readonly actor: string;
  readonly team: string;
  /** With commas between them. */
  readonly kinds: string;
  /** JSON of each, with line breaks between them. */
  readonly data: string;
};

const text = z.string();
const attempt = z.number().int().positive();

const actorSchema: z.ZodType<Actor> = z.discriminatedUnion("kind", [
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

const answerSchema = z.enum(["it-happened", "it-did-not-happen", "try-again", "give-up"]);
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
const byPerson = <K extends string>(kind: K) =>
  z.object({ kind: z.literal(kind), by: actorSchema });

const stepVoteSchema: z.ZodType<StepVote> = z.object({
  userId: text,
  choice: z.enum(["approve", "reject"]),
  reason: text.nullable(),
  groups: z.array(text),
  viewHash: text.nullable(),
  viewFormat: z.exactOptional(z.number().int()),
  requestId: text,
  at: z.number(),
});

const runEventSchema: z.ZodType<RunEvent> = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("run.queued"), planVersion: z.number().int(), planHash: text }),
  z.object({ kind: z.literal("run.started") }),
  z.object({
    kind: z.literal("run.held"),
    reasons: z.array(text),
    mayPass: z.exactOptional(z.literal(true)),
    waitsFor: z.exactOptional(text),
    failedSteps: z.exactOptional(z.array(text)),
  }),
  z.object({ kind: z.literal("run.drive-failed"), defect: text }),
  z.object({
    kind: z.literal("run.control-refused"),
    request: controlKindSchema,
    reason: text,
    by: actorSchema,
  }),
  byPerson("run.paused"),
  byPerson("run.resumed"),
  byPerson("run.cancel-requested"),
  z.object({
    kind: z.literal("run.rollback-started"),
    reason: text,
    by: actorSchema,
    stops: z.exactOptional(z.literal(true)),
  }),
  z.object({ kind: z.literal("run.breaker-overridden"), target: text, by: actorSchema }),
  z.object({
    kind: z.literal("step.skipped"),
    stepId: text,
    reason: text,
    by: z.exactOptional(actorSchema),
  }),
  z.object({ kind: z.literal("step.admitted"), stepId: text, conditions: z.array(text) }),
  z.object({ kind: z.literal("step.retried"), stepId: text, by: actorSchema }),
  z.object({
    kind: z.literal("step.delayed"),
    call: callSchema,
    target: text,
    until: z.number(),
    openedAt: z.number(),
  }),
  z.object({ kind: z.literal("step.inquiry-opened"), stepId: text, closesAt: z.number() }),
  z.object({
    kind: z.literal("step.inquiry-answered"),
    stepId: text,
    answers: jsonObjectSchema,
    by: actorSchema.nullable(),
  }),
  z.object({ kind: z.literal("step.inquiry-expired"), stepId: text }),
  z.object({ kind: z.literal("step.approval-opened"), stepId: text, closesAt: z.number() }),
  z.object({ kind: z.literal("step.approval-voted"), stepId: text, vote: stepVoteSchema }),
  z.object({
    kind: z.literal("step.approval-closed"),
    stepId: text,
    outcome: z.enum(["approved", "approved-by-timeout", "rejected", "expired"]),
    counted: z.array(text),
    explanation: text,
  }),
  z.object({
    kind: z.literal("attempt.started"),
    call: callSchema,
    attempt,
    idempotencyKey: text,
    uses: text,
    input: jsonObjectSchema,
    captured: jsonObjectSchema.nullable(),
    repeat: z.exactOptional(attempt),
  }),
  z.object({
    kind: z.literal("attempt.succeeded"),
    call: callSchema,
    attempt,
    result: jsonSchema,
    durationMs: z.number(),
    after: z.exactOptional(jsonObjectSchema),
    output: z.exactOptional(text),
  }),
  z.object({
    kind: z.literal("attempt.failed"),
    call: callSchema,
    attempt,
    failure: failureSchema,
    retryAt: z.number().nullable(),
    durationMs: z.number(),
  }),
  z.object({
    kind: z.literal("attempt.unknown"),
    call: callSchema,
    attempt,
    failure: failureSchema,
  }),
  z.object({
    kind: z.literal("attempt.answered"),
    call: callSchema,
    attempt,
    answer: answerSchema,
    by: actorSchema,
  }),
  z.object({
    kind: z.literal("step.rolled-back"),
    stepId: text,
    calls: z.number().int().nonnegative(),
  }),
  z.object({ kind: z.literal("step.rollback-failed"), stepId: text, failure: failureSchema }),
  z.object({ kind: z.literal("run.completed"), failedSteps: z.array(text) }),
  z.object({
    kind: z.literal("run.failed"),
    reason: text,
    failedSteps: z.array(text),
    leftovers: z.array(text),
  }),
  z.object({ kind: z.literal("run.canceled"), reason: text, leftovers: z.array(text) }),
  z.object({ kind: z.literal("run.rolled-back"), reason: text }),
]);

const controlSchema: z.ZodType<ControlRequest> = z.discriminatedUnion("kind", [
  byPerson("pause"),
  byPerson("resume"),
  z.object({ kind: z.literal("cancel"), by: actorSchema, rollback: z.boolean() }),
  byPerson("rollback"),
  z.object({ kind: z.literal("retry"), by: actorSchema, stepId: text }),
  z.object({ kind: z.literal("skip"), by: actorSchema, stepId: text, reason: text }),
  z.object({ kind: z.literal("override-breaker"), by: actorSchema, target: text }),
  z.object({ kind: z.literal("vote"), by: actorSchema, stepId: text, vote: stepVoteSchema }),
  z.object({
    kind: z.literal("answer-inquiry"),
    by: actorSchema,
    stepId: text,
    answers: jsonObjectSchema,
    requestId: z.exactOptional(text),
  }),
  z.object({
    kind: z.literal("answer"),
    by: actorSchema,
    call: callSchema,
    attempt,
    answer: answerSchema,
  }),
]);

/** @throws {UnreadableRow} */
export function readRunEvents(
  runId: string,
  links: readonly RunLinkRow[],
): readonly RecordedRunEvent[] {
  const events: RecordedRunEvent[] = [];
  for (const link of links) {
    const data = link.data.split("\n");
    for (const [place, kind] of link.kinds.split(",").entries()) {
      const name = `event ${events.length + 1} (${kind}) of run ${runId}`;
      events.push({
        at: link.at,
        actor: readActor(link, name),
        event: readEvent(kind, data[place], name),
      });
    }
  }
  return events;
}

function readEvent(kind: string, text: string | undefined, name: string): RunEvent {
  if (text === undefined) throw new UnreadableRow(`${name} has no data`);
  const data: unknown = JSON.parse(text);
  if (typeof data !== "object" || data === null)
    throw new UnreadableRow(`${name} is not an object`);
  return readAs(runEventSchema, { ...data, kind }, name);
}

/** @throws {UnreadableRow} */
export function readControls(
  runId: string,
  rows: readonly { readonly number: number; readonly request: unknown }[] | null,
) {
  return (rows ?? []).map(({ number, request }) => ({
    number,
    request: readAs(controlSchema, request, `control request ${number} of run ${runId}`),
  }));
}

function readActor(row: RunLinkRow, name: string): Actor {
  const [kind, ...rest] = row.actor.split(":");
  const id = rest.join(":");
  const actor = kind === "person" ? { kind, teamId: row.team, userId: id } : { kind, part: id };
  return readAs(actorSchema, actor, `the actor of ${name}`);
}
