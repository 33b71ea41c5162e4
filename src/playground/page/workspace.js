// What the page knows: who the person is, the workspace, and where they look. Everything that draws reads it from here.

/**
 * @typedef {{ id: string, name: string, realName: string, note: string, canAct: boolean, isBot: boolean }} Person
 * @typedef {{ id: string, name: string, topic: string, kind: "channel" | "im", isPrivate: boolean, isExtShared: boolean,
 *   members: number, latestTs: string }} Channel
 * @typedef {{ id: string, name: string, botId: string, botUserId: string,
 *   commands: { command: string, description: string, usageHint: string }[],
 *   messageShortcuts: { callbackId: string, name: string }[] }} AppInfo
 * @typedef {{ you: string, team: { id: string, name: string }, app: AppInfo, users: Person[],
 *   groups: { id: string, handle: string, name: string }[], channels: Channel[],
 *   allChannels: { id: string, name: string }[], tips: { label: string, text: string }[], connected: boolean }} Workspace
 * @typedef {{ view: "channel", channel: string, thread: string | undefined } | { view: "home" }} Place
 */

/** @type {{ data: Workspace | undefined, place: Place }} */
const current = { data: undefined, place: { view: "home" } };

/** @returns {Workspace} */
export function workspace() {
  if (current.data === undefined) throw new Error("The workspace has not been read yet.");
  return current.data;
}

/** @param {Workspace} data */
export function setWorkspace(data) {
  current.data = data;
}

/** @returns {Place} */
export function place() {
  return current.place;
}

/** @param {Place} next */
export function setPlace(next) {
  current.place = next;
}

/** @param {string} id */
export function personById(id) {
  return workspace().users.find((person) => person.id === id);
}

/** @param {string} id */
export function channelById(id) {
  return workspace().channels.find((channel) => channel.id === id);
}

/** The channel or direct conversation in view. */
export function currentChannel() {
  const { place } = current;
  return place.view === "channel" ? channelById(place.channel) : undefined;
}

/** @param {string} id */
export function displayName(id) {
  if (id === "USLACKBOT") return "Workspace";
  const person = personById(id);
  return person === undefined ? id : person.realName;
}

/**
 * The newest message the person has seen in a channel.
 * @param {string} channel
 */
export function lastRead(channel) {
  return localStorage.getItem(`read:${workspace().you}:${channel}`) ?? "0";
}

/**
 * @param {string} channel
 * @param {string} ts
 */
export function markRead(channel, ts) {
  if (Number(ts) > Number(lastRead(channel)))
    localStorage.setItem(`read:${workspace().you}:${channel}`, ts);
}
