// The `environments` of countersign.yml: where plans for each are asked for, who may ask for what, and who approves.

import { z } from "zod";
import { approvalRule, destructiveRule } from "./approval-terms.ts";
import { channelId, channelList, name, operationPattern, userId } from "./file-values.ts";

const permission = z
  .strictObject({
    groups: z.array(name).default([]),
    users: z.array(userId).default([]),
    operations: z.array(operationPattern),
    profiles: z.array(name).default([]),
    /** Narrows where these people may ask for this; absent: in every channel of the environment. */
    channels: z
      .union([z.literal("*"), z.array(channelId).min(1, "at least one channel id, or *")])
      .optional(),
  })
  .refine(
    (value) => value.groups.length + value.users.length > 0,
    "at least one group or one person",
  );

export const environmentSchema = z.strictObject({
  channels: channelList.default("*"),
  /** Groups from which the default requirement is taken: nobody for read-only, 1 for modify, 2 for destructive. */
  approvers: z.array(name).default([]),
  /** Risks whose steps may say `on_timeout: approve` in their own approval. */
  approves_on_timeout: z.array(z.enum(["read-only", "modify"])).default([]),
  allow: z.array(permission).default([]),
  approval: z
    .strictObject({
      "read-only": approvalRule.optional(),
      modify: approvalRule.optional(),
      destructive: destructiveRule.optional(),
    })
    .default({}),
  /** The requester counts as an approver of their own read-only and modify plans. */
  self_approval: z.boolean().default(false),
});
