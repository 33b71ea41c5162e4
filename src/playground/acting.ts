// What acting as a person needs, and finding that person and the place meant. Refuses what nobody could do in Slack.

import type { AppLink } from "./app-link.ts";
import type { Channel } from "./channels.ts";
import type { Acknowledgement } from "./delivery.ts";
import type { ModalStacks } from "./modal-stacks.ts";
import type { ResponseUrls } from "./response-urls.ts";
import type { SeedUser } from "./seed.ts";
import type { TriggerBook } from "./triggers.ts";
import type { WorkspaceState } from "./workspace-state.ts";

export interface Acting {
  readonly state: WorkspaceState;
  readonly link: AppLink;
  readonly modals: ModalStacks;
  readonly triggers: TriggerBook;
  readonly responses: ResponseUrls;
  /** Event subscriptions, as a manifest names them: "app_mention", "message.im". */
  readonly subscriptions: readonly string[];
  readonly baseUrl: string;
}

/** The person, when they can act at all. Throws otherwise: the page doesn't offer them, and a test has made a mistake. */
export function actor({ state }: Acting, reference: string): SeedUser {
  const user = state.people.find(reference);
  if (user === undefined) throw new Error(`There is no user ${reference} in the playground.`);
  if (user.deleted === true) throw new Error(`@${user.name} is deactivated and cannot act.`);
  if (user.isBot === true)
    throw new Error(`@${user.name} is a bot; people act through this interface.`);
  return user;
}

/** The channel by "#name", id, or the bot's handle for the direct messages with it. Throws when the person isn't in it. */
export function placeOf({ state }: Acting, user: SeedUser, reference: string): Channel {
  const bot = state.people.find(state.seed.app.botUserId);
  const isDirect =
    reference === "dm" || (bot !== undefined && [bot.id, `@${bot.name}`].includes(reference));
  const channel = isDirect
    ? state.channels.directWith(user.id)
    : state.channels.findByName(reference);
  if (channel === undefined) throw new Error(`There is no channel ${reference} in the playground.`);
  if (!channel.members.includes(user.id)) throw new Error(`@${user.name} is not in ${reference}.`);
  return channel;
}

/** The word with which Slack tells a person that the app didn't answer, or `undefined` when it did. */
export function failureWord(acknowledgement: Acknowledgement): string | undefined {
  switch (acknowledgement.kind) {
    case "acknowledged":
      return undefined;
    case "timeout":
      return "operation_timeout";
    case "http-error":
      return "http_service_error";
    case "unreachable":
      return "dispatch_failed";
  }
}

/** Says something to one person in Slack's own name. */
export function slackSays(
  { state }: Acting,
  user: SeedUser,
  channel: Channel,
  text: string,
  threadTs?: string,
): void {
  state.addEphemeral({
    user: user.id,
    channel: channel.id,
    fromSlack: true,
    message: {
      type: "message",
      ts: state.ids.ts(),
      user: "USLACKBOT",
      team: state.seed.team.id,
      text,
      ...(threadTs === undefined ? {} : { thread_ts: threadTs }),
    },
  });
}
