// Shows the topmost of the person's modals, keeps what they typed across updates, and submits or closes it.

/** @typedef {Readonly<Record<string, unknown>>} Json */
import { dialogById, fill, h, icon } from "./dom.js";
import { inBackground, orNotify } from "./dialogs.js";
import { drawBlocks } from "./draw-blocks.js";
import { plainWords } from "./draw-text.js";
import { act, read } from "./server-link.js";
import { workspace } from "./workspace.js";

/** @typedef {{ id: string, hash: string, view: Json, errors: Record<string, string>, trouble: string | null }} OpenView */

/** What is entered, by view id, then block_id and action_id. @type {Map<string, Record<string, Record<string, Json>>>} */
const statesByView = new Map();

let shown = "";
/** @type {() => Promise<unknown>} */
let closeTopmost = async () => undefined;

dialogById("modal").addEventListener("cancel", (event) => {
  event.preventDefault();
  inBackground(() => closeTopmost());
});

/** Reads the person's modals and shows them. */
export async function refreshModals() {
  const user = workspace().you;
  const views = /** @type {OpenView[]} */ (await read("views", { user }));
  if (user !== workspace().you) return;
  const dialog = dialogById("modal");
  const top = views.at(-1);
  if (top === undefined) {
    shown = "";
    statesByView.clear();
    if (dialog.open) dialog.close();
    return;
  }
  const drawn = JSON.stringify([user, top, views.length]);
  if (drawn === shown) return;
  shown = drawn;
  drawModal(dialog, top, views.length);
}

/**
 * @param {HTMLDialogElement} dialog
 * @param {OpenView} open
 * @param {number} depth
 */
function drawModal(dialog, open, depth) {
  const { view } = open;
  const states = statesByView.get(open.id) ?? {};
  statesByView.set(open.id, states);
  const user = workspace().you;
  const host = {
    states,
    send: (/** @type {Json} */ click) =>
      orNotify(act("click", { user, viewId: open.id, states, ...click })),
  };
  const focusKey = document.activeElement?.getAttribute("data-focus-key") ?? undefined;
  const closeOne = () => orNotify(act("close-view", { user, viewId: open.id }));
  const submit = view["submit"] === undefined ? undefined : plainWords(view["submit"]);
  const submitButton =
    submit === undefined
      ? undefined
      : h("button", { class: "button button-primary", type: "submit" }, submit);
  const form = h(
    "form",
    { class: "modal-form", novalidate: true },
    h(
      "header",
      { class: "modal-header" },
      depth > 1
        ? h(
            "button",
            { type: "button", class: "icon-button", "aria-label": "Back", onclick: closeOne },
            icon("back"),
          )
        : null,
      h("h2", { class: "modal-title", id: "modal-title" }, plainWords(view["title"])),
      h("span", { class: "spacer" }),
      h(
        "button",
        {
          type: "button",
          class: "icon-button",
          "aria-label": "Close",
          onclick: () => orNotify(act("close-view", { user, all: true })),
        },
        icon("close"),
      ),
    ),
    h(
      "div",
      { class: "modal-body", tabindex: "-1" },
      open.trouble === null
        ? null
        : h("div", { class: "alert alert-error", role: "alert" }, open.trouble),
      drawBlocks(view["blocks"], host, open.errors),
    ),
    h(
      "footer",
      { class: "modal-footer" },
      h(
        "button",
        { type: "button", class: "button", onclick: closeOne },
        plainWords(view["close"]) || "Close",
      ),
      submitButton,
    ),
  );
  const submitOnce = async () => {
    submitButton?.setAttribute("aria-busy", "true");
    if (submitButton !== undefined) submitButton.disabled = true;
    await orNotify(act("submit-view", { user, viewId: open.id, states }));
    submitButton?.removeAttribute("aria-busy");
    if (submitButton !== undefined) submitButton.disabled = false;
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    inBackground(submitOnce);
  });
  closeTopmost = closeOne;
  fill(dialog, form);
  dialog.setAttribute("aria-labelledby", "modal-title");
  if (!dialog.open) dialog.showModal();
  focusInside(dialog, focusKey, open);
}

const FIRST_FIELD = ".modal-body .field, .modal-body input";

/**
 * To what is wrong, else where the person was, else to the first thing to fill in. That one does not scroll into sight:
 * a window is read from its top.
 * @param {HTMLDialogElement} dialog
 * @param {string | undefined} focusKey
 * @param {OpenView} open
 */
function focusInside(dialog, focusKey, open) {
  const isWrong = Object.keys(open.errors).length > 0;
  const candidates = [
    isWrong ? ".input-wrong .field, .input-wrong input" : undefined,
    focusKey === undefined ? undefined : `[data-focus-key="${CSS.escape(focusKey)}"]`,
    "[autofocus]",
    FIRST_FIELD,
    ".modal-footer .button-primary",
    ".modal-footer .button",
  ];
  for (const selector of candidates) {
    const found = selector === undefined ? null : dialog.querySelector(selector);
    if (found instanceof HTMLElement)
      return found.focus({ preventScroll: selector === FIRST_FIELD });
  }
}
