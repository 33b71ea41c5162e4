// The middle of the page: a channel with its composer, or the app's Home tab.

/** @typedef {Readonly<Record<string, unknown>>} Json */
/** @import { Channel } from "./workspace.js" */
import { byId, fill, h, icon } from "./dom.js";
import { Composer } from "./composer.js";
import { inBackground, orNotify } from "./dialogs.js";
import { drawBlocks } from "./draw-blocks.js";
import { drawFirstTime } from "./first-time.js";
import { MessageList } from "./message-list.js";
import { act, read } from "./server-link.js";
import { currentChannel, lastRead, markRead, workspace } from "./workspace.js";

/**
 * What to do with the words in a composer: a command when they begin with a slash, else a message.
 * @param {string} channel
 * @param {string | undefined} threadTs
 * @returns {(text: string, files: { name: string, content: string }[]) => Promise<boolean>}
 */
export function sender(channel, threadTs) {
  return async (text, files) => {
    const user = workspace().you;
    const isCommand = text.startsWith("/") && files.length === 0;
    const common = { user, channel, text, ...(threadTs === undefined ? {} : { threadTs }) };
    if (isCommand) {
      // The answer appears as a message: the composer is free at once, as in Slack.
      inBackground(() => act("slash", common));
      return true;
    }
    return (await orNotify(act("say", { ...common, files }))) !== undefined;
  };
}

export class MainPane {
  /** @type {((ts: string) => void)} */
  #openThread;
  /** @type {() => void} */
  #showRail;
  /** @type {MessageList | undefined} */
  #list;
  /** @type {string} */
  #unreadAfter = "0";
  /** @type {Record<string, Record<string, Json>>} */
  #homeStates = {};

  /**
   * @param {(ts: string) => void} openThread
   * @param {() => void} showRail
   */
  constructor(openThread, showRail) {
    this.#openThread = openThread;
    this.#showRail = showRail;
  }

  /** Draws the frame of the channel in view; `refresh` fills it. */
  openChannel() {
    const channel = currentChannel();
    if (channel === undefined) return;
    const scroller = h("div", {
      class: "messages",
      role: "log",
      "aria-label": "Messages",
      "aria-live": "polite",
      tabindex: "0",
    });
    const title = titleOf(channel);
    const composer = new Composer({
      id: "composer-main",
      placeholder: `Message ${title}`,
      send: sender(channel.id, undefined),
    });
    this.#list = new MessageList(scroller, {
      channel: channel.id,
      inThread: false,
      openThread: this.#openThread,
    });
    this.#unreadAfter = lastRead(channel.id);
    fill(
      byId("main"),
      this.#header(title, describe(channel)),
      scroller,
      drawFirstTime(composer),
      composer.element,
    );
    document.title = `${title} - Countersign playground`;
    composer.focus();
  }

  /** Reads the messages of the channel in view. */
  async refresh() {
    const channel = currentChannel();
    if (channel === undefined) return;
    const user = workspace().you;
    const { messages, earlier } = /** @type {{ messages: Json[], earlier: number }} */ (
      await read("channel", { user, channel: channel.id })
    );
    if (currentChannel()?.id !== channel.id || workspace().you !== user) return;
    this.#list?.show(messages, this.#unreadAfter, earlier);
    const last = messages.at(-1);
    if (last !== undefined && document.visibilityState === "visible")
      markRead(channel.id, String(last["ts"]));
  }

  openHome() {
    this.#list = undefined;
    this.#homeStates = {};
    const title = `${workspace().app.name} Home`;
    fill(
      byId("main"),
      this.#header(title, ""),
      h("div", { class: "home", id: "home-body", tabindex: "0" }),
    );
    document.title = `${title} - Countersign playground`;
    byId("main").focus();
  }

  async refreshHome() {
    const user = workspace().you;
    const view = /** @type {Json | null} */ (await read("home", { user }));
    const body = document.getElementById("home-body");
    if (body === null || workspace().you !== user) return;
    const states = this.#homeStates;
    const host = {
      states,
      send: (/** @type {Json} */ click) =>
        orNotify(act("click", { user, home: true, states, ...click })),
    };
    const focusKey = document.activeElement?.getAttribute("data-focus-key");
    const empty = h(
      "p",
      { class: "muted home-empty" },
      `${workspace().app.name} has not published a Home for you yet.`,
    );
    fill(body, view === null ? empty : drawBlocks(view["blocks"], host));
    const focused = focusKey
      ? body.querySelector(`[data-focus-key="${CSS.escape(focusKey)}"]`)
      : null;
    if (focused instanceof HTMLElement) focused.focus();
  }

  /**
   * @param {string} title
   * @param {string} detail
   */
  #header(title, detail) {
    return h(
      "header",
      { class: "pane-header" },
      h(
        "button",
        {
          type: "button",
          class: "icon-button rail-toggle",
          "aria-label": "Channels",
          onclick: this.#showRail,
        },
        icon("menu"),
      ),
      h("h1", { class: "pane-title" }, title),
      h("span", { class: "pane-detail muted" }, detail),
    );
  }
}

/** @param {Channel} channel */
function titleOf(channel) {
  return channel.kind === "im" ? workspace().app.name : `#${channel.name}`;
}

/** @param {Channel} channel */
function describe(channel) {
  if (channel.kind === "im") return "Direct messages";
  return [channel.topic, `${channel.members} members`].filter((part) => part !== "").join(" · ");
}
