// A notice as it comes back from the outbox: what a row must fit to be one.

import { z } from "zod";
import type { Notice } from "#engine/notice.ts";
import { jsonObjectSchema } from "#engine/json-schema.ts";
import { callSchema } from "#engine/run-event-schema.ts";
import { readAs } from "./stored-json.ts";

const text = z.string();
const version = z.number().int();

const noticeSchema: z.ZodType<Notice> = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("plan-card"), planId: text }),
  z.object({ kind: z.literal("run-progress"), runId: text }),
  z.object({ kind: z.literal("run-finished"), runId: text }),
  z.object({ kind: z.literal("run-question"), runId: text, call: callSchema, attempt: version }),
  z.object({
    kind: z.enum(["step-approval", "step-inquiry"]),
    runId: text,
    stepId: text,
    opening: version,
  }),
  z.object({ kind: z.literal("run-held"), runId: text }),
  z.object({
    kind: z.literal("breaker-open"),
    runId: text,
    target: text,
    openedAt: z.number(),
  }),
  z.object({
    kind: z.literal("plan-diff"),
    planId: text,
    fromVersion: version,
    toVersion: version,
  }),
  z.object({ kind: z.literal("plan-reminder"), planId: text }),
  z.object({
    kind: z.enum(["outcome-private", "reminder-private"]),
    planId: text,
    userId: text,
  }),
  z.object({
    kind: z.literal("step-up-link"),
    planId: text,
    planVersion: version,
    viewHash: text.nullable(),
    userId: text,
    channelId: text,
    threadTs: text.nullable(),
  }),
  z.object({
    kind: z.literal("passkey-registered"),
    teamId: text,
    userId: text,
    passkey: text,
  }),
  z.object({
    kind: z.literal("reply"),
    replyId: text,
    channelId: text,
    threadTs: text.nullable(),
    userId: text.nullable(),
    message: jsonObjectSchema,
  }),
  z.object({ kind: z.literal("home"), teamId: text, userId: text }),
]);

/** @throws {UnreadableRow} */
export function readNotice(value: unknown, key: string): Notice {
  return readAs(noticeSchema, value, `notice ${key}`);
}
