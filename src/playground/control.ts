// The playground as a test or the tour uses it: act as a person, look at what is shown, wait, and make things go wrong.

import { actor, placeOf, type Acting } from "./acting.ts";
import type { AppLink, DeliveryRecord } from "./app-link.ts";
import type { WaitOptions } from "./change-feed.ts";
import type { Channel } from "./channels.ts";
import { click, openHome, useShortcut, type Click, type ClickOutcome } from "./clicking.ts";
import type { Acknowledgement, Delivery } from "./delivery.ts";
import type { Faults } from "./faults.ts";
import { closeView, submitView, type Submission, type SubmissionOutcome } from "./filling-in.ts";
import type { HttpDelivery, RawRequest } from "./http-delivery.ts";
import { recordAt, recordsAt, stringAt, type JsonRecord } from "./json-value.ts";
import { isReply, type EphemeralMessage, type SlackMessage } from "./message.ts";
import type { OpenView } from "./modal-stacks.ts";
import type { LoggedCall, RequestLog } from "./request-log.ts";
import type { SeedUser } from "./seed.ts";
import type { DisconnectReason, SocketMode } from "./socket-mode.ts";
import { say, slash, type SayOptions } from "./speaking.ts";
import { renderAsText, renderBlocksAsText } from "./text-rendering.ts";

export interface ControlParts {
  readonly acting: Acting;
  readonly link: AppLink;
  readonly http: HttpDelivery;
  readonly sockets: SocketMode;
  readonly faults: Faults;
  readonly log: RequestLog;
}

/** A request made to look like Slack's, or not quite. */
export interface ForgedRequest {
  readonly body: string;
  /** "application/x-www-form-urlencoded" when absent. */
  readonly contentType?: string;
  /** The clock's time when absent. */
  readonly timestampSeconds?: number;
  /** The right secret when absent. */
  readonly secret?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Users are named "@ann", "ann" or by id; channels "#general" or by id, "@countersign" or "dm" for direct messages. */
export interface Control {
  /** Writes a message. Throws when the person can't. */
  say(user: string, channel: string, text: string, options?: SayOptions): SlackMessage;
  /** Types a slash command; resolves when the app has answered or Slack has given up. */
  slash(
    user: string,
    channel: string,
    text: string,
    options?: { readonly threadTs?: string },
  ): Promise<Acknowledgement>;
  /** Uses a button, menu or picker; a confirm dialog is accepted unless `confirm` is false. */
  click(user: string, target: Click): Promise<ClickOutcome>;
  shortcut(
    user: string,
    target: { readonly callbackId: string; readonly channel: string; readonly ts: string },
  ): Promise<Acknowledgement>;
  submitView(user: string, submission?: Submission): Promise<SubmissionOutcome>;
  closeView(
    user: string,
    which?: { readonly viewId?: string; readonly all?: boolean },
  ): Promise<void>;
  openHome(user: string): void;

  /** Messages of a channel without replies, or a thread with its parent; oldest first. */
  messages(channel: string, threadTs?: string): readonly SlackMessage[];
  /** Direct messages between the bot and a person. */
  directMessages(user: string): readonly SlackMessage[];
  ephemerals(user: string): readonly EphemeralMessage[];
  /** Open modals, the topmost last. */
  views(user: string): readonly OpenView[];
  home(user: string): JsonRecord | undefined;
  /** The message as plain text for a terminal. */
  text(message: SlackMessage, timeZone?: string): string;
  /** The topmost modal as plain text; `undefined` when none is open. */
  modalText(user: string, timeZone?: string): string | undefined;
  /** The Home tab as plain text; `undefined` when the app has published none. */
  homeText(user: string, timeZone?: string): string | undefined;

  /** The first truthy answer of `ask`, asked again after every change. Rejects on time-out. */
  waitFor<T>(
    ask: () => T,
    options?: WaitOptions,
  ): Promise<Exclude<T, undefined | null | false | "" | 0>>;
  /** Resolves when nothing sent to the app is unanswered. */
  settled(options?: WaitOptions): Promise<void>;

  readonly faults: Faults;
  /** What the app asked of the Web API, oldest first. */
  calls(method?: string): readonly LoggedCall[];
  forgetCalls(): void;
  /** What was sent to the app, oldest first, with the exact request when it went over HTTP. */
  deliveries(): readonly DeliveryRecord[];
  /** Sends the last deliveries again, as Slack does when in doubt. */
  redeliver(count?: number, type?: Delivery["type"]): Promise<readonly Acknowledgement[]>;
  /** Sends an exact request again, or one made by hand. */
  sendRaw(request: RawRequest): Promise<Acknowledgement>;
  /** Signs and sends a request to the app's request URL. Throws when there is none. */
  signedRequest(request: ForgedRequest): Promise<Acknowledgement>;

