// The right pane: one thread and its composer. Slash commands are not supported here, as in Slack.

/** @typedef {Readonly<Record<string, unknown>>} Json */
import { byId, fill, h, icon } from "./dom.js";
import { Composer } from "./composer.js";
import { sender } from "./main-pane.js";
import { MessageList } from "./message-list.js";
import { read } from "./server-link.js";
import { currentChannel, place, workspace } from "./workspace.js";

export class ThreadPane {
  /** @type {() => void} */
  #close;
  /** @type {MessageList | undefined} */
  #list;

  /** @param {() => void} close */
  constructor(close) {
    this.#close = close;
  }

  open() {
    const here = place();
    const channel = currentChannel();
    const pane = byId("thread");
    const threadTs = here.view === "channel" ? here.thread : undefined;
    pane.hidden = threadTs === undefined || channel === undefined;
    byId("workspace").classList.toggle("with-thread", !pane.hidden);
    if (threadTs === undefined || channel === undefined) {
      this.#list = undefined;
      fill(pane);
      return;
    }
    const scroller = h("div", {
      class: "messages",
      role: "log",
      "aria-label": "Thread messages",
      "aria-live": "polite",
      tabindex: "0",
    });
    const composer = new Composer({
      id: "composer-thread",
      placeholder: "Reply",
      send: sender(channel.id, threadTs),
    });
    this.#list = new MessageList(scroller, {
      channel: channel.id,
      inThread: true,
      openThread: () => undefined,
    });
    const bot = workspace().users.find((person) => person.id === workspace().app.botUserId);
    const hint = h(
      "p",
      { class: "thread-hint muted" },
      "Slash commands don't work in threads: mention ",
      h("strong", {}, `@${bot?.name ?? ""}`),
      " instead.",
    );
    fill(
      pane,
      h(
        "header",
        { class: "pane-header" },
        h("h2", { class: "pane-title" }, "Thread"),
        h(
          "span",
          { class: "pane-detail muted" },
          channel.kind === "im" ? workspace().app.name : `#${channel.name}`,
        ),
        h("span", { class: "spacer" }),
        h(
          "button",
          {
            type: "button",
            class: "icon-button",
            "aria-label": "Close thread",
            onclick: this.#close,
          },
          icon("close"),
        ),
      ),
      scroller,
      channel.kind === "im" ? null : hint,
      composer.element,
    );
    composer.focus();
  }

  async refresh() {
    const here = place();
    if (here.view !== "channel" || here.thread === undefined) return;
    const user = workspace().you;
    const { messages } = /** @type {{ messages: Json[] }} */ (
      await read("thread", { user, channel: here.channel, ts: here.thread })
    );
    const now = place();
    if (now.view !== "channel" || now.thread !== here.thread || workspace().you !== user) return;
    this.#list?.show(messages, "0");
  }
}
