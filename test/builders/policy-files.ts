// Configuration files that are right, each as small as what it is about: reading one takes as long as it is.

/** What YAML can say. */
export type Written =
  | null
  | boolean
  | number
  | string
  | readonly Written[]
  | { readonly [key: string]: Written };

const sre = { users: ["U0ANN0000"] };
const production = { approvers: ["sre"] };
const plain = { groups: { sre }, environments: { production } } as const;
const inProduction = { environments: ["production"] };

const approvals = {
  groups: { sre, dba: { users: ["U0CAT0000"] } },
  environments: {
    production: {
      approval: {
        destructive: {
          require: [{ count: 2, from: ["sre"], not_from: ["dba"] }],
          deny: 1,
          approve_within: "2h",
          start_within: "30m",
          remind_after: "15m",
          widen_to: { groups: ["dba"], after: "1h" },
          silent: { groups: ["dba"] },
        },
        modify: { require: [{ count: 1, users: ["U0CAT0000"] }], on_timeout: "approve" },
        "read-only": { require: [] },
      },
    },
  },
};

const rights = {
  workspace: "T0ACME000",
  groups: { sre },
  channels: { allow: ["C0OPS0000"], allow_shared: [] },
  environments: {
    production: {
      channels: ["C0OPS0000"],
      allow: [{ groups: ["sre"], operations: ["http.*"], channels: ["C0OPS0000"] }],
      self_approval: true,
    },
  },
  default_environment: "production",
};

const people = {
  ...plain,
  groups: {
    sre: {
      slack_groups: ["S0SRE0000"],
      working_hours: { days: "mon-fri", from: "09:00", to: "17:00", time_zone: "Europe/Berlin" },
      on_call: {
        url: "https://example.com/{group}",
        path: "$[*].id",
        headers_from_env: { authorization: "ON_CALL" },
        people: { ann: "U0ANN0000" },
      },
    },
  },
};

const policies = {
  ...plain,
  policies: [
    {
      name: "databases",
      match: { environments: ["production"], operations: ["http.*"], when: "plan.steps > 1" },
      require: [{ count: 1, from: ["sre"], filter: "person.id != 'U0ANN0000'" }],
      deny: 2,
    },
    { name: "no-drops", match: { risks: ["destructive"], requesters: ["sre"] }, forbid: "Never" },
  ],
};

const night = {
  ...plain,
  policies: [
    {
      name: "night",
      match: { time: { days: ["sat"], from: "00:00", to: "06:00", time_zone: "UTC" } },
      allow_overlap: true,
      sticky: true,
    },
  ],
};

const freezes = {
  ...plain,
  freeze: [
    {
      ...inProduction,
      name: "winter",
      from: "2026-12-20T00:00:00Z",
      until: "2027-01-04T00:00:00Z",
      reason: "Quiet days",
    },
    {
      ...inProduction,
      name: "friday",
      starts: "0 18 * * FRI",
      lasts: "2h",
      time_zone: "UTC",
      reason: "The weekend",
    },
  ],
};

const exceptions = {
  ...plain,
  auto_approve: [
    {
      name: "restarts",
      environment: "production",
      operations: ["ec2.start_instances"],
      requesters: ["sre"],
      until: "2027-01-31",
      reason: "At night",
    },
  ],
  break_glass: { ...inProduction, groups: ["sre"], review_within: "2d" },
};

const bounds = {
  ...plain,
  limits: { parallelism: 3 },
  breaker: { window: "1m" },
  audit: { publish: { file: "heads.txt" } },
  expressions: { env: ["REGION"] },
  checks: { disk_paths: ["/"] },
};

const targets = {
  ...plain,
  http: { allowed_hosts: ["lb.internal"] },
  profiles: {
    web: { type: "http", hosts: ["lb.internal"], headers_from_env: { authorization: "WEB" } },
    cloud: { type: "aws", regions: ["eu-west-1"] },
  },
  secrets: { token: { env: "TOKEN", environments: "*", operations: ["http.*"] } },
  shell: { programs: [{ path: "/bin/date" }] },
  ec2: { default_regions: ["eu-west-1"] },
};

/** Together they hold every mapping that a file can hold. */
export const POLICY_FILES = {
  approvals,
  rights,
  people,
  policies,
  night,
  freezes,
  exceptions,
  bounds,
  targets,
} as const satisfies Readonly<Record<string, Written>>;
