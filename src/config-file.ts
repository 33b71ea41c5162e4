// The shape of countersign.yml: its keys and their defaults. Knows no environment variable and reads no file.

import { z } from "zod";
import { parseDuration } from "#engine/duration.ts";
import { references, unknownRoot } from "#engine/expression.ts";
import { RISKS } from "#engine/risk.ts";
import { isTimeZone, WEEKDAYS } from "#engine/zoned-time.ts";
import type { Weekday } from "#engine/zoned-time.ts";
import { pathProblem } from "#adapters/checks/json-path-query.ts";
import { cronProblem } from "#adapters/calendar/cron-calendar.ts";
import { secretSchema } from "./config-secrets.ts";

export const duration = z.string().transform((text, context) => {
  const ms = parseDuration(text);
  if (ms !== null && ms > 0) return ms;
  context.addIssue({ code: "custom", message: "a duration such as 90s, 15m, 4h or 1h30m" });
  return z.NEVER;
});

const idOf = (letters: string, what: string) =>
  z.string().regex(new RegExp(`^[${letters}][A-Z0-9]{2,20}$`), what);
export const userId = idOf("UW", "a Slack user id such as U012AB3CD");
const slackGroupId = idOf("S", "a Slack user group id such as S012AB3CD");
export const channelId = idOf("CG", "a Slack channel id such as C012AB3CD");
export const name = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,39}$/, "a name of lower-case letters, digits, - and _");
const channelList = z.union([z.literal("*"), z.array(channelId)]);

/** A CEL expression that uses no other names than these. */
const expressionOver = (names: readonly string[]) =>
  z.string().superRefine((source, context) => {
    const used = references(source);
    const problem = used.ok ? unknownRoot(used.value, names) : used.refusal;
    if (problem !== null)
      context.addIssue({ code: "custom", message: `a CEL expression: ${problem}` });
  });

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

/** People by group or by id, at least one. */
const people = z
  .strictObject({ groups: z.array(name).default([]), users: z.array(userId).default([]) })
  .refine(
    (value) => value.groups.length + value.users.length > 0,
    "at least one group or one person",
  );

