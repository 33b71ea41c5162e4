// The `policies` and `auto_approve` of countersign.yml: what each is about, and what it says there. Decides nothing.

import { z } from "zod";
import { RISKS } from "#engine/risk.ts";
import { approvalTerms, provable } from "./approval-terms.ts";
import { expressionOver, name, operationPattern } from "./file-values.ts";
import { day, hours } from "./time-values.ts";

export const policySchema = z
  .strictObject({
    name,
    match: z
      .strictObject({
        environments: z.array(name).min(1).optional(),
        risks: z.array(z.enum(RISKS)).min(1).optional(),
        operations: z.array(operationPattern).min(1).optional(),
        playbooks: z.array(z.string().min(1)).min(1).optional(),
        resources: z.array(z.string().min(1).max(300)).min(1).optional(),
        requesters: z.array(name).min(1).optional(),
        time: z.strictObject({ ...hours, within: z.boolean().default(true) }).optional(),
        when: expressionOver(["plan", "step", "requester"]).optional(),
      })
      .default({}),
    ...approvalTerms,
    /** Why nobody may ask for this. */
    forbid: z.string().min(1).max(300).optional(),
  })
  .refine(
    (value) =>
      value.on_timeout !== "approve" ||
      (value.match.risks !== undefined && !value.match.risks.includes("destructive")),
    {
      path: ["on_timeout"],
      message:
        "deny, or match.risks without destructive: what destroys is never approved by waiting",
    },
  )
  .superRefine(provable);

/** An approval given beforehand. */
export const standingApprovalSchema = z.strictObject({
  name,
  environment: name,
  /** Exact names: something narrow, not a family of operations. */
  operations: z
    .array(
      z.string().regex(/^[a-z0-9_]+(\.[a-z0-9_]+)+$/, "the exact name of an operation, without *"),
    )
    .min(1),
  playbooks: z.array(z.string().min(1)).min(1).optional(),
  resources: z.array(z.string().min(1).max(300)).min(1).optional(),
  requesters: z.array(name).min(1),
  /** The last day on which it holds, in UTC. */
  until: day,
  reason: z.string().min(1).max(300),
});
