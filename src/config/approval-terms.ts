// What an environment's rule and a policy can say about an approval, in countersign.yml. Fills in nothing.

import { z } from "zod";
import { duration, expressionOver, name, people, userId } from "./file-values.ts";

const clause = z
  .strictObject({
    count: z.int().min(1).max(20),
    from: z.array(name).default([]),
    users: z.array(userId).default([]),
    /** Nobody from these groups, wherever else they are. */
    not_from: z.array(name).default([]),
    not_users: z.array(userId).default([]),
    /** CEL over `person` (`id`, `groups`) and `plan`. */
    filter: expressionOver(["person", "plan"]).optional(),
  })
  .refine(
    (value) => value.from.length + value.users.length > 0,
    "at least one group in `from` or one person in `users`: an empty set would mean nobody",
  );

/** What an environment's rule and a policy can say about an approval. */
export const approvalTerms = {
  require: z.array(clause).optional(),
  deny: z.int().min(1).max(20).optional(),
  approve_within: duration.optional(),
  start_within: duration.optional(),
  remind_after: z.union([duration, z.literal("never")]).optional(),
  widen_to: z
    .strictObject({
      groups: z.array(name).default([]),
      users: z.array(userId).default([]),
      after: duration,
    })
    .refine(
      (value) => value.groups.length + value.users.length > 0,
      "at least one group or one person",
    )
    .optional(),
  on_timeout: z.enum(["deny", "approve"]).optional(),
  allow_overlap: z.boolean().optional(),
  sticky: z.boolean().optional(),
  silent: people.optional(),
  /** Approvals count only with a passkey's signature; docs/operations/step-up.md. */
  step_up: z.literal("webauthn").optional(),
};

/** A signature can't be waited for, nor carried from one version to the next. */
export function provable(
  given: { step_up?: unknown; on_timeout?: unknown; sticky?: unknown },
  context: z.RefinementCtx,
): void {
  if (given.step_up === undefined) return;
  const wrong = (key: string, message: string) =>
    context.addIssue({ code: "custom", path: [key], message });
  if (given.on_timeout === "approve")
    wrong("on_timeout", "deny: with step_up nothing is approved by waiting");
  if (given.sticky === true)
    wrong("sticky", "false: with step_up every version is signed by itself");
}

export const approvalRule = z.strictObject(approvalTerms).superRefine(provable);
/** Written under `destructive`: whatever else a rule may say, time never approves what destroys. */
export const destructiveRule = z
  .strictObject({ ...approvalTerms, on_timeout: z.literal("deny").optional() })
  .superRefine(provable);
