// Where a person writes: grows with the text, completes commands and mentions, attaches snippets, sends on Enter.

import { inBackground } from "./dialogs.js";
import { fill, h, icon } from "./dom.js";
import { openSnippetDialog } from "./snippet-dialog.js";
import { workspace } from "./workspace.js";

/** @typedef {{ name: string, content: string }} Snippet */

/**
 * @typedef {object} ComposerOptions
 * @property {string} id
 * @property {string} placeholder
 * @property {(text: string, files: Snippet[]) => Promise<boolean>} send True when it was sent, and the text can go.
 */

/** @typedef {{ insert: string, title: string, detail: string }} Suggestion */

const maxHeightPixels = 260;

export class Composer {
  /** @type {HTMLElement} */
  element;
  /** @type {HTMLTextAreaElement} */
  #area;
  /** @type {HTMLElement} */
  #chips;
  /** @type {HTMLElement} */
  #list;
  /** @type {ComposerOptions} */
  #options;
  /** @type {Snippet[]} */
  #files = [];
  /** @type {Suggestion[]} */
  #suggestions = [];
  #active = 0;

  /** @param {ComposerOptions} options */
  constructor(options) {
    this.#options = options;
    this.#list = h("ul", {
      class: "suggestions",
      role: "listbox",
      id: `${options.id}-suggestions`,
      hidden: true,
    });
    this.#area = h("textarea", {
      id: options.id,
      class: "composer-text",
      rows: "1",
      placeholder: options.placeholder,
      "aria-label": options.placeholder,
      role: "combobox",
      "aria-autocomplete": "list",
      "aria-expanded": "false",
      "aria-controls": `${options.id}-suggestions`,
      "data-focus-key": options.id,
    });
    this.#area.addEventListener("input", () => this.#changed());
    this.#area.addEventListener("keydown", (event) => this.#keyDown(event));
    this.#area.addEventListener("blur", () => this.#suggest([]));
    this.#chips = h("div", { class: "chips" });
    this.element = h(
      "div",
      { class: "composer" },
      this.#list,
      this.#chips,
      this.#area,
      h(
        "div",
        { class: "composer-bar" },
        h(
          "button",
          {
            type: "button",
            class: "button button-small button-plain",
            onclick: () => inBackground(() => this.#attach()),
          },
          icon("file"),
          "Attach snippet",
        ),
        h("span", { class: "composer-hint muted" }, "Enter to send, Shift+Enter for a new line"),
        h(
          "button",
          {
            type: "button",
            class: "button button-accent button-small",
            "aria-label": "Send",
            onclick: () => inBackground(() => this.#send()),
          },
          icon("send"),
        ),
      ),
    );
  }

  /** @param {string} text */
  setText(text) {
    this.#area.value = text;
    this.#changed();
    this.#suggest([]);
    this.focus();
  }

  focus() {
    this.#area.focus();
    this.#area.setSelectionRange(this.#area.value.length, this.#area.value.length);
  }

  #changed() {
    this.#area.style.height = "auto";
    this.#area.style.height = `${Math.min(this.#area.scrollHeight, maxHeightPixels)}px`;
    this.#suggest(findSuggestions(this.#beforeCaret()));
  }

  #beforeCaret() {
    return this.#area.value.slice(0, this.#area.selectionStart);
  }

  /** @param {KeyboardEvent} event */
  #keyDown(event) {
    const isOpen = this.#suggestions.length > 0;
    if (isOpen && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      this.#activate((this.#active + step + this.#suggestions.length) % this.#suggestions.length);
    } else if (isOpen && (event.key === "Tab" || event.key === "Enter") && !event.shiftKey) {
      event.preventDefault();
      this.#accept(this.#suggestions[this.#active]);
    } else if (isOpen && event.key === "Escape") {
      event.stopPropagation();
      this.#suggest([]);
    } else if (
      event.key === "Enter" &&
      !event.shiftKey &&
      !event.isComposing &&
      !this.#isInCode()
    ) {
      event.preventDefault();
      inBackground(() => this.#send());
    }
  }

  /** Inside an open code fence, Enter is a new line. */
  #isInCode() {
    return (this.#beforeCaret().match(/```/g) ?? []).length % 2 === 1;
  }

  async #send() {
    const text = this.#area.value.trim();
    if (text === "" && this.#files.length === 0) return;
    if (!(await this.#options.send(text, this.#files))) return;
    this.#files = [];
    this.#drawChips();
    this.#area.value = "";
    this.#changed();
  }

  async #attach() {
    const snippet = await openSnippetDialog();
    if (snippet !== undefined) this.#files = [...this.#files, snippet];
    this.#drawChips();
    this.focus();
  }

  #drawChips() {
    fill(
      this.#chips,
      this.#files.map((file) => {
        const remove = () => {
          this.#files = this.#files.filter((other) => other !== file);
          this.#drawChips();
        };
        return h(
          "span",
          { class: "chip" },
          icon("file"),
          file.name,
          h(
            "button",
            {
              type: "button",
              class: "chip-remove",
              "aria-label": `Remove ${file.name}`,
              onclick: remove,
            },
            "×",
          ),
        );
      }),
    );
  }

  /** @param {Suggestion[]} suggestions */
  #suggest(suggestions) {
    this.#suggestions = suggestions;
    this.#list.hidden = suggestions.length === 0;
    this.#area.setAttribute("aria-expanded", String(suggestions.length > 0));
    fill(
      this.#list,
      suggestions.map((suggestion, index) =>
        h(
          "li",
          {
            role: "option",
            id: `${this.#options.id}-option-${index}`,
            class: "suggestion",
            // The text box keeps the focus: a click must not take it away.
            onmousedown: (/** @type {Event} */ event) => {
              event.preventDefault();
              this.#accept(suggestion);
            },
          },
          h("strong", {}, suggestion.title),
          h("span", { class: "muted" }, suggestion.detail),
        ),
      ),
    );
    this.#activate(0);
  }

  /** @param {number} index */
  #activate(index) {
    this.#active = index;
    for (const [position, item] of [...this.#list.children].entries()) {
      item.setAttribute("aria-selected", String(position === index));
    }
    if (this.#suggestions.length > 0)
      this.#area.setAttribute("aria-activedescendant", `${this.#options.id}-option-${index}`);
    else this.#area.removeAttribute("aria-activedescendant");
  }

  /** @param {Suggestion | undefined} suggestion */
  #accept(suggestion) {
    if (suggestion === undefined) return;
    const before = this.#beforeCaret().replace(/\S*$/, suggestion.insert);
    const after = this.#area.value.slice(this.#area.selectionStart);
    this.#area.value = `${before} ${after.trimStart()}`;
    this.#area.setSelectionRange(before.length + 1, before.length + 1);
    this.#changed();
    this.#suggest([]);
  }
}

