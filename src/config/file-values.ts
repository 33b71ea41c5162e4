// Kinds of values that several parts of countersign.yml hold: names, Slack's ids, durations, people. Knows no key of
// the file.

import { z } from "zod";
import { parseDuration } from "#engine/duration.ts";
import { references, unknownRoot } from "#engine/expression.ts";

export const duration = z.string().transform((text, context) => {
  const ms = parseDuration(text);
  if (ms !== null && ms > 0) return ms;
  context.addIssue({ code: "custom", message: "a duration such as 90s, 15m, 4h or 1h30m" });
  return z.NEVER;
});

const idOf = (letters: string, what: string) =>
  z.string().regex(new RegExp(`^[${letters}][A-Z0-9]{2,20}$`), what);
export const userId = idOf("UW", "a Slack user id such as U012AB3CD");
export const slackGroupId = idOf("S", "a Slack user group id such as S012AB3CD");
export const channelId = idOf("CG", "a Slack channel id such as C012AB3CD");
export const workspaceId = idOf("T", "a Slack workspace id such as T012AB3CD");

export const name = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,39}$/, "a name of lower-case letters, digits, - and _");

export const channelList = z.union([z.literal("*"), z.array(channelId)]);

/** A CEL expression that uses no other names than these. */
export const expressionOver = (names: readonly string[]) =>
  z.string().superRefine((source, context) => {
    const used = references(source);
    const problem = used.ok ? unknownRoot(used.value, names) : used.refusal;
    if (problem !== null)
      context.addIssue({ code: "custom", message: `a CEL expression: ${problem}` });
  });

/** People by group or by id, at least one. */
export const people = z
  .strictObject({ groups: z.array(name).default([]), users: z.array(userId).default([]) })
  .refine(
    (value) => value.groups.length + value.users.length > 0,
    "at least one group or one person",
  );

export const environmentVariable = z
  .string()
  .regex(/^[A-Z][A-Z0-9_]*$/, "the name of an environment variable");

/** One that is handed on to a plan or a program. */
export const variableHandedOn = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "the name of an environment variable");

export const operationPattern = z
  .string()
  .regex(/^(\*|[a-z0-9_]+(\.[a-z0-9_]+)*(\.\*)?)$/, "an operation, a prefix such as ec2.*, or *");