/** What an environment's rule and a policy can say about an approval. */
const terms = {
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
function provable(
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

const approvalRule = z.strictObject(terms).superRefine(provable);
/** Written under `destructive`: whatever else a rule may say, time never approves what destroys. */
const destructiveRule = z
  .strictObject({ ...terms, on_timeout: z.literal("deny").optional() })
  .superRefine(provable);

const permission = z
  .strictObject({
    groups: z.array(name).default([]),
    users: z.array(userId).default([]),
    operations: z.array(
      z
        .string()
        .regex(
          /^(\*|[a-z0-9_]+(\.[a-z0-9_]+)*(\.\*)?)$/,
          "an operation, a prefix such as ec2.*, or *",
        ),
    ),
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

const environment = z.strictObject({
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

const timeZone = z.string().refine(isTimeZone, "a time zone such as Europe/Berlin or UTC");
const timeOfDay = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day in quotes, such as "09:00"');
/** `[mon, tue]`, or `mon-fri`. */
const days = z.union([
  z.array(z.enum(WEEKDAYS)).min(1),
  z.string().transform((text, context) => {
    const [first, last, ...rest] = text.split("-").map((day) => WEEKDAYS.indexOf(day as Weekday));
    if (first === undefined || first < 0 || rest.length > 0 || last === -1) {
      context.addIssue({ code: "custom", message: "days such as [sat, sun] or mon-fri" });
      return z.NEVER;
    }
    const end = last ?? first;
    return WEEKDAYS.filter((_, day) =>
      first <= end ? day >= first && day <= end : day >= first || day <= end,
    );
  }),
]);
const hours = { days, from: timeOfDay, to: timeOfDay, time_zone: timeZone };

const operationPatterns = z
  .array(
    z
      .string()
      .regex(
        /^(\*|[a-z0-9_]+(\.[a-z0-9_]+)*(\.\*)?)$/,
        "an operation, a prefix such as ec2.*, or *",
      ),
  )
  .min(1);

const policy = z
  .strictObject({
    name,
    match: z
      .strictObject({
        environments: z.array(name).min(1).optional(),
        risks: z.array(z.enum(RISKS)).min(1).optional(),
        operations: operationPatterns.optional(),
        playbooks: z.array(z.string().min(1)).min(1).optional(),
        resources: z.array(z.string().min(1).max(300)).min(1).optional(),
        requesters: z.array(name).min(1).optional(),
        time: z.strictObject({ ...hours, within: z.boolean().default(true) }).optional(),
        when: expressionOver(["plan", "step", "requester"]).optional(),
      })
      .default({}),
    ...terms,
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

/** Where browsers reach our pages. A passkey belongs to a host name, and works on https or this machine only. */
const publicUrl = z.string().transform((text, context) => {
  const url = URL.canParse(text) ? new URL(text) : null;
  const safe =
    url !== null &&
    (url.protocol === "https:" || (url.protocol === "http:" && url.hostname === "localhost")) &&
    !/^(\[|[\d.]+$)/.test(url.hostname) &&
    [url.username, url.password, url.search, url.hash].join("") === "" &&
    url.pathname === "/";
  if (safe) return url.origin;
  context.addIssue({
    code: "custom",
    message:
      "an address with a host name and no path, such as https://ops.example.com (http only for http://localhost)",
  });
  return z.NEVER;
});

export const moment = z.iso
  .datetime({ offset: true, error: "a moment such as 2026-12-31T18:00:00+01:00" })
  .transform((text) => Date.parse(text));
const day = z.iso
  .date("a day such as 2027-01-31")
  .transform((text) => Date.parse(`${text}T00:00:00Z`) + 86_400_000);

const standingApproval = z.strictObject({
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

const freeze = z
  .strictObject({
    name,
    environments: z.array(name).min(1),
    risks: z
      .array(z.enum(["modify", "destructive"]))
      .min(1)
      .default(["modify", "destructive"]),
    reason: z.string().min(1).max(300),
    break_glass: z.boolean().default(false),
    from: moment.optional(),
    until: moment.optional(),
    /** Five fields of cron: minute, hour, day of month, month, day of week. */
    starts: z.string().optional(),
    lasts: duration.optional(),
    time_zone: timeZone.optional(),
  })
  .superRefine((value, context) => {
    const { from, until, starts, lasts, time_zone: zone } = value;
    const once = from !== undefined && until !== undefined;
    const recurring = starts !== undefined && lasts !== undefined && zone !== undefined;
    const stray = once ? (starts ?? lasts ?? zone) !== undefined : (from ?? until) !== undefined;
    if (once === recurring || stray) {
      context.addIssue({
        code: "custom",
        message: "either from and until, or starts (cron), lasts and time_zone",
      });
    } else if (once && until <= from) {
      context.addIssue({ code: "custom", path: ["until"], message: "a moment after from" });
    } else if (recurring) {
      const problem = cronProblem(starts, zone);
      if (problem !== null)
        context.addIssue({
          code: "custom",
          path: ["starts"],
          message: `a cron expression of five fields such as "0 18 * * FRI": ${problem}`,
        });
    }
  });

const environmentVariable = z
  .string()
  .regex(/^[A-Z][A-Z0-9_]*$/, "the name of an environment variable");

/** Where to ask who is on call; docs/groups.md. */
const onCall = z.strictObject({
  /** `{group}` stands for the group's name. */
  url: z.string().superRefine((text, context) => {
    const wrong = (message: string) => context.addIssue({ code: "custom", message });
    const filled = text.replaceAll("{group}", "group");
    if (!/^https?:\/\/[\x21-\x7e]+$/.test(filled) || !URL.canParse(filled))
      return wrong("an address such as https://api.example.com/on-call/{group}");
    const { username, password, origin } = new URL(filled);
    if (username !== "" || password !== "")
      return wrong("an address without credentials: use headers_from_env");
    if (new URL(text.replaceAll("{group}", "another")).origin !== origin)
      wrong("an address whose host does not depend on {group}");
  }),
  path: z.string().superRefine((path, context) => {
    const problem = pathProblem(path);
    if (problem !== null)
      context.addIssue({
        code: "custom",
        message: `a JSON path such as $.oncalls[*].user.id: ${problem}`,
      });
  }),
  headers_from_env: z.record(z.string(), environmentVariable).default({}),
  people: z.record(z.string(), userId).default({}),
});

const httpProfile = z.strictObject({
  type: z.literal("http"),
  hosts: z.array(z.string().min(1)).min(1),
  /** Header name to the name of the environment variable that holds its value. */
  headers_from_env: z.record(z.string(), environmentVariable).default({}),
  ca_file: z.string().optional(),
  certificate_sha256: z.string().optional(),
});
const region = z
  .string()
  .regex(/^(\*|[a-z]{2}(-[a-z]+)+-\d)$/, "an AWS region such as eu-west-1, or *");
const awsAccount = z.string().regex(/^\d{12}$/, 'twelve digits in quotes, such as "012345678901"');

const awsProfile = z.strictObject({
  type: z.literal("aws"),
  regions: z.array(region).min(1),
  /** A profile of AWS's own configuration files; absent: AWS's default chain. */
  profile: z.string().optional(),
  /** Number of the account it reaches: profiles of one account share its circuit breakers. */
  account: awsAccount.optional(),
});

const program = z.strictObject({
  /** Relative to the file; a plan names the program by its absolute path. */
  path: z.string().regex(/^(\/|\.\.?\/)/, "an absolute path, or one that starts with ./ or ../"),
  risk: z.enum(RISKS).default("destructive"),
  repeatable: z.boolean().default(false),
  arguments: z.array(z.string()).optional(),
  directory: z.string().startsWith("/", "an absolute path").optional(),
  environment: z
    .array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "the name of an environment variable"))
    .default([]),
});

export const configFileSchema = z.strictObject({
  workspace: idOf("T", "a Slack workspace id such as T012AB3CD").optional(),
  groups: z
    .record(
      name,
      z.strictObject({
        slack_groups: z.array(slackGroupId).default([]),
        users: z.array(userId).default([]),
        on_call: onCall.optional(),
        /** When its members may be reminded; absent: at any time. */
        working_hours: z
          .strictObject(hours)
          .refine(({ from, to }) => from !== to, "from and to that are not the same")
          .optional(),
      }),
    )
    .default({}),
  channels: z
    .strictObject({ allow: channelList.default([]), allow_shared: z.array(channelId).default([]) })
    .default({ allow: [], allow_shared: [] }),
  environments: z.record(name, environment),
  default_environment: name.optional(),
  public_url: publicUrl.optional(),
  /** What applies to a plan instead of its environment's own `approval`; docs/policy.md. */
  policies: z.array(policy).default([]),
  /** Approvals given beforehand, for something narrow and until a day. */
  auto_approve: z.array(standingApproval).default([]),
  /** Times in which nothing that changes something starts. */
  freeze: z.array(freeze).default([]),
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
      env: z
        .array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "the name of an environment variable"))
        .default([]),
    })
    .prefault({}),
  profiles: z.record(name, z.discriminatedUnion("type", [httpProfile, awsProfile])).default({}),
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
  secrets: z.record(name, secretSchema({ name, duration })).default({}),
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

/** The keys allowed at a path of the file, so that an unknown one can be answered with the nearest. */
export function knownKeys(path: readonly PropertyKey[]): readonly string[] {
  let schema: unknown = configFileSchema;
  for (const part of path) {
    const inner = unwrapped(schema);
    if (inner instanceof z.ZodObject) schema = inner.shape[String(part)];
    else if (inner instanceof z.ZodRecord) schema = inner.valueType;
    else if (inner instanceof z.ZodArray) schema = inner.element;
    else return [];
  }
  const last = unwrapped(schema);
  return last instanceof z.ZodObject ? Object.keys(last.shape) : [];
}

function unwrapped(schema: unknown): unknown {
  let inner = schema;
  while (
    inner instanceof z.ZodOptional ||
    inner instanceof z.ZodDefault ||
    inner instanceof z.ZodPrefault
  ) {
    inner = inner.unwrap();
  }
  return inner;
}
