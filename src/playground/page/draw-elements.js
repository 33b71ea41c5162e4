// Draws the interactive elements of Block Kit: buttons, menus, pickers and inputs, and remembers what is entered.

/** @typedef {Readonly<Record<string, unknown>>} Json */
import { h, icon } from "./dom.js";
import { askConfirm, inBackground } from "./dialogs.js";
import { drawText, plainWords } from "./draw-text.js";
import { workspace } from "./workspace.js";

/**
 * Where elements are drawn: what has been entered there, and how an action is sent.
 * @typedef {object} Host
 * @property {Record<string, Record<string, Json>>} states By block_id and action_id.
 * @property {(click: { blockId: string, actionId: string, value?: string | string[] | number }) => Promise<unknown>} send
 */

/**
 * @typedef {object} Placed
 * @property {Json} element
 * @property {Json} block
 * @property {Host} host
 * @property {string} [labelledBy] The id of the label's element.
 * @property {string} [describedBy]
 */

/** @param {unknown} value */
const words = (value) => (typeof value === "string" ? value : "");

/**
 * @param {unknown} value
 * @returns {Json[]}
 */
export const records = (value) =>
  Array.isArray(value) ? value.filter((item) => typeof item === "object" && item !== null) : [];

/**
 * @param {Placed} placed
 * @returns {Node}
 */
export function drawElement(placed) {
  const type = words(placed.element["type"]);
  const draw = Object.hasOwn(drawers, type) ? drawers[type] : undefined;
  return draw === undefined ? h("span", { class: "muted" }, `(${type})`) : draw(placed);
}

/** @type {Readonly<Record<string, (placed: Placed) => Node>>} */
const drawers = {
  button: drawButton,
  workflow_button: drawButton,
  icon_button: drawButton,
  overflow: drawOverflow,
  image: ({ element }) => h("span", { class: "image-alt" }, words(element["alt_text"])),
  static_select: (placed) => drawMenu(placed, groupsOf(placed.element)),
  external_select: (placed) => drawMenu(placed, groupsOf(placed.element)),
  users_select: (placed) => drawMenu(placed, [{ label: "", options: people() }]),
  conversations_select: (placed) => drawMenu(placed, [{ label: "", options: channels() }]),
  channels_select: (placed) => drawMenu(placed, [{ label: "", options: channels() }]),
  multi_static_select: (placed) =>
    drawChoices(
      placed,
      groupsOf(placed.element).flatMap((group) => group.options),
      "checkbox",
    ),
  multi_external_select: (placed) => drawChoices(placed, [], "checkbox"),
  multi_users_select: (placed) => drawChoices(placed, people(), "checkbox"),
  multi_conversations_select: (placed) => drawChoices(placed, channels(), "checkbox"),
  multi_channels_select: (placed) => drawChoices(placed, channels(), "checkbox"),
  checkboxes: (placed) =>
    drawChoices(placed, optionsOf(records(placed.element["options"])), "checkbox"),
  radio_buttons: (placed) =>
    drawChoices(placed, optionsOf(records(placed.element["options"])), "radio"),
  datepicker: (placed) => drawInput(placed, "date"),
  timepicker: (placed) => drawInput(placed, "time"),
  datetimepicker: drawDateTime,
  plain_text_input: (placed) =>
    placed.element["multiline"] === true ? drawTextArea(placed) : drawInput(placed, "text"),
  rich_text_input: drawTextArea,
  email_text_input: (placed) => drawInput(placed, "email"),
  url_text_input: (placed) => drawInput(placed, "url"),
  number_input: (placed) => drawInput(placed, "number"),
  file_input: () =>
    h("span", { class: "muted" }, "Files can't be attached here in the playground."),
  feedback_buttons: drawFeedback,
};

/**
 * @typedef {{ words: string, value: string, source: unknown, description?: unknown, text?: unknown }} Option
 */

/**
 * @param {Json[]} options
 * @returns {Option[]}
 */
function optionsOf(options) {
  return options.map((option) => ({
    words: plainWords(option["text"]),
    value: words(option["value"]),
    source: option,
    text: option["text"],
    description: option["description"],
  }));
}

