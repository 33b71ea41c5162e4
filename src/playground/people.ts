// The people of the workspace and their groups: finding them by id or handle, and describing them as the Web API does.

import type { JsonRecord } from "./json-value.ts";
import type { Seed, SeedUser, SeedUserGroup } from "./seed.ts";

export class People {
  readonly #teamId: string;
  #users: readonly SeedUser[];
  #groups: readonly SeedUserGroup[];
  #hasUserGroups: boolean;

  constructor(seed: Seed) {
    this.#teamId = seed.team.id;
    this.#users = seed.users;
    this.#groups = seed.userGroups;
    this.#hasUserGroups = seed.hasUserGroups;
  }

  get users(): readonly SeedUser[] {
    return this.#users;
  }

  get groups(): readonly SeedUserGroup[] {
    return this.#groups;
  }

  get hasUserGroups(): boolean {
    return this.#hasUserGroups;
  }

  /** Finds by "U0RITA", "rita" or "@rita". */
  find(reference: string): SeedUser | undefined {
    const name = reference.replace(/^@/, "");
    return this.#users.find((user) => user.id === reference || user.name === name);
  }

  findGroup(reference: string): SeedUserGroup | undefined {
    const handle = reference.replace(/^@/, "");
    return this.#groups.find((group) => group.id === reference || group.handle === handle);
  }

  teamOf(user: SeedUser): string {
    return user.teamId ?? this.#teamId;
  }

  changeUser(id: string, patch: Partial<SeedUser>): void {
    this.#users = this.#users.map((user) => (user.id === id ? { ...user, ...patch } : user));
  }

  changeGroup(id: string, users: readonly string[]): void {
    this.#groups = this.#groups.map((group) => (group.id === id ? { ...group, users } : group));
  }

  setHasUserGroups(has: boolean): void {
    this.#hasUserGroups = has;
  }

  describe(user: SeedUser): JsonRecord {
    const teamId = this.teamOf(user);
    const timeZone = user.timeZone ?? "Etc/UTC";
    const base = {
      id: user.id,
      team_id: teamId,
      name: user.name,
      deleted: user.deleted ?? false,
      profile: {
        real_name: user.realName,
        real_name_normalized: user.realName,
        display_name: user.name,
        display_name_normalized: user.name,
        team: teamId,
      },
      is_bot: user.isBot ?? false,
      is_app_user: false,
      updated: 0,
    };
    // Slack tells less about a deactivated person: no flags of membership, no time zone.
    if (user.deleted === true) return base;
    return {
      ...base,
      real_name: user.realName,
      color: "4a6ea9",
      tz: timeZone,
      tz_label: timeZone,
      tz_offset: 0,
      is_admin: false,
      is_owner: false,
      is_primary_owner: false,
      is_restricted: user.isRestricted ?? user.isUltraRestricted ?? false,
      is_ultra_restricted: user.isUltraRestricted ?? false,
      is_email_confirmed: true,
      ...(user.isStranger === true ? { is_stranger: true } : {}),
    };
  }
}
