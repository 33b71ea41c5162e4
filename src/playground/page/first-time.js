// A small panel for someone who has never been here: things to type, which fill the composer.

/** @import { Composer } from "./composer.js" */
import { h, icon } from "./dom.js";
import { workspace } from "./workspace.js";

const hiddenKey = "first-time-hidden";

/**
 * @param {Composer} composer
 * @returns {HTMLElement | null}
 */
export function drawFirstTime(composer) {
  const { tips } = workspace();
  if (tips.length === 0 || localStorage.getItem(hiddenKey) === "yes") return null;
  const panel = h("section", { class: "first-time", "aria-label": "First time here?" });
  const hide = () => {
    localStorage.setItem(hiddenKey, "yes");
    panel.remove();
    composer.focus();
  };
  panel.append(
    h(
      "div",
      { class: "first-time-head" },
      h("strong", {}, "First time here? Try this"),
      h(
        "span",
        { class: "muted" },
        "Pick one, press Enter, then act as someone else on the left to approve it.",
      ),
      h(
        "button",
        {
          type: "button",
          class: "icon-button",
          "aria-label": "Hide these suggestions",
          onclick: hide,
        },
        icon("close"),
      ),
    ),
    h(
      "div",
      { class: "first-time-tips" },
      tips.map(({ label, text }) =>
        h(
          "button",
          { type: "button", class: "tip", onclick: () => composer.setText(text) },
          h("span", { class: "tip-label" }, label),
          h("code", { class: "tip-text" }, text.split("\n")[0] ?? ""),
        ),
      ),
    ),
  );
  return panel;
}