const maxSuggestions = 8;

/**
 * What the word before the caret could become.
 * @param {string} before
 * @returns {Suggestion[]}
 */
function findSuggestions(before) {
  const word = /\S*$/.exec(before)?.[0] ?? "";
  const start = word.slice(1).toLowerCase();
  const { users, groups, app, allChannels } = workspace();
  if (before === word && word.startsWith("/")) {
    return app.commands
      .filter(({ command }) => command.startsWith(word) && command !== word)
      .map(({ command, description, usageHint }) => ({
        insert: command,
        title: command,
        detail: `${description} (${usageHint})`,
      }));
  }
  if (word.startsWith("@")) {
    const people = users
      .filter((person) => person.canAct || person.isBot)
      .map((person) => ({
        insert: `@${person.name}`,
        title: `@${person.name}`,
        detail: person.realName,
      }));
    const handles = groups.map((group) => ({
      insert: `@${group.handle}`,
      title: `@${group.handle}`,
      detail: group.name,
    }));
    return [...people, ...handles]
      .filter(
        ({ title, detail }) =>
          title.slice(1).startsWith(start) || detail.toLowerCase().startsWith(start),
      )
      .filter(({ insert }) => insert !== word)
      .toSorted((one, other) => Number(isBotHandle(other.insert)) - Number(isBotHandle(one.insert)))
      .slice(0, maxSuggestions);
  }
  if (!word.startsWith("#")) return [];
  return allChannels
    .filter(({ name }) => name.startsWith(start) && `#${name}` !== word)
    .map(({ name }) => ({ insert: `#${name}`, title: `#${name}`, detail: "" }))
    .slice(0, maxSuggestions);
}

/** The bot is who people mention most here. @param {string} handle */
function isBotHandle(handle) {
  return workspace().users.some((person) => person.isBot && `@${person.name}` === handle);
}
