// The left rail: who you are, the channels, the app's Home and your direct messages with it.

/** @import { Channel, Person, Place } from "./workspace.js" */
import { byId, fill, h, icon } from "./dom.js";
import { drawAvatar } from "./draw-message.js";
import { lastRead, personById, place, workspace } from "./workspace.js";

/**
 * @typedef {object} RailActions
 * @property {(user: string) => void} become
 * @property {(place: Place) => void} go
 */

/** @param {RailActions} actions */
export function drawRail(actions) {
  const { team, channels, app, connected } = workspace();
  const rail = byId("rail");
  const focusKey = rail.contains(document.activeElement)
    ? document.activeElement?.getAttribute("data-focus-key")
    : undefined;
  const direct = channels.find((channel) => channel.kind === "im");
  fill(
    rail,
    h(
      "div",
      { class: "rail-team" },
      h("span", { class: "team-name" }, team.name),
      h(
        "span",
        { class: connected ? "status status-on" : "status status-off" },
        connected ? `${app.name} is connected` : `${app.name} is not connected`,
      ),
    ),
    drawSwitcher(actions),
    h("h2", { class: "rail-heading" }, "Channels"),
    h(
      "ul",
      { class: "rail-list" },
      channels
        .filter((channel) => channel.kind === "channel")
        .map((channel) => h("li", {}, drawChannel(channel, actions))),
    ),
    h("h2", { class: "rail-heading" }, "App"),
    h(
      "ul",
      { class: "rail-list" },
      h("li", {}, drawHome(actions)),
      direct === undefined ? null : h("li", {}, drawChannel(direct, actions)),
    ),
  );
  const focused = focusKey
    ? rail.querySelector(`[data-focus-key="${CSS.escape(focusKey)}"]`)
    : null;
  if (focused instanceof HTMLElement) focused.focus();
}

/** @param {RailActions} actions */
function drawSwitcher({ become }) {
  const { users, you } = workspace();
  const person = personById(you);
  const others = users.filter((user) => user.canAct);
  return h(
    "section",
    { class: "switcher", "aria-label": "Who you are" },
    h(
      "p",
      { class: "switcher-you" },
      h("span", { class: "switcher-caption" }, "You are"),
      h("strong", {}, person?.realName ?? you),
      person?.note ? h("span", { class: "badge badge-note" }, person.note) : null,
    ),
    h(
      "div",
      { class: "switcher-people", role: "group", "aria-label": "Act as" },
      others.map((user) => drawPerson(user, user.id === you, become)),
    ),
  );
}

/**
 * @param {Person} user
 * @param {boolean} isYou
 * @param {(user: string) => void} become
 */
function drawPerson(user, isYou, become) {
  return h(
    "button",
    {
      type: "button",
      class: "person",
      "aria-pressed": String(isYou),
      "aria-label": `${user.realName}${user.note === "" ? "" : `, ${user.note}`}`,
      title: `Act as ${user.realName}${user.note === "" ? "" : ` (${user.note})`}`,
      "data-focus-key": `person ${user.id}`,
      onclick: () => become(user.id),
    },
    drawAvatar(user.id),
    h("span", { class: "person-name" }, user.realName.split(" ")[0] ?? user.name),
  );
}

/**
 * @param {Channel} channel
 * @param {RailActions} actions
 */
function drawChannel(channel, { go }) {
  const now = place();
  const isCurrent = now.view === "channel" && now.channel === channel.id;
  const isUnread = !isCurrent && Number(channel.latestTs) > Number(lastRead(channel.id));
  const name = channel.kind === "im" ? "Messages" : channel.name;
  const mark =
    channel.kind === "im"
      ? "chat"
      : channel.isPrivate
        ? "lock"
        : channel.isExtShared
          ? "globe"
          : "hash";
  return h(
    "button",
    {
      type: "button",
      class: `rail-item${isUnread ? " rail-item-unread" : ""}`,
      "aria-current": isCurrent ? "page" : undefined,
      "data-focus-key": `channel ${channel.id}`,
      onclick: () => go({ view: "channel", channel: channel.id, thread: undefined }),
    },
    icon(mark),
    h("span", { class: "rail-name" }, name),
    isUnread
      ? h("span", { class: "unread-dot" }, h("span", { class: "visually-hidden" }, "unread"))
      : null,
  );
}

/** @param {RailActions} actions */
function drawHome({ go }) {
  return h(
    "button",
    {
      type: "button",
      class: "rail-item",
      "aria-current": place().view === "home" ? "page" : undefined,
      "data-focus-key": "home",
      onclick: () => go({ view: "home" }),
    },
    icon("home"),
    h("span", { class: "rail-name" }, `${workspace().app.name} Home`),
  );
}
