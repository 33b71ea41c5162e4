// The conversations of the workspace: channels from the seed and one direct message channel per person with the bot.

import type { JsonRecord } from "./json-value.ts";
import type { Seed, SeedChannel, SeedUser } from "./seed.ts";

export interface Channel {
  readonly id: string;
  readonly name: string;
  readonly topic: string;
  readonly kind: "channel" | "im";
  /** The person of a direct message channel. */
  readonly person?: string;
  readonly members: readonly string[];
  readonly isPrivate: boolean;
  readonly isExtShared: boolean;
  readonly isPendingExtShared: boolean;
  readonly isArchived: boolean;
}

export class Channels {
  readonly #teamId: string;
  readonly #botUserId: string;
  #channels: readonly Channel[];

  constructor(seed: Seed) {
    this.#teamId = seed.team.id;
    this.#botUserId = seed.app.botUserId;
    const everyone = seed.users.filter(isFullMember).map((user) => user.id);
    const people = seed.users.filter((user) => user.isBot !== true && user.deleted !== true);
    this.#channels = [
      ...seed.channels.map((channel) => openChannel(channel, everyone, seed.app.botUserId)),
      ...people.map((user) => directChannel(user, seed.app.botUserId)),
    ];
  }

  get all(): readonly Channel[] {
    return this.#channels;
  }

  find(id: string): Channel | undefined {
    return this.#channels.find((channel) => channel.id === id);
  }

  /** The channel named "#general", "general" or by id. */
  findByName(reference: string): Channel | undefined {
    const name = reference.replace(/^#/, "");
    return (
      this.find(reference) ??
      this.#channels.find((channel) => channel.kind === "channel" && channel.name === name)
    );
  }

  directWith(userId: string): Channel | undefined {
    return this.#channels.find((channel) => channel.person === userId);
  }

  hasBot(channel: Channel): boolean {
    return channel.members.includes(this.#botUserId);
  }

  change(id: string, patch: Partial<Channel>): void {
    this.#channels = this.#channels.map((channel) =>
      channel.id === id ? { ...channel, ...patch } : channel,
    );
  }

  describe(channel: Channel): JsonRecord {
    if (channel.kind === "im") {
      return {
        id: channel.id,
        created: 0,
        is_im: true,
        is_org_shared: false,
        is_archived: false,
        is_user_deleted: false,
        is_open: true,
        context_team_id: this.#teamId,
        user: channel.person,
      };
    }
    return {
      id: channel.id,
      name: channel.name,
      name_normalized: channel.name,
      created: 0,
      creator: this.#botUserId,
      is_channel: !channel.isPrivate,
      is_group: channel.isPrivate,
      is_im: false,
      is_mpim: false,
      is_private: channel.isPrivate,
      is_archived: channel.isArchived,
      is_general: channel.name === "general",
      is_member: this.hasBot(channel),
      is_shared: channel.isExtShared,
      is_org_shared: false,
      is_ext_shared: channel.isExtShared,
      is_pending_ext_shared: channel.isPendingExtShared,
      pending_shared: [],
      context_team_id: this.#teamId,
      shared_team_ids: [this.#teamId],
      topic: { value: channel.topic, creator: this.#botUserId, last_set: 0 },
      purpose: { value: "", creator: "", last_set: 0 },
      previous_names: [],
    };
  }
}

function isFullMember(user: SeedUser): boolean {
  return ![
    user.isBot,
    user.deleted,
    user.isRestricted,
    user.isUltraRestricted,
    user.isStranger,
  ].includes(true);
}

function openChannel(
  channel: SeedChannel,
  everyone: readonly string[],
  botUserId: string,
): Channel {
  const people = channel.members ?? everyone;
  return {
    id: channel.id,
    name: channel.name,
    topic: channel.topic ?? "",
    kind: "channel",
    members: channel.botIsMember === false ? people : [...people, botUserId],
    isPrivate: channel.isPrivate ?? false,
    isExtShared: channel.isExtShared ?? false,
    isPendingExtShared: channel.isPendingExtShared ?? false,
    isArchived: channel.isArchived ?? false,
  };
}

function directChannel(user: SeedUser, botUserId: string): Channel {
  return {
    id: `D${user.id.slice(1)}`,
    name: user.name,
    topic: "",
    kind: "im",
    person: user.id,
    members: [user.id, botUserId],
    isPrivate: true,
    isExtShared: false,
    isPendingExtShared: false,
    isArchived: false,
  };
}