/** @param {Json} element */
function groupsOf(element) {
  const groups = records(element["option_groups"]);
  if (groups.length === 0) return [{ label: "", options: optionsOf(records(element["options"])) }];
  return groups.map((group) => ({
    label: plainWords(group["label"]),
    options: optionsOf(records(group["options"])),
  }));
}

/** @returns {Option[]} */
function people() {
  return workspace()
    .users.filter((person) => !person.isBot)
    .map((person) => ({ words: person.realName, value: person.id, source: person.id }));
}

/** @returns {Option[]} */
function channels() {
  return workspace().allChannels.map((channel) => ({
    words: `#${channel.name}`,
    value: channel.id,
    source: channel.id,
  }));
}

/** @param {Placed} placed */
const idsOf = ({ block, element }) => ({
  blockId: words(block["block_id"]),
  actionId: words(element["action_id"]),
});

/** @param {Placed} placed */
function stateOf(placed) {
  const { blockId, actionId } = idsOf(placed);
  return placed.host.states[blockId]?.[actionId];
}

/**
 * Remembers what is entered, for the payload of this action and of a later submission.
 * @param {Placed} placed
 * @param {Json} state
 */
function remember(placed, state) {
  const { blockId, actionId } = idsOf(placed);
  placed.host.states[blockId] = { ...placed.host.states[blockId], [actionId]: state };
}

/** @param {Placed} placed */
function dispatches({ block }) {
  return block["type"] !== "input" || block["dispatch_action"] === true;
}

/**
 * Sends the action after its confirm question. False when the person backed out.
 * @param {Placed} placed
 * @param {string | string[] | number} [value]
 */
async function send(placed, value) {
  if (!(await isConfirmed(placed))) return false;
  await placed.host.send({ ...idsOf(placed), ...(value === undefined ? {} : { value }) });
  return true;
}

/** @param {Placed} placed */
async function isConfirmed({ element }) {
  const confirm = element["confirm"];
  return (
    typeof confirm !== "object" || confirm === null || askConfirm(/** @type {Json} */ (confirm))
  );
}

/** @param {Placed} placed */
function attributesOf(placed) {
  const { blockId, actionId } = idsOf(placed);
  return {
    "data-focus-key": `${blockId}/${actionId}`,
    "aria-labelledby": placed.labelledBy,
    "aria-describedby": placed.describedBy,
    "aria-label":
      placed.labelledBy === undefined
        ? plainWords(placed.element["placeholder"]) ||
          words(placed.element["type"]).replaceAll("_", " ")
        : undefined,
    autofocus: placed.element["focus_on_load"] === true,
  };
}

/** @param {Placed} placed */
function drawButton(placed) {
  const { element } = placed;
  const kinds = { primary: " button-primary", danger: " button-danger" };
  const style = /** @type {keyof typeof kinds} */ (words(element["style"]));
  const { blockId, actionId } = idsOf(placed);
  const button = h(
    "button",
    {
      type: "button",
      class: `button${kinds[style] ?? ""}`,
      "data-focus-key": `${blockId}/${actionId}`,
      "aria-label": words(element["accessibility_label"]) || undefined,
    },
    plainWords(element["text"]),
  );
  const press = async () => {
    const url = words(element["url"]);
    if (/^https?:/i.test(url)) window.open(url, "_blank", "noreferrer,noopener");
    if (!(await isConfirmed(placed))) return;
    button.setAttribute("aria-busy", "true");
    button.disabled = true;
    await placed.host.send(idsOf(placed)).finally(() => {
      button.removeAttribute("aria-busy");
      button.disabled = false;
    });
  };
  button.addEventListener("click", () => inBackground(press));
  return button;
}

/** @param {Placed} placed */
function drawFeedback(placed) {
  return h(
    "span",
    { class: "element-row" },
    ["positive_button", "negative_button"].map((key) => {
      const inner = /** @type {Json} */ (placed.element[key] ?? {});
      const button = h("button", { type: "button", class: "button" }, plainWords(inner["text"]));
      button.addEventListener("click", () =>
        inBackground(() => send(placed, words(inner["value"]))),
      );
      return button;
    }),
  );
}

