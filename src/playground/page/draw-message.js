// Draws one message: who, when, what it says, its files, its thread, and what can be done with it.

/** @typedef {Readonly<Record<string, unknown>>} Json */
import { h, icon } from "./dom.js";
import { copyText, inBackground, orNotify, viewFile } from "./dialogs.js";
import { drawBlocks } from "./draw-blocks.js";
import { records } from "./draw-elements.js";
import { clockTime, drawMrkdwn } from "./draw-text.js";
import { act } from "./server-link.js";
import { emojiNamed } from "./emoji.js";
import { displayName, personById, workspace } from "./workspace.js";

/**
 * @typedef {object} MessageOptions
 * @property {string} channel
 * @property {boolean} continued Follows a message of the same person closely, so its author isn't repeated.
 * @property {boolean} inThread
 * @property {(threadTs: string) => void} openThread
 */

/** What is entered in the inputs of messages, kept while they are redrawn. @type {Map<string, Record<string, Record<string, Json>>>} */
const statesByMessage = new Map();

/** @param {unknown} value */
const words = (value) => (typeof value === "string" ? value : "");

/**
 * @param {Json} message
 * @param {MessageOptions} options
 * @returns {HTMLElement}
 */
export function drawMessage(message, options) {
  const ts = words(message["ts"]);
  const author = words(message["user"]);
  const isEphemeral = message["is_ephemeral"] === true;
  const name = displayName(author);
  const classes = [
    "message",
    options.continued && "message-continued",
    isEphemeral && "message-ephemeral",
  ];
  const time = h(
    "time",
    { class: "message-time", datetime: new Date(Number(ts) * 1000).toISOString() },
    clockTime(ts),
  );
  const header = h(
    "div",
    { class: "message-header" },
    h("span", { class: "message-author" }, name),
    message["bot_id"] === undefined ? null : h("span", { class: "badge" }, "App"),
    time,
  );
  return h(
    "article",
    {
      class: classes.filter(Boolean).join(" "),
      "data-ts": ts,
      "aria-label": `${name}, ${clockTime(ts)}`,
      tabindex: "-1",
    },
    options.continued ? h("div", { class: "message-gutter" }, time) : drawAvatar(author),
    h(
      "div",
      { class: "message-content" },
      isEphemeral ? h("div", { class: "only-you" }, icon("eye"), "Only visible to you") : null,
      options.continued ? h("span", { class: "visually-hidden" }, name) : header,
      drawBody(message, options),
      records(message["files"]).map(drawFile),
      drawReactions(message),
      drawThreadSummary(message, options),
    ),
    isEphemeral ? null : drawToolbar(message, options),
  );
}

/** How many colours messages.css has for people. */
const hues = 8;

/** @param {string} id */
export function drawAvatar(id) {
  const person = personById(id);
  const initials = displayName(id)
    .split(/\s+/)
    .map((part) => part[0] ?? "")
    .slice(0, 2)
    .join("");
  const hue =
    Math.max(
      0,
      workspace().users.findIndex((user) => user.id === id),
    ) % hues;
  const kind = person?.isBot === true ? "avatar avatar-bot" : `avatar avatar-${hue}`;
  return h(
    "span",
    { class: kind, "aria-hidden": "true" },
    person?.isBot === true ? icon("bolt") : initials,
  );
}

/**
 * @param {Json} message
 * @param {MessageOptions} options
 */
function drawBody(message, { channel }) {
  const blocks = records(message["blocks"]);
  if (blocks.length === 0) {
    const text = words(message["text"]);
    return text === "" ? null : h("div", { class: "message-text" }, drawMrkdwn(text));
  }
  const ts = words(message["ts"]);
  const states = statesByMessage.get(ts) ?? {};
  statesByMessage.set(ts, states);
  const host = {
    states,
    send: (/** @type {Json} */ click) =>
      orNotify(act("click", { user: workspace().you, channel, ts, states, ...click })),
  };
  const isCard = message["bot_id"] !== undefined && blocks.length > 1;
  return h("div", { class: isCard ? "message-card" : "message-text" }, drawBlocks(blocks, host));
}

/** @param {Json} file */
function drawFile(file) {
  const preview = words(file["preview"]);
  const lines = Number(file["lines"] ?? 0);
  const open = () => inBackground(() => viewFile(words(file["id"])));
  return h(
    "div",
    { class: "file" },
    h(
      "button",
      { type: "button", class: "file-open", onclick: open },
      icon("file"),
      h("span", { class: "file-name" }, words(file["title"]) || words(file["name"])),
      h(
        "span",
        { class: "muted" },
        `${words(file["pretty_type"])}${lines > 0 ? `, ${lines} line${lines === 1 ? "" : "s"}` : ""}`,
      ),
    ),
    preview === ""
      ? null
      : h("pre", { class: "file-preview" }, preview.split("\n").slice(0, 6).join("\n")),
  );
}

/** @param {Json} message */
function drawReactions(message) {
  const reactions = records(message["reactions"]);
  if (reactions.length === 0) return null;
  return h(
    "div",
    { class: "reactions" },
    reactions.map((reaction) =>
      h(
        "span",
        { class: "reaction" },
        `${emojiNamed(words(reaction["name"]))} ${String(reaction["count"])}`,
      ),
    ),
  );
}

/**
 * @param {Json} message
 * @param {MessageOptions} options
 */
function drawThreadSummary(message, { inThread, openThread }) {
  const replies = Number(message["reply_count"] ?? 0);
  if (replies === 0 || inThread) return null;
  const users = Array.isArray(message["reply_users"]) ? message["reply_users"].map(String) : [];
  return h(
    "button",
    { type: "button", class: "thread-summary", onclick: () => openThread(words(message["ts"])) },
    h("span", { class: "thread-avatars" }, users.slice(0, 3).map(drawAvatar)),
    h("strong", {}, `${replies} ${replies === 1 ? "reply" : "replies"}`),
    h("span", { class: "muted" }, `last at ${clockTime(words(message["latest_reply"]))}`),
  );
}

/**
 * @param {Json} message
 * @param {MessageOptions} options
 */
function drawToolbar(message, { channel, inThread, openThread }) {
  const ts = words(message["ts"]);
  const link = `${location.origin}/archives/${channel}/p${ts.replace(".", "")}`;
  const reply = h(
    "button",
    { type: "button", class: "tool", title: "Reply in thread", "aria-label": "Reply in thread" },
    icon("reply"),
  );
  reply.addEventListener("click", () => openThread(words(message["thread_ts"]) || ts));
  const copy = h(
    "button",
    { type: "button", class: "tool", title: "Copy link", "aria-label": "Copy link to message" },
    icon("link"),
  );
  copy.addEventListener("click", () => copyText(link, "Copied the link"));
  const shortcuts = workspace().app.messageShortcuts.map(({ callbackId, name }) => {
    const use = h(
      "button",
      { type: "button", class: "tool", title: name, "aria-label": name },
      icon("bolt"),
    );
    use.addEventListener("click", () =>
      inBackground(() => act("shortcut", { user: workspace().you, callbackId, channel, ts })),
    );
    return use;
  });
  return h(
    "div",
    { class: "toolbar", role: "toolbar", "aria-label": "Message actions" },
    inThread ? null : reply,
    copy,
    shortcuts,
  );
}
