// People, user groups and channels as Slack knows them, for the engine's Directory port. Fresh answers are
// asked for at that moment; cached ones are at most a minute old and serve display only.

import { WebAPIPlatformError, WebAPIRateLimitedError } from "@slack/web-api";
import type { WebClient } from "@slack/web-api";
import { DirectoryUnavailable } from "#engine/identity.ts";
import type { Directory, Person, Standing } from "#engine/identity.ts";
import type { Clock } from "#engine/time.ts";
import { isTimeZone } from "#engine/zoned-time.ts";
import { AnswerCache } from "./answer-cache.ts";

/** `users.info`'s member, as far as it decides anything. */
type Member = {
  readonly name?: string;
  readonly team_id?: string;
  readonly deleted?: boolean;
  readonly is_bot?: boolean;
  readonly is_app_user?: boolean;
  readonly is_workflow_bot?: boolean;
  readonly is_restricted?: boolean;
  readonly is_ultra_restricted?: boolean;
  readonly is_stranger?: boolean;
  readonly tz?: string;
  readonly profile?: { readonly display_name?: string; readonly real_name?: string };
  /** On Enterprise Grid a member of the organization belongs to these workspaces. */
  readonly enterprise_user?: { readonly teams?: readonly string[] };
};

export function createSlackDirectory(options: {
  readonly client: WebClient;
  /** The one workspace served, from `auth.test`. */
  readonly teamId: string;
  readonly clock: Clock;
}): Omit<Directory, "onCall"> {
  const { client, teamId: ownTeam, clock } = options;
  const standings = new AnswerCache<Standing>(clock);
  const groups = new AnswerCache<readonly string[]>(clock);
  const remedies = new Map<string, string>();
  const channels = new AnswerCache<Awaited<ReturnType<Directory["channel"]>>>(clock);
  return {
    standing: async (teamId, userId, freshness) => {
      if (teamId !== ownTeam) return refused({ teamId, userId, name: userId }, "other-workspace");
      return standings.get(userId, freshness, () => askStanding(client, ownTeam, userId));
    },
    groupMembers: (teamId, slackGroupId, freshness) => {
      if (teamId !== ownTeam)
        throw new DirectoryUnavailable(`the workspace ${teamId} is not served`);
      return groups.get(slackGroupId, freshness, async () => {
        const asked = await askGroup(client, ownTeam, slackGroupId);
        if (asked.remedy === null) remedies.delete(slackGroupId);
        else remedies.set(slackGroupId, asked.remedy);
        if (asked.members === null) throw asked.unavailable;
        return asked.members;
      });
    },
    groupRemedy: (slackGroupId) => remedies.get(slackGroupId) ?? null,
    channel: (channelId, freshness = "fresh") =>
      channels.get(channelId, freshness, () => askChannel(client, channelId)),
  };
}

async function askStanding(client: WebClient, teamId: string, userId: string): Promise<Standing> {
  const nobody: Person = { teamId, userId, name: userId };
  try {
    const { user } = await client.users.info({ user: userId });
    return user === undefined ? refused(nobody, "not-found") : standingOf(user, nobody);
  } catch (error) {
    if (
      error instanceof WebAPIPlatformError &&
      ["user_not_found", "user_not_visible"].includes(error.data.error)
    ) {
      return refused(nobody, "not-found");
    }
    throw unavailable("users.info", error);
  }
}

function standingOf(user: Member, { teamId, userId }: Person): Standing {
  const name = [user.profile?.display_name, user.profile?.real_name, user.name].find(
    (one) => one !== undefined && one !== "",
  );
  const person: Person = { teamId, userId, name: name ?? userId };
  if (user.deleted === true) return refused(person, "deactivated");
  if (user.is_bot === true || user.is_workflow_bot === true || userId === "USLACKBOT")
    return refused(person, "bot");
  if (user.is_stranger === true) return refused(person, "stranger");
  const inTeam = user.team_id === teamId || user.enterprise_user?.teams?.includes(teamId) === true;
  if (!inTeam) return refused(person, "other-workspace");
  if (user.is_restricted === true || user.is_ultra_restricted === true)
    return refused(person, "guest");
  const { tz: timeZone } = user;
  return timeZone === undefined || !isTimeZone(timeZone)
    ? { kind: "member", person }
    : { kind: "member", person, timeZone };
}

type AskedGroup =
  | { readonly members: readonly string[]; readonly remedy: null }
  | {
      readonly members: null;
      /** What an operator must do; null: nothing, it may pass. */
      readonly remedy: string | null;
      readonly unavailable: DirectoryUnavailable;
    };

async function askGroup(
  client: WebClient,
  teamId: string,
  slackGroupId: string,
): Promise<AskedGroup> {
  try {
    const { users } = await client.usergroups.users.list({
      usergroup: slackGroupId,
      team_id: teamId,
    });
    return { members: users ?? [], remedy: null };
  } catch (error) {
    const code = error instanceof WebAPIPlatformError ? error.data.error : "";
    const remedy = GROUP_REMEDIES[code] ?? null;
    const about = { subject: slackGroupId, remedy };
    const away = unavailable("usergroups.users.list", error, about);
    return { members: null, remedy, unavailable: away };
  }
}

async function askChannel(
  client: WebClient,
  channelId: string,
): Promise<Awaited<ReturnType<Directory["channel"]>>> {
  try {
    const { channel } = await client.conversations.info({ channel: channelId });
    const direct = channel?.is_im === true;
    return {
      id: channelId,
      name: direct ? "a direct message" : (channel?.name ?? channelId),
      shared: channel?.is_ext_shared === true || channel?.is_pending_ext_shared === true,
      isMember: direct || channel?.is_member === true,
    };
  } catch (error) {
    // A private channel without the bot does not exist for it. Not known to be internal, so taken as shared.
    if (error instanceof WebAPIPlatformError && error.data.error === "channel_not_found") {
      return { id: channelId, name: channelId, shared: true, isMember: false };
    }
    throw unavailable("conversations.info", error);
  }
}

const PAID =
  "Slack's user groups need a paid plan; list the people of the group under `users` in the configuration instead";
const NO_GROUP = "there is no such user group in Slack; correct its id in the configuration";
const NO_SCOPE = "the app lacks the scope usergroups:read; install it again from manifest.yml";

/** By Slack's error: what waiting doesn't mend. A free plan answers by either name, depending on the workspace. */
const GROUP_REMEDIES: Readonly<Record<string, string>> = {
  plan_upgrade_required: PAID,
  paid_teams_only: PAID,
  subteam_not_found: NO_GROUP,
  no_such_subteam: NO_GROUP,
  missing_scope: NO_SCOPE,
};

function unavailable(
  method: string,
  error: unknown,
  about: { readonly subject: string; readonly remedy: string | null } | null = null,
): DirectoryUnavailable {
  const question = about === null ? method : `${method} of ${about.subject}`;
  if (error instanceof WebAPIRateLimitedError) {
    return new DirectoryUnavailable(`Slack asks to wait ${error.retryAfter} s before ${question}`, {
      cause: error,
    });
  }
  const code = error instanceof WebAPIPlatformError ? error.data.error : "no answer";
  return new DirectoryUnavailable(`${question}: ${about?.remedy ?? code}`, { cause: error });
}

function refused(
  person: Person,
  reason: Extract<Standing, { kind: "refused" }>["reason"],
): Standing {
  return { kind: "refused", person, reason };
}
