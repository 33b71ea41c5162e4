// Keeps a list of messages on the page in step with the server: only what changed is drawn again, and the place where
// the person reads or types is not lost.

/** @typedef {Readonly<Record<string, unknown>>} Json */
/** @import { MessageOptions } from "./draw-message.js" */
import { h } from "./dom.js";
import { drawMessage } from "./draw-message.js";

const groupedWithinSeconds = 300;
const nearBottomPixels = 80;

/** @param {unknown} value */
const words = (value) => (typeof value === "string" ? value : "");

export class MessageList {
  /** @type {HTMLElement} */
  #element;
  /** @type {Map<string, { drawn: string, node: HTMLElement }>} */
  #nodes = new Map();
  /** @type {Omit<MessageOptions, "continued">} */
  #options;
  #isFirst = true;

  /**
   * @param {HTMLElement} element Scrolls.
   * @param {Omit<MessageOptions, "continued">} options
   */
  constructor(element, options) {
    this.#element = element;
    this.#options = options;
    // A pane that opens beside the list makes it narrower and higher: the newest message stays in view.
    let wasAtBottom = true;
    element.addEventListener("scroll", () => {
      wasAtBottom = this.#isAtBottom();
    });
    new ResizeObserver(() => {
      if (wasAtBottom) element.scrollTop = element.scrollHeight;
    }).observe(element);
  }

  /**
   * @param {readonly Json[]} messages Oldest first.
   * @param {string} unreadAfter The timestamp after which messages are new.
   * @param {number} [earlier] How many older messages are not shown.
   */
  show(messages, unreadAfter, earlier = 0) {
    const follow = this.#isFirst || this.#isAtBottom();
    const focusKey = document.activeElement?.getAttribute("data-focus-key") ?? undefined;
    const focusedTs =
      document.activeElement?.closest("[data-ts]")?.getAttribute("data-ts") ?? undefined;
    const wanted = [...earlierNote(earlier), ...this.#withMarkers(messages, unreadAfter)];
    this.#nodes = new Map(
      wanted.map(({ key, drawn, draw }) => {
        const old = this.#nodes.get(key);
        return [key, old?.drawn === drawn ? old : { drawn, node: draw() }];
      }),
    );
    const next = [...this.#nodes.values()].map(({ node }) => node);
    this.#place(next);
    if (
      focusKey !== undefined &&
      focusedTs !== undefined &&
      document.activeElement === document.body
    ) {
      this.#refocus(focusedTs, focusKey);
    }
    if (follow) this.#element.scrollTop = this.#element.scrollHeight;
    this.#isFirst = false;
  }

  /** @param {readonly HTMLElement[]} next */
  #place(next) {
    for (const child of Array.from(this.#element.children)) {
      if (!next.includes(/** @type {HTMLElement} */ (child))) child.remove();
    }
    for (const [index, node] of next.entries()) {
      if (this.#element.children[index] !== node)
        this.#element.insertBefore(node, this.#element.children[index] ?? null);
    }
  }

  /**
   * @param {string} ts
   * @param {string} key
   */
  #refocus(ts, key) {
    const message = this.#element.querySelector(`[data-ts="${CSS.escape(ts)}"]`);
    const same = message?.querySelector(`[data-focus-key="${CSS.escape(key)}"]`);
    const target = same ?? message;
    if (target instanceof HTMLElement) target.focus({ preventScroll: true });
  }

  #isAtBottom() {
    const { scrollTop, scrollHeight, clientHeight } = this.#element;
    return scrollHeight - scrollTop - clientHeight < nearBottomPixels;
  }

  /**
   * @param {readonly Json[]} messages
   * @param {string} unreadAfter
   */
  #withMarkers(messages, unreadAfter) {
    /** @type {{ key: string, drawn: string, draw: () => HTMLElement }[]} */
    const rows = [];
    let day = "";
    let marked = false;
    messages.forEach((message, index) => {
      const ts = words(message["ts"]);
      const thisDay = dayOf(ts);
      if (thisDay !== day && !this.#options.inThread) {
        rows.push({ key: `day ${thisDay}`, drawn: thisDay, draw: () => drawDay(thisDay) });
      }
      if (!marked && unreadAfter !== "0" && Number(ts) > Number(unreadAfter) && index > 0) {
        rows.push({
          key: "unread",
          drawn: "unread",
          draw: () => h("div", { class: "unread-line", role: "separator" }, "New"),
        });
        marked = true;
      }
      const continued = thisDay === day && continues(messages[index - 1], message);
      rows.push({
        key: ts,
        drawn: JSON.stringify([continued, message]),
        draw: () => drawMessage(message, { ...this.#options, continued }),
      });
      day = thisDay;
    });
    return rows;
  }
}

/**
 * @param {number} count
 */
function earlierNote(count) {
  if (count === 0) return [];
  const words = `${count} earlier ${count === 1 ? "message is" : "messages are"} not shown here`;
  const draw = () => h("p", { class: "earlier-note muted" }, words);
  return [{ key: "earlier", drawn: words, draw }];
}

/** @param {string} ts */
function dayOf(ts) {
  const at = new Date(Number(ts) * 1000);
  const isToday = at.toDateString() === new Date().toDateString();
  return isToday
    ? "Today"
    : at.toLocaleDateString([], { weekday: "long", month: "long", day: "numeric" });
}

/** @param {string} day */
function drawDay(day) {
  return h("div", { class: "day-line", role: "separator" }, h("span", {}, day));
}

/**
 * @param {Json | undefined} before
 * @param {Json} message
 */
function continues(before, message) {
  if (before === undefined || before["user"] !== message["user"]) return false;
  if (before["is_ephemeral"] === true || message["is_ephemeral"] === true) return false;
  if (Number(before["reply_count"] ?? 0) > 0) return false;
  return Number(message["ts"]) - Number(before["ts"]) < groupedWithinSeconds;
}
