// Asks for a snippet: a name and a text, typed, pasted or read from a file of the person's machine.

import { inBackground } from "./dialogs.js";
import { dialogById, fill, h } from "./dom.js";

/** @typedef {{ name: string, content: string }} Snippet */

/**
 * Resolves with the snippet, or with undefined when the person backs out.
 * @returns {Promise<Snippet | undefined>}
 */
export function openSnippetDialog() {
  const dialog = dialogById("viewer");
  const name = h("input", {
    class: "field",
    id: "snippet-name",
    value: "plan.yaml",
    required: true,
    autocomplete: "off",
  });
  const content = h("textarea", {
    class: "field field-area field-code",
    id: "snippet-content",
    rows: "12",
    spellcheck: "false",
    required: true,
    placeholder: "title: Restart the API fleet",
  });
  const file = h("input", { type: "file", id: "snippet-file", class: "field" });
  const readChosen = async () => {
    const chosen = file.files?.[0];
    if (chosen === undefined) return;
    name.value = chosen.name;
    content.value = await chosen.text();
  };
  file.addEventListener("change", () => inBackground(readChosen));
  const attach = h("button", { class: "button button-primary", value: "attach" }, "Attach");
  const cancel = h(
    "button",
    { type: "button", class: "button", onclick: () => dialog.close("cancel") },
    "Cancel",
  );
  fill(
    dialog,
    h(
      "form",
      { method: "dialog", class: "modal-form" },
      h(
        "header",
        { class: "modal-header" },
        h("h2", { class: "modal-title", id: "snippet-title" }, "Attach a snippet"),
      ),
      h(
        "div",
        { class: "modal-body" },
        h("label", { class: "input-label", for: "snippet-name" }, "File name"),
        name,
        h("label", { class: "input-label", for: "snippet-content" }, "Content"),
        content,
        h("label", { class: "input-label", for: "snippet-file" }, "Or read it from a file"),
        file,
      ),
      h("footer", { class: "modal-footer" }, cancel, attach),
    ),
  );
  dialog.setAttribute("aria-labelledby", "snippet-title");
  dialog.returnValue = "cancel";
  dialog.showModal();
  content.focus();
  return new Promise((resolve) => {
    const settle = () => {
      const isFilled = dialog.returnValue === "attach" && content.value !== "";
      resolve(isFilled ? { name: name.value, content: content.value } : undefined);
    };
    dialog.addEventListener("close", settle, { once: true });
  });
}
