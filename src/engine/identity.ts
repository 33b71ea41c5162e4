// Who acts and where a request was made. Keyed by Slack's ids, never by display name or email.

import type { OnCallSource } from "./policy.ts";

/** A Slack person. `name` is for display only and is never used to decide. */
export type Person = {
  readonly teamId: string;
  readonly userId: string;
  readonly name: string;
};

/** Who caused an event: a person, or a part of Countersign itself. */
export type Actor =
  | { readonly kind: "person"; readonly teamId: string; readonly userId: string }
  | { readonly kind: "system"; readonly part: "engine" | "sweeper" | "worker" | "command-line" };

/** What follows from what was decided before. */
export const ENGINE: Actor = { kind: "system", part: "engine" };

/** What an operator has done who has the program in hand and is known to nobody by name. */
export const COMMAND_LINE: Actor = { kind: "system", part: "command-line" };

/** What comes of time that passes. */
export const SWEEPER: Actor = { kind: "system", part: "sweeper" };

/** Where a request was made. Every plan, run and event links to one. */
export type Conversation = {
  readonly id: string;
  readonly teamId: string;
  readonly channelId: string;
  /** The thread's first message; null until the card that opens the thread is posted (slash commands have no thread). */
  readonly threadTs: string | null;
  /** The words of the request, untrusted. */
  readonly words: string;
  /** `chat.getPermalink`'s answer, null until known. */
  readonly permalink: string | null;
};

/** What Slack says about a person now. Source: `users.info`; see `Directory`. */
export type Standing =
  | {
      readonly kind: "member";
      readonly person: Person;
      /** Of the IANA database, as they set it in Slack; absent: not known. For reading their words, never to decide. */
      readonly timeZone?: string;
    }
  | {
      readonly kind: "refused";
      readonly person: Person;
      readonly reason:
        | "guest"
        | "stranger"
        | "bot"
        | "deactivated"
        | "other-workspace"
        | "not-found";
    };

/** People as Slack knows them now. Ask live (`fresh: true`) when deciding; a cache of at most 60 s serves display. */
export type Directory = {
  /** @throws {DirectoryUnavailable} when Slack cannot be asked; callers deny or hold, never proceed. */
  standing(teamId: string, userId: string, freshness: "fresh" | "cached"): Promise<Standing>;
  /** User ids of a Slack user group. @throws {DirectoryUnavailable} with the reason (e.g. `plan_upgrade_required`). */
  groupMembers(
    teamId: string,
    slackGroupId: string,
    freshness: "fresh" | "cached",
  ): Promise<readonly string[]>;
  /**
   * What an operator must do before a Slack user group can be asked, as Slack said last: on a free plan no waiting helps.
   * Null, or left out: nothing is known to be wrong.
   */
  groupRemedy?(slackGroupId: string): string | null;
  /**
   * Slack user ids of whoever is on call for a group of the policy, as its source said within the last 30 s.
   * @throws {DirectoryUnavailable} with the reason.
   */
  onCall(group: string, source: OnCallSource): Promise<readonly string[]>;
  /** Whether the channel is shared outside the workspace; asked live unless `cached`. @throws {DirectoryUnavailable} */
  channel(
    channelId: string,
    freshness?: "fresh" | "cached",
  ): Promise<{
    readonly id: string;
    readonly name: string;
    readonly shared: boolean;
    readonly isMember: boolean;
  }>;
};

export class DirectoryUnavailable extends Error {
  override readonly name = "DirectoryUnavailable";
}
