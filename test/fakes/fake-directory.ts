// Slack's people, groups and channels as a test says they are now. Can be taken down.

import { DirectoryUnavailable } from "#engine/identity.ts";
import type { Directory, Standing } from "#engine/identity.ts";

type RefusedReason = Extract<Standing, { kind: "refused" }>["reason"];

export type FakeDirectory = Directory & {
  /** Everybody is a full member unless said otherwise. */
  readonly refuse: (userId: string, reason: RefusedReason) => void;
  readonly welcome: (userId: string) => void;
  readonly setGroup: (slackGroupId: string, userIds: readonly string[]) => void;
  /** Who is on call for a group of the policy. */
  readonly setOnCall: (group: string, userIds: readonly string[]) => void;
  readonly shareChannel: (channelId: string) => void;
  /** What can't be asked from now on: everything, one person or one group by id. */
  readonly takeDown: (what: "everything" | { readonly id: string }) => void;
  /** A Slack group that can't be asked until an operator does this. */
  readonly breakGroup: (slackGroupId: string, remedy: string) => void;
  readonly bringBack: () => void;
  /** Each question asked, e.g. `standing U1 fresh`. */
  readonly questions: readonly string[];
};

export function createFakeDirectory(): FakeDirectory {
  const refused = new Map<string, RefusedReason>();
  const groups = new Map<string, readonly string[]>();
  const onCall = new Map<string, readonly string[]>();
  const shared = new Set<string>();
  const down = new Set<string>();
  const remedies = new Map<string, string>();
  const questions: string[] = [];
  let allDown = false;
  const ask = (question: string, id: string): void => {
    questions.push(question);
    if (allDown || down.has(id)) throw new DirectoryUnavailable(`Slack did not answer about ${id}`);
  };
  return {
    questions,
    refuse: (userId, reason) => void refused.set(userId, reason),
    welcome: (userId) => void refused.delete(userId),
    setGroup: (slackGroupId, userIds) => void groups.set(slackGroupId, userIds),
    setOnCall: (group, userIds) => void onCall.set(group, userIds),
    shareChannel: (channelId) => void shared.add(channelId),
    takeDown: (what) => {
      if (what === "everything") allDown = true;
      else down.add(what.id);
    },
    breakGroup: (slackGroupId, remedy) => {
      down.add(slackGroupId);
      remedies.set(slackGroupId, remedy);
    },
    groupRemedy: (slackGroupId) => remedies.get(slackGroupId) ?? null,
    bringBack: () => {
      remedies.clear();
      allDown = false;
      down.clear();
    },
    standing: async (teamId, userId, freshness) => {
      ask(`standing ${userId} ${freshness}`, userId);
      const person = { teamId, userId, name: userId.toLowerCase() };
      const reason = refused.get(userId);
      return reason === undefined
        ? { kind: "member", person }
        : { kind: "refused", person, reason };
    },
    groupMembers: async (_teamId, slackGroupId, freshness) => {
      ask(`group ${slackGroupId} ${freshness}`, slackGroupId);
      return groups.get(slackGroupId) ?? [];
    },
    onCall: async (group) => {
      ask(`on call ${group}`, group);
      return onCall.get(group) ?? [];
    },
    channel: async (channelId) => {
      ask(`channel ${channelId}`, channelId);
      return {
        id: channelId,
        name: channelId.toLowerCase(),
        shared: shared.has(channelId),
        isMember: true,
      };
    },
  };
}