/** @param {Placed} placed */
function drawOverflow(placed) {
  const options = optionsOf(records(placed.element["options"]));
  const details = h("details", { class: "overflow" });
  const items = options.map((option) => {
    const item = h(
      "button",
      { type: "button", class: "menu-item", role: "menuitem" },
      option.words,
    );
    item.addEventListener("click", () => {
      details.open = false;
      inBackground(() => send(placed, option.value || option.words));
    });
    return item;
  });
  const { blockId, actionId } = idsOf(placed);
  const summary = h(
    "summary",
    {
      class: "button button-square",
      "aria-label": "More actions",
      "data-focus-key": `${blockId}/${actionId}`,
    },
    icon("more"),
  );
  details.append(summary, h("div", { class: "menu", role: "menu" }, items));
  details.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !details.open) return;
    event.stopPropagation();
    details.open = false;
    summary.focus();
  });
  return details;
}

/** Which key of a state holds the chosen value, by element type. */
const singleKeys = /** @type {Readonly<Record<string, string>>} */ ({
  static_select: "selected_option",
  external_select: "selected_option",
  radio_buttons: "selected_option",
  users_select: "selected_user",
  conversations_select: "selected_conversation",
  channels_select: "selected_channel",
  datepicker: "selected_date",
  timepicker: "selected_time",
});
const manyKeys = /** @type {Readonly<Record<string, string>>} */ ({
  multi_static_select: "selected_options",
  multi_external_select: "selected_options",
  checkboxes: "selected_options",
  multi_users_select: "selected_users",
  multi_conversations_select: "selected_conversations",
  multi_channels_select: "selected_channels",
});

/**
 * The value chosen so far: entered, or the initial one.
 * @param {Placed} placed
 * @returns {unknown}
 */
function chosen(placed) {
  const { element } = placed;
  const type = words(element["type"]);
  const state = stateOf(placed);
  const key = singleKeys[type] ?? manyKeys[type] ?? "value";
  if (state !== undefined) return state[key];
  const initial = { value: "initial_value" }[key] ?? key.replace("selected", "initial");
  return element[initial];
}

/** @param {unknown} value An option object or a plain value. */
const valueOf = (value) =>
  words(typeof value === "object" && value !== null ? /** @type {Json} */ (value)["value"] : value);

/**
 * @param {Placed} placed
 * @param {{ label: string, options: Option[] }[]} groups
 */
function drawMenu(placed, groups) {
  const { element } = placed;
  const type = words(element["type"]);
  const before = valueOf(chosen(placed));
  const drawOption = (/** @type {Option} */ option) =>
    h("option", { value: option.value, selected: option.value === before }, option.words);
  const select = h(
    "select",
    { class: "field field-menu", ...attributesOf(placed) },
    h(
      "option",
      { value: "", disabled: true, selected: before === "" },
      plainWords(element["placeholder"]) || "Choose",
    ),
    groups
      .map(({ label, options }) =>
        label === ""
          ? options.map(drawOption)
          : [h("optgroup", { label }, options.map(drawOption))],
      )
      .flat(),
  );
  const all = groups.flatMap((group) => group.options);
  const choose = async () => {
    const option = all.find((candidate) => candidate.value === select.value);
    remember(placed, { type, [singleKeys[type] ?? "value"]: option?.source ?? null });
    if (dispatches(placed) && !(await send(placed, select.value))) select.value = before;
  };
  select.addEventListener("change", () => inBackground(choose));
  return select;
}

/**
 * Checkboxes, radio buttons, and menus that take several values.
 * @param {Placed} placed
 * @param {Option[]} options
 * @param {"checkbox" | "radio"} kind
 */
