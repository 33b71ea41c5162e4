// The shape of countersign.yml: its keys and their defaults. Knows no environment variable and reads no file.

import { z } from "zod";
import { RISKS } from "#engine/risk.ts";
import { environmentSchema } from "./environment-schema.ts";
import {
  channelId,
  channelList,
  duration,
  name,
  userId,
  variableHandedOn,
  workspaceId,
} from "./file-values.ts";
import { freezeSchema } from "./freeze-schema.ts";
import { groupSchema } from "./group-schema.ts";
import { policySchema, standingApprovalSchema } from "./policy-schema.ts";
import { awsAccount, profileSchema, region } from "./profile-schema.ts";
import { publicUrl } from "./public-url.ts";
import { secretSchema } from "./secret-schema.ts";

const program = z.strictObject({
  /** Relative to the file; a plan names the program by its absolute path. */
  path: z.string().regex(/^(\/|\.\.?\/)/, "an absolute path, or one that starts with ./ or ../"),
  risk: z.enum(RISKS).default("destructive"),
  repeatable: z.boolean().default(false),
  arguments: z.array(z.string()).optional(),
  directory: z.string().startsWith("/", "an absolute path").optional(),
  environment: z.array(variableHandedOn).default([]),
});

export const configFileSchema = z.strictObject({
  workspace: workspaceId.optional(),
  groups: z.record(name, groupSchema).default({}),
  channels: z
    .strictObject({ allow: channelList.default([]), allow_shared: z.array(channelId).default([]) })
    .default({ allow: [], allow_shared: [] }),
  environments: z.record(name, environmentSchema),
  default_environment: name.optional(),
  public_url: publicUrl.optional(),
  /** What applies to a plan instead of its environment's own `approval`; docs/policy.md. */
  policies: z.array(policySchema).default([]),
  /** Approvals given beforehand, for something narrow and until a day. */
  auto_approve: z.array(standingApprovalSchema).default([]),
  /** Times in which nothing that changes something starts. */
  freeze: z.array(freezeSchema).default([]),
  /** Who may act without the approvals in an emergency; absent: nobody. */
  break_glass: z
    .strictObject({
      groups: z.array(name).default([]),
      users: z.array(userId).default([]),
      environments: z.array(name).min(1),
      /** Also where approvals take a passkey. */
      without_passkey: z.boolean().default(false),
      /** Until when somebody else must have looked at it. */
      review_within: duration.default(7 * 86_400_000),
    })
    .refine(
      (value) => value.groups.length + value.users.length > 0,
      "at least one group or one person",
    )
    .optional(),
  limits: z
    .strictObject({
      parallelism: z.int().min(1).max(100).default(10),
      run_time: duration.default(3_600_000),
      hold_time: duration.default(86_400_000),
      pending_plans_per_requester: z.int().min(1).max(1000).default(5),
      steps_per_plan: z.int().min(1).max(10_000).default(500),
    })
    .prefault({}),
  audit: z
    .strictObject({
      /** The heads of the log's chains, where whoever could rewrite the log can't. */
      publish: z
        .strictObject({
          channel: channelId.optional(),
          /** Relative to this file. Only ever appended to. */
          file: z.string().min(1).optional(),
          every: duration
            .refine((ms) => ms >= 60_000, "a minute or more, such as 15m, 1h or 1d")
            .default(86_400_000),
        })
        .refine(
          (value) => value.channel !== undefined || value.file !== undefined,
          "a channel, a file, or both",
        )
        .optional(),
    })
    .prefault({}),
  breaker: z
    .strictObject({
      failure_rate: z.number().gt(0).max(1).default(0.5),
      minimum_calls: z.int().min(1).max(1_000).default(5),
      window: duration.default(60_000),
      open_for: duration.default(30_000),
    })
    .prefault({}),
  expressions: z
    .strictObject({
      /** Variables that plans may read as `env.<name>`; their values are shown on cards, so never a secret. */
      env: z.array(variableHandedOn).default([]),
    })
    .prefault({}),
  profiles: z.record(name, profileSchema).default({}),
  http: z
    .strictObject({
      allowed_hosts: z.array(z.string().min(1)).default([]),
      allowed_private_ranges: z.array(z.union([z.cidrv4(), z.cidrv6()])).default([]),
      max_response_bytes: z
        .int()
        .min(1024)
        .max(16 * 1024 * 1024)
        .default(256 * 1024),
      connect_timeout: duration.default(10_000),
      timeout: duration.default(30_000),
    })
    .prefault({}),
  checks: z
    .strictObject({
      /** Hosts that checks may reach beside those of `http`. */
      allowed_hosts: z.array(z.string().min(1)).default([]),
      /** File systems of the worker's host whose free space may be asked for. */
      disk_paths: z.array(z.string().startsWith("/", "an absolute path")).default([]),
    })
    .prefault({}),
  /** What plans may refer to as `secret:<name>`. */
  secrets: z.record(name, secretSchema).default({}),
  shell: z.strictObject({ programs: z.array(program).default([]) }).prefault({}),
  ec2: z
    .strictObject({
      /** Regions for steps that name no profile, with AWS's default credentials chain. Empty: a profile is demanded. */
      default_regions: z.array(region).default([]),
      /** Number of the account that AWS's default credentials chain reaches. */
      default_account: awsAccount.optional(),
      poll_delay: duration.default(5_000),
    })
    .prefault({}),
  /** Folder of playbooks, relative to this file. */
  playbooks: z.string().default("playbooks"),
});

export type ConfigFile = z.infer<typeof configFileSchema>;
