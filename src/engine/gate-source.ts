// What a step may wait for, as people write it: checks, questions, approvals, and the state it expects. Shape
// only; what it means is decided by compile-checks.ts, compile-inquiry.ts, compile-approval.ts and
// compile-preconditions.ts.

import { z } from "zod";
import { parseDuration } from "./duration.ts";
import { INQUIRY_FIELD_TYPES } from "./plan.ts";

export const duration = z.union([z.string(), z.number()]).transform((given, context) => {
  const ms = typeof given === "string" ? parseDuration(given) : null;
  if (ms !== null && ms > 0) return ms;
  context.addIssue({ code: "custom", message: "a duration such as 500ms, 30s, 5m or 1h30m" });
  return z.NEVER;
});

export const name = z
  .string()
  .regex(
    /^[A-Za-z_][A-Za-z0-9_-]{0,59}$/,
    "a name of letters, digits, - and _ that starts with a letter",
  );
const group = z.string().min(1).max(100);
const userId = z.string().regex(/^[UW][A-Z0-9]{2,20}$/, "a Slack user id such as U012AB3CD");
/** Slack's own limit for the text of an input block is 3000. */
const message = z.string().trim().min(1).max(1000);

/** Settings of a check; every other key of the mapping is the kind of check, with its input. */
export const CHECK_SETTINGS = ["within", "every", "profile", "timeout"] as const;
const checkSettings = {
  within: duration.optional(),
  every: duration.optional(),
  profile: z.string().min(1).max(100).optional(),
  timeout: duration.optional(),
};
const checkMapping = z.record(z.string(), z.json()).transform((given, context) => {
  const settings = z.object(checkSettings).safeParse(given);
  if (!settings.success) {
    for (const { path, message: wrong } of settings.error.issues)
      context.addIssue({ code: "custom", path, message: wrong });
    return z.NEVER;
  }
  const isSetting = (key: string) => CHECK_SETTINGS.some((setting) => setting === key);
  const kinds = Object.entries(given).filter(([key]) => !isSetting(key));
  return { ...settings.data, kinds };
});
export const check = z.union([z.string(), checkMapping]);

const field = {
  type: z.enum(INQUIRY_FIELD_TYPES).default("text"),
  label: z.string().trim().min(1).max(150).optional(),
  options: z.array(z.string().min(1).max(75)).min(1).max(100).optional(),
  required: z.boolean().default(true),
  default: z.json().optional(),
  min: z.number().optional(),
  max: z.number().optional(),
  pattern: z.string().min(1).max(300).optional(),
};
const fieldShape = z.strictObject(field);

const askBase = {
  message,
  from: z
    .union([
      z.array(group).min(1),
      z.strictObject({ groups: z.array(group).default([]), users: z.array(userId).default([]) }),
    ])
    .optional(),
  timeout: duration.default(3_600_000),
  on_timeout: z.enum(["fail", "rollback", "skip", "continue"]).default("fail"),
};
export const ask = z.strictObject({
  ...askBase,
  fields: z.record(name, fieldShape).optional(),
  ...field,
  // Absent unless the question has a single field, called `answer`.
  type: z.enum(INQUIRY_FIELD_TYPES).optional(),
  required: z.boolean().optional(),
});

const clause = z.strictObject({
  count: z.int().min(1).max(20).default(1),
  from: z.array(group).default([]),
  users: z.array(userId).default([]),
});
export const approval = z.strictObject({
  message,
  require: z.array(clause).min(1).max(10).optional(),
  timeout: duration.default(3_600_000),
  on_timeout: z.enum(["fail", "rollback", "skip", "approve"]).default("fail"),
});

export const expectation = z.strictObject({
  uses: z.string().min(1).max(100),
  with: z.record(z.string(), z.json()).default({}),
  profile: z.string().min(1).max(100).optional(),
  state: z.record(z.string(), z.json()),
});

export type CheckSource = z.infer<typeof check>;
export type AskSource = z.infer<typeof ask>;
export type FieldSource = z.infer<typeof fieldShape>;
export type ApprovalSource = z.infer<typeof approval>;
export type ExpectationSource = z.infer<typeof expectation>;

/** Keys allowed at the end of a path inside one of these, or null when it is not inside one. */
export function gateKeysAt(path: readonly PropertyKey[]): readonly string[] | null {
  if (path.includes("ask")) {
    if (path.includes("fields")) return Object.keys(field);
    return path.at(-1) === "from" ? ["groups", "users"] : Object.keys(ask.shape);
  }
  if (path.includes("approval"))
    return path.includes("require") ? Object.keys(clause.shape) : Object.keys(approval.shape);
  return path.includes("expect") ? Object.keys(expectation.shape) : null;
}
