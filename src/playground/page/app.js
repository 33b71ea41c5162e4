// Starts the page: reads the workspace, draws the panes, follows changes, and remembers who and where the person is.

/** @typedef {Readonly<Record<string, unknown>>} Json */
/** @import { Person, Place, Workspace } from "./workspace.js" */
import { byId } from "./dom.js";
import { inBackground, notify, orNotify, viewFile } from "./dialogs.js";
import { MainPane } from "./main-pane.js";
import { refreshModals } from "./modal-stack.js";
import { drawRail } from "./rail.js";
import { act, listen, read } from "./server-link.js";
import { ThreadPane } from "./thread-pane.js";
import { channelById, place, setPlace, setWorkspace, workspace } from "./workspace.js";

const main = new MainPane((threadTs) => openThread(threadTs), toggleRail);
const thread = new ThreadPane(() => openThread(undefined));
let stopListening = () => {};
let wasOffline = false;

/** Runs a refresh once at a time; a call while it runs makes it run once more after. @param {() => Promise<void>} work */
function coalesced(work) {
  let isRunning = false;
  let isWanted = false;
  const run = async () => {
    isRunning = true;
    while (isWanted) {
      isWanted = false;
      await orNotify(work());
    }
    isRunning = false;
  };
  return () => {
    isWanted = true;
    if (!isRunning) inBackground(run);
  };
}

const refreshMain = coalesced(() => main.refresh());
const refreshHome = coalesced(() => main.refreshHome());
const refreshThread = coalesced(() => thread.refresh());
const refreshDialogs = coalesced(() => refreshModals());
const refreshRail = coalesced(async () => {
  const data = /** @type {Workspace} */ (await read("state", { user: workspace().you }));
  if (data.you !== workspace().you) return;
  setWorkspace(data);
  drawRail({ become, go });
});

/** @param {Place} next */
function go(next) {
  setPlace(next);
  byId("workspace").classList.remove("with-rail");
  rememberPlace();
  drawRail({ become, go });
  if (next.view === "home") {
    main.openHome();
    thread.open();
    refreshHome();
    inBackground(() => act("open-home", { user: workspace().you }));
    return;
  }
  main.openChannel();
  thread.open();
  refreshMain();
  refreshThread();
}

/** @param {string | undefined} threadTs */
function openThread(threadTs) {
  const here = place();
  if (here.view !== "channel") return;
  setPlace({ ...here, thread: threadTs });
  rememberPlace();
  thread.open();
  refreshThread();
  if (threadTs === undefined) byId("composer-main").focus();
}

function toggleRail() {
  const isOpen = byId("workspace").classList.toggle("with-rail");
  if (isOpen) byId("rail").querySelector("button")?.focus();
}

/** Each tab may be another person, so this is remembered by the tab. */
function rememberPlace() {
  sessionStorage.setItem("place", JSON.stringify(place()));
  sessionStorage.setItem("you", workspace().you);
}

/** @param {string} user */
function become(user) {
  inBackground(() => settleAs(user));
}

/** @param {string} user */
async function settleAs(user) {
  stopListening();
  const data = /** @type {Workspace | undefined} */ (await orNotify(read("state", { user })));
  if (data === undefined) return;
  const before = place();
  setWorkspace(data);
  stopListening = listen(user, hear, hearLine);
  const isStillThere = before.view === "home" || channelById(before.channel) !== undefined;
  go(isStillThere ? before : firstPlace());
  refreshDialogs();
}

/** @returns {Place} */
function firstPlace() {
  const channels = workspace().channels;
  const channel = channels.find((candidate) => candidate.name.startsWith("ops")) ?? channels[0];
  return channel === undefined
    ? { view: "home" }
    : { view: "channel", channel: channel.id, thread: undefined };
}

/** @param {Json} change */
function hear(change) {
  const here = place();
  switch (change["kind"]) {
    case "message":
    case "message-deleted":
    case "ephemeral":
      if (here.view === "channel" && change["channel"] === here.channel) {
        refreshMain();
        refreshThread();
      }
      refreshRail();
      break;
    case "views":
      refreshDialogs();
      break;
    case "home":
      if (here.view === "home") refreshHome();
      break;
    case "notice":
      notify(String(change["text"]), "trouble");
      break;
    default:
      refreshRail();
  }
}

/** @param {boolean} isConnected */
function hearLine(isConnected) {
  if (isConnected && wasOffline) location.reload();
  if (!isConnected && !wasOffline)
    notify("The playground has stopped. This page comes back with it.", "trouble");
  wasOffline = !isConnected;
}

/** Where a link leads: "?channel=C1&ts=2&thread=1" or "?file=F1". */
function placeFromLink() {
  const query = new URLSearchParams(location.search);
  const channel = query.get("channel");
  const file = query.get("file");
  if (file !== null) inBackground(() => viewFile(file));
  if (location.search !== "") history.replaceState(null, "", "/");
  if (channel === null) return undefined;
  return { channel, thread: query.get("thread") || undefined, ts: query.get("ts") ?? "" };
}

async function start() {
  const link = placeFromLink();
  const people = /** @type {Person[]} */ (await read("people"));
  const saved = sessionStorage.getItem("you");
  const you =
    people.find((person) => person.canAct && person.id === saved) ??
    people.find((person) => person.canAct);
  if (you === undefined) throw new Error("Nobody can act in this workspace.");
  setWorkspace(/** @type {Workspace} */ (await read("state", { user: you.id })));
  const remembered = sessionStorage.getItem("place");
  const before = remembered === null ? undefined : /** @type {Place} */ (JSON.parse(remembered));
  if (link !== undefined) setPlace({ view: "channel", channel: link.channel, thread: link.thread });
  else setPlace(before ?? firstPlace());
  await settleAs(you.id);
  if (link !== undefined) await showLinked(link.ts);
}

/** @param {string} ts */
async function showLinked(ts) {
  await Promise.all([main.refresh(), thread.refresh()]);
  const message = document.querySelector(`[data-ts="${CSS.escape(ts)}"]`);
  if (!(message instanceof HTMLElement)) return;
  message.scrollIntoView({ block: "center" });
  message.classList.add("message-linked");
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || document.querySelector("dialog[open]") !== null) return;
  if (byId("workspace").classList.contains("with-rail")) toggleRail();
  else if (place().view === "channel" && !byId("thread").hidden) openThread(undefined);
});
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.overflow[open]")) {
    if (menu instanceof HTMLDetailsElement && !menu.contains(/** @type {Node} */ (event.target)))
      menu.open = false;
  }
});
window.addEventListener("focus", () => refreshRail());

inBackground(start);