  setRequestUrl(url: string | undefined): void;
  /** True while the app is connected by Socket Mode. */
  connected(): boolean;
  /** Asks Socket Mode connections to come back. */
  refreshSockets(reason?: DisconnectReason): void;
  /** Breaks Socket Mode connections without a word. */
  cutSockets(): void;
  changeUser(user: string, patch: Partial<Omit<SeedUser, "id">>): void;
  changeChannel(channel: string, patch: Partial<Omit<Channel, "id">>): void;
  setGroup(group: string, users: readonly string[]): void;
  /** False: as on a free plan, `plan_upgrade_required`. */
  setUserGroupsAvailable(available: boolean): void;
}

export function createControl(parts: ControlParts): Control {
  return {
    ...peopleControl(parts),
    ...readingControl(parts),
    ...connectionControl(parts),
    ...directoryControl(parts),
  };
}

function peopleControl({ acting }: ControlParts) {
  return {
    say: (user: string, channel: string, text: string, options?: SayOptions) =>
      say(acting, user, channel, text, options),
    slash: (
      user: string,
      channel: string,
      text: string,
      options?: { readonly threadTs?: string },
    ) => slash(acting, user, channel, text, options),
    click: (user: string, target: Click) => click(acting, user, target),
    shortcut: (user: string, target: { callbackId: string; channel: string; ts: string }) =>
      useShortcut(acting, user, target),
    submitView: (user: string, submission?: Submission) => submitView(acting, user, submission),
    closeView: (user: string, which?: { viewId?: string; all?: boolean }) =>
      closeView(acting, user, which),
    openHome: (user: string) => openHome(acting, user),
  };
}

function readingControl({ acting, link, log, faults }: ControlParts) {
  const { state, modals } = acting;
  const idOf = (user: string) => actor(acting, user).id;
  const viewText = (view: JsonRecord, timeZone: string | undefined) => {
    const options = { directory: state, timeZone, nowMs: state.clock.now() };
    const title = view["type"] === "modal" ? stringAt(recordAt(view, "title"), "text") : undefined;
    const body = renderBlocksAsText(recordsAt(view, "blocks"), options);
    return title === undefined ? body : `# ${title}\n${body}`;
  };
  return {
    messages(reference: string, threadTs?: string) {
      const channel = state.channels.findByName(reference);
      if (channel === undefined)
        throw new Error(`There is no channel ${reference} in the playground.`);
      if (threadTs !== undefined) return state.thread(channel.id, threadTs);
      return state.messagesIn(channel.id).filter((message) => !isReply(message));
    },
    directMessages(user: string) {
      return state.messagesIn(placeOf(acting, actor(acting, user), "dm").id);
    },
    ephemerals: (user: string) => state.ephemeralsOf(idOf(user)),
    views: (user: string) => modals.of(idOf(user)),
    home: (user: string) => state.homeOf(idOf(user)),
    text: (message: SlackMessage, timeZone?: string) =>
      renderAsText(message, { directory: state, timeZone }),
    modalText(user: string, timeZone?: string) {
      const view = modals.of(idOf(user)).at(-1)?.view;
      return view === undefined ? undefined : viewText(view, timeZone);
    },
    homeText(user: string, timeZone?: string) {
      const view = state.homeOf(idOf(user));
      return view === undefined ? undefined : viewText(view, timeZone);
    },
    waitFor: <T>(ask: () => T, options?: WaitOptions) => state.changes.waitFor(ask, options),
    async settled(options?: WaitOptions) {
      await state.changes.waitFor(() => link.inFlight === 0, {
        what: "every delivery to be answered",
        ...options,
      });
    },
    faults,
    calls: (method?: string) => log.of(method),
    forgetCalls: () => log.clear(),
  };
}

function connectionControl({ link, http, sockets }: ControlParts) {
  return {
    deliveries: () => link.records,
    redeliver: (count?: number, type?: Delivery["type"]) => link.redeliver(count, type),
    sendRaw: (request: RawRequest) => http.send(request),
    signedRequest(forged: ForgedRequest) {
      const url = link.requestUrl;
      if (url === undefined) throw new Error("The playground has no request URL to send to.");
      const contentType = forged.contentType ?? "application/x-www-form-urlencoded";
      const signature = http.sign(forged.body, forged.timestampSeconds, forged.secret);
      const headers = { "content-type": contentType, ...signature, ...forged.headers };
      return http.send({ url, body: forged.body, headers });
    },
    setRequestUrl: (url: string | undefined) => link.setRequestUrl(url),
    connected: () => sockets.connected,
    refreshSockets: (reason?: DisconnectReason) => sockets.refresh(reason),
    cutSockets: () => sockets.cut(),
  };
}

function directoryControl({ acting: { state } }: ControlParts) {
  const announce = () => state.changes.publish({ kind: "people" });
  const idOf = (user: string) => {
    const found = state.people.find(user);
    if (found === undefined) throw new Error(`There is no user ${user} in the playground.`);
    return found.id;
  };
  return {
    changeUser(user: string, patch: Partial<Omit<SeedUser, "id">>) {
      state.people.changeUser(idOf(user), patch);
      announce();
    },
    changeChannel(reference: string, patch: Partial<Omit<Channel, "id">>) {
      const channel = state.channels.findByName(reference);
      if (channel === undefined)
        throw new Error(`There is no channel ${reference} in the playground.`);
      state.channels.change(channel.id, patch);
      announce();
    },
    setGroup(reference: string, users: readonly string[]) {
      const group = state.people.findGroup(reference);
      if (group === undefined)
        throw new Error(`There is no user group ${reference} in the playground.`);
      state.people.changeGroup(group.id, users.map(idOf));
    },
    setUserGroupsAvailable: (available: boolean) => state.people.setHasUserGroups(available),
  };
}