function drawChoices(placed, options, kind) {
  const type = words(placed.element["type"]);
  const value = chosen(placed);
  const before = Array.isArray(value) ? value.map(valueOf) : [valueOf(value)];
  const { blockId, actionId } = idsOf(placed);
  const name = `${blockId}/${actionId}/${Math.random()}`;
  const boxes = options.map((option) => {
    const input = h("input", {
      type: kind,
      name,
      value: option.value,
      checked: before.includes(option.value),
      "data-focus-key": `${blockId}/${actionId}/${option.value}`,
    });
    const label =
      option.text === undefined ? [document.createTextNode(option.words)] : drawText(option.text);
    const description = h(
      "span",
      { class: "muted choice-description" },
      drawText(option.description),
    );
    return {
      input,
      option,
      row: h("label", { class: "choice" }, input, h("span", {}, label, description)),
    };
  });
  const changed = () => {
    const picked = boxes.filter(({ input }) => input.checked).map(({ option }) => option);
    const many = manyKeys[type];
    const state = many === undefined ? picked[0]?.source : picked.map((option) => option.source);
    remember(placed, { type, [many ?? singleKeys[type] ?? "value"]: state ?? null });
    const sent = picked.map((option) => option.value);
    if (dispatches(placed))
      inBackground(() => send(placed, many === undefined ? (sent[0] ?? "") : sent));
  };
  const group = h(
    "div",
    {
      class: "choices",
      role: kind === "radio" ? "radiogroup" : "group",
      "aria-labelledby": placed.labelledBy,
    },
    boxes.map(({ row }) => row),
  );
  group.addEventListener("change", changed);
  return group;
}

/**
 * @param {Placed} placed
 * @param {string} inputType
 */
function drawInput(placed, inputType) {
  const { element } = placed;
  const input = h("input", {
    class: "field",
    type: inputType,
    value: words(chosen(placed)),
    placeholder: plainWords(element["placeholder"]) || undefined,
    step: inputType === "number" && element["is_decimal_allowed"] === true ? "any" : undefined,
    autocomplete: "off",
    ...attributesOf(placed),
  });
  rememberTyping(placed, input);
  return input;
}

/** @param {Placed} placed */
function drawTextArea(placed) {
  const { element } = placed;
  const initial = words(chosen(placed));
  const area = h("textarea", {
    class: "field field-area",
    rows: String(Math.min(Math.max(initial.split("\n").length + 1, 6), 18)),
    placeholder: plainWords(element["placeholder"]) || undefined,
    spellcheck: "false",
    ...attributesOf(placed),
  });
  area.value = initial;
  // A person who opens an edit reads from the top.
  area.setSelectionRange(0, 0);
  rememberTyping(placed, area);
  return area;
}

/**
 * @param {Placed} placed
 * @param {HTMLInputElement | HTMLTextAreaElement} input
 */
function rememberTyping(placed, input) {
  const type = words(placed.element["type"]);
  const key = singleKeys[type] ?? "value";
  const state = () =>
    type === "rich_text_input" ? richState(input.value) : { type, [key]: input.value || null };
  input.addEventListener("input", () => remember(placed, state()));
  input.addEventListener("change", () => {
    if (dispatches(placed)) inBackground(() => send(placed, input.value));
  });
}

/** @param {string} text */
function richState(text) {
  const section = { type: "rich_text_section", elements: [{ type: "text", text }] };
  return { type: "rich_text_input", rich_text_value: { type: "rich_text", elements: [section] } };
}

/** @param {Placed} placed */
function drawDateTime(placed) {
  const { element } = placed;
  const seconds = Number(
    stateOf(placed)?.["selected_date_time"] ?? element["initial_date_time"] ?? 0,
  );
  const local =
    seconds === 0
      ? ""
      : new Date(seconds * 1000 - new Date().getTimezoneOffset() * 60_000)
          .toISOString()
          .slice(0, 16);
  const input = h("input", {
    class: "field",
    type: "datetime-local",
    value: local,
    ...attributesOf(placed),
  });
  input.addEventListener("change", () => {
    const value = Math.floor(new Date(input.value).getTime() / 1000);
    remember(placed, { type: "datetimepicker", selected_date_time: value });
    if (dispatches(placed)) inBackground(() => send(placed, value));
  });
  return input;
}
