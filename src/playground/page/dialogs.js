// Dialogs of the page itself: the confirm question before an action, the file viewer, and short notices.

/** @typedef {Readonly<Record<string, unknown>>} Json */
import { byId, dialogById, fill, h, icon } from "./dom.js";
import { drawText, plainWords } from "./draw-text.js";
import { read } from "./server-link.js";

/**
 * Asks what a confirm object asks. Resolves with true when the person agrees.
 * @param {Json} confirm
 * @returns {Promise<boolean>}
 */
export function askConfirm(confirm) {
  const dialog = dialogById("confirm");
  const danger = confirm["style"] === "danger";
  const agree = h(
    "button",
    { class: danger ? "button button-danger-solid" : "button button-primary", value: "yes" },
    plainWords(confirm["confirm"]) || "Yes",
  );
  const heading = h(
    "h2",
    { id: "confirm-title", class: "modal-title" },
    plainWords(confirm["title"]) || "Are you sure?",
  );
  fill(
    dialog,
    h(
      "form",
      { method: "dialog", class: "modal-form" },
      h("header", { class: "modal-header" }, heading),
      h("div", { class: "modal-body", id: "confirm-text" }, drawText(confirm["text"])),
      h(
        "footer",
        { class: "modal-footer" },
        h("button", { class: "button", value: "no" }, plainWords(confirm["deny"]) || "Cancel"),
        agree,
      ),
    ),
  );
  dialog.setAttribute("aria-labelledby", "confirm-title");
  dialog.setAttribute("aria-describedby", "confirm-text");
  dialog.returnValue = "no";
  dialog.showModal();
  agree.focus();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

/**
 * Shows a file's text.
 * @param {string} id
 */
export async function viewFile(id) {
  const { file, content } =
    /** @type {{ file: { name: string, size: number, pretty_type: string }, content: string | null }} */ (
      await read("file", { id })
    );
  const dialog = dialogById("viewer");
  const close = h(
    "button",
    { class: "icon-button", "aria-label": "Close", onclick: () => dialog.close() },
    icon("close"),
  );
  const copy = h(
    "button",
    { class: "button button-small", onclick: () => copyText(content ?? "", "Copied the file") },
    "Copy",
  );
  fill(
    dialog,
    h(
      "div",
      { class: "modal-form" },
      h(
        "header",
        { class: "modal-header" },
        h("h2", { class: "modal-title", id: "viewer-title" }, file.name),
        h("span", { class: "muted" }, `${file.pretty_type}, ${file.size} bytes`),
        h("span", { class: "spacer" }),
        content === null ? null : copy,
        close,
      ),
      h("pre", { class: "file-text", tabindex: "0" }, content ?? "This file is not text."),
    ),
  );
  dialog.setAttribute("aria-labelledby", "viewer-title");
  dialog.showModal();
}

const noticeMs = 6000;

/**
 * Says something short to the person.
 * @param {string} text
 * @param {"plain" | "trouble"} [tone]
 */
export function notify(text, tone = "plain") {
  const notice = h("div", { class: `notice notice-${tone}` }, text);
  byId("notices").append(notice);
  setTimeout(() => notice.remove(), noticeMs);
}

/**
 * Runs what a person asked for and tells them when it failed.
 * @template T
 * @param {Promise<T>} work
 * @returns {Promise<T | undefined>}
 */
export async function orNotify(work) {
  try {
    return await work;
  } catch (error) {
    notify(error instanceof Error ? error.message : "That did not work.", "trouble");
    return undefined;
  }
}

/**
 * Starts what nobody waits for; a failure is told to the person.
 * @param {() => Promise<unknown>} work
 */
export function inBackground(work) {
  work().catch((error) =>
    notify(error instanceof Error ? error.message : "That did not work.", "trouble"),
  );
}

/**
 * @param {string} text
 * @param {string} done
 */
export function copyText(text, done) {
  inBackground(async () => {
    await navigator.clipboard.writeText(text);
    notify(done);
  });
}
