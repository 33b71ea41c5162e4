// Who and what the workspace consists of when it opens. Data only: behaviour belongs to the workspace state.

export interface SeedUser {
  readonly id: string;
  /** The handle, without "@". */
  readonly name: string;
  readonly realName: string;
  /** A word that tells a visitor what this person is for, shown beside the name: "requester". */
  readonly note?: string;
  readonly timeZone?: string;
  readonly isBot?: boolean;
  /** A guest who may enter several channels. */
  readonly isRestricted?: boolean;
  /** A guest who may enter one channel. */
  readonly isUltraRestricted?: boolean;
  /** Someone from another workspace, met through Slack Connect. */
  readonly isStranger?: boolean;
  readonly deleted?: boolean;
  /** The home team, when it is not this workspace. */
  readonly teamId?: string;
}

export interface SeedChannel {
  readonly id: string;
  readonly name: string;
  readonly topic?: string;
  /** User ids; absent: every full member of the workspace. */
  readonly members?: readonly string[];
  /** Absent: the bot is a member. */
  readonly botIsMember?: boolean;
  readonly isPrivate?: boolean;
  readonly isExtShared?: boolean;
  readonly isPendingExtShared?: boolean;
  readonly isArchived?: boolean;
}

export interface SeedUserGroup {
  readonly id: string;
  readonly handle: string;
  readonly name: string;
  readonly users: readonly string[];
}

export interface SeedApp {
  readonly id: string;
  readonly name: string;
  readonly botId: string;
  readonly botUserId: string;
  readonly commands: readonly {
    readonly command: string;
    readonly description: string;
    readonly usageHint: string;
  }[];
  readonly messageShortcuts: readonly { readonly callbackId: string; readonly name: string }[];
}

export interface Seed {
  readonly team: { readonly id: string; readonly name: string; readonly domain: string };
  readonly app: SeedApp;
  readonly users: readonly SeedUser[];
  readonly channels: readonly SeedChannel[];
  readonly userGroups: readonly SeedUserGroup[];
  /** False: the user group methods answer `plan_upgrade_required`, as on a free plan. */
  readonly hasUserGroups: boolean;
}

const bot = {
  id: "U0COUNTERSIGN",
  name: "countersign",
  realName: "Countersign",
  isBot: true,
} as const;

export const defaultSeed: Seed = {
  team: { id: "T0PLAYGROUND", name: "Countersign playground", domain: "countersign-playground" },
  app: {
    id: "A0COUNTERSIGN",
    name: "Countersign",
    botId: "B0COUNTERSIGN",
    botUserId: bot.id,
    commands: [
      {
        command: "/ops",
        description: "Plan, review and run a change",
        usageHint: "help | plan | run | dry-run | show | history | pending",
      },
    ],
    messageShortcuts: [{ callbackId: "plan_from_message", name: "Plan this change" }],
  },
  users: [
    {
      id: "U0RITA",
      name: "rita",
      realName: "Rita Moreau",
      note: "requester",
      timeZone: "Europe/Paris",
    },
    {
      id: "U0ANN",
      name: "ann",
      realName: "Ann Okafor",
      note: "approver",
      timeZone: "Europe/London",
    },
    {
      id: "U0BOB",
      name: "bob",
      realName: "Bob Lindqvist",
      note: "approver",
      timeZone: "America/New_York",
    },
    {
      id: "U0DEV",
      name: "dev",
      realName: "Dev Patel",
      note: "developer",
      timeZone: "Asia/Kolkata",
    },
    { id: "U0GUS", name: "gus", realName: "Gus Weber", note: "guest", isRestricted: true },
    {
      id: "U0SAM",
      name: "sam",
      realName: "Sam Ito",
      note: "from another workspace",
      isStranger: true,
      teamId: "T0ELSEWHERE",
    },
    { id: "U0LEE", name: "lee", realName: "Lee Novak", note: "deactivated", deleted: true },
    bot,
  ],
  channels: [
    {
      id: "C0GENERAL",
      name: "general",
      topic: "Everything else",
      members: ["U0RITA", "U0ANN", "U0BOB", "U0DEV", "U0GUS"],
    },
    {
      id: "C0PRODUCTION",
      name: "ops-production",
      topic: "Changes to production",
      members: ["U0RITA", "U0ANN", "U0BOB", "U0DEV", "U0GUS"],
    },
    { id: "C0STAGING", name: "ops-staging", topic: "Changes to staging" },
    {
      id: "C0PARTNER",
      name: "partner-acme",
      topic: "Shared with another company",
      isExtShared: true,
      members: ["U0RITA", "U0ANN", "U0SAM"],
    },
  ],
  userGroups: [
    { id: "S0SRE", handle: "sre", name: "Site reliability", users: ["U0ANN", "U0BOB"] },
    { id: "S0DEVELOPERS", handle: "developers", name: "Developers", users: ["U0RITA", "U0DEV"] },
  ],
  hasUserGroups: true,
};
