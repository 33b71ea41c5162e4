// auth, bots, users, usergroups and apps: who is here, and how the app connects.

import { z } from "zod";
import type { SeedUserGroup } from "../seed.ts";
import {
  count,
  flag,
  method,
  paginate,
  refuse,
  type Answer,
  type CallContext,
  type Method,
} from "./method.ts";

const nothing = z.object({});

const authTest = method({
  tier: 4,
  args: nothing,
  run({ state, baseUrl }): Answer {
    const { team, app } = state.seed;
    const name = state.people.find(app.botUserId)?.name ?? app.name;
    return {
      ok: true,
      url: `${baseUrl}/`,
      team: team.name,
      user: name,
      team_id: team.id,
      user_id: app.botUserId,
      bot_id: app.botId,
      is_enterprise_install: false,
    };
  },
});

const openConnection = method({
  tier: 4,
  token: "app",
  scopes: ["connections:write"],
  args: nothing,
  run: ({ openSocketUrl }): Answer => ({ ok: true, url: openSocketUrl() }),
});

const botsInfo = method({
  tier: 3,
  scopes: ["users:read"],
  args: z.object({ bot: z.string().optional() }),
  run({ state }, { bot }): Answer {
    const { app } = state.seed;
    if (bot !== app.botId) return refuse("bot_not_found");
    const described = { id: app.botId, deleted: false, name: app.name, updated: 0, app_id: app.id };
    return { ok: true, bot: { ...described, user_id: app.botUserId, icons: {} } };
  },
});

const usersInfo = method({
  tier: 4,
  scopes: ["users:read"],
  args: z.object({ user: z.string().default("") }),
  run({ state }, args): Answer {
    const user = state.people.users.find((person) => person.id === args.user);
    return user === undefined
      ? refuse("user_not_found")
      : { ok: true, user: state.people.describe(user) };
  },
});

const usersList = method({
  tier: 2,
  scopes: ["users:read"],
  args: z.object({ limit: count.default(200), cursor: z.string().optional() }),
  run({ state }, args): Answer {
    const cut = paginate(state.people.users, args.limit, args.cursor);
    if (cut === undefined) return refuse("invalid_cursor");
    return {
      ok: true,
      members: cut.items.map((user) => state.people.describe(user)),
      cache_ts: Math.floor(state.clock.now() / 1000),
      response_metadata: { next_cursor: cut.nextCursor },
    };
  },
});

const userGroupsList = method({
  tier: 2,
  scopes: ["usergroups:read"],
  args: z.object({
    include_users: flag.default(false),
    include_count: flag.default(false),
    include_disabled: flag.default(false),
  }),
  run({ state }, args): Answer {
    if (!state.people.hasUserGroups) return refuse("plan_upgrade_required");
    const usergroups = state.people.groups.map((group) => ({
      ...describeGroup(state, group),
      ...(args.include_users ? { users: group.users } : {}),
      ...(args.include_count ? { user_count: group.users.length } : {}),
    }));
    return { ok: true, usergroups };
  },
});

const userGroupUsers = method({
  tier: 2,
  scopes: ["usergroups:read"],
  args: z.object({ usergroup: z.string().default(""), include_disabled: flag.default(false) }),
  run({ state }, args): Answer {
    if (!state.people.hasUserGroups) return refuse("plan_upgrade_required");
    const group = state.people.groups.find((candidate) => candidate.id === args.usergroup);
    return group === undefined ? refuse("no_such_subteam") : { ok: true, users: group.users };
  },
});

function describeGroup(state: CallContext["state"], group: SeedUserGroup) {
  return {
    id: group.id,
    team_id: state.seed.team.id,
    is_usergroup: true,
    is_subteam: true,
    is_external: false,
    name: group.name,
    description: "",
    handle: group.handle,
    date_create: 0,
    date_update: 0,
    date_delete: 0,
    prefs: { channels: [], groups: [] },
  };
}

export const identityMethods: Readonly<Record<string, Method>> = {
  "auth.test": authTest,
  "apps.connections.open": openConnection,
  "bots.info": botsInfo,
  "users.info": usersInfo,
  "users.list": usersList,
  "usergroups.list": userGroupsList,
  "usergroups.users.list": userGroupUsers,
};
