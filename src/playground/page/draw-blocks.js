// Draws the blocks of a message, a modal or the Home tab.

/** @typedef {Readonly<Record<string, unknown>>} Json */
/** @import { Host } from "./draw-elements.js" */
import { h } from "./dom.js";
import { drawElement, records } from "./draw-elements.js";
import { drawParts, drawText, plainWords } from "./draw-text.js";
import { readMarkdown } from "./markdown.js";
import { readRichText } from "./rich-text.js";

/** @param {unknown} value */
const words = (value) => (typeof value === "string" ? value : "");

/**
 * @param {unknown} value
 * @returns {Json | undefined}
 */
const record = (value) =>
  typeof value === "object" && value !== null ? /** @type {Json} */ (value) : undefined;

/**
 * @param {unknown} blocks
 * @param {Host} host
 * @param {Readonly<Record<string, string>>} [errors] By block_id.
 * @returns {Node[]}
 */
export function drawBlocks(blocks, host, errors = {}) {
  return records(blocks).map((block) => drawBlock(block, host, errors[words(block["block_id"])]));
}

/**
 * @param {Json} block
 * @param {Host} host
 * @param {string | undefined} error
 * @returns {Node}
 */
function drawBlock(block, host, error) {
  const draw = (/** @type {unknown} */ element) => {
    const found = record(element);
    return found === undefined ? h("span") : drawElement({ element: found, block, host });
  };
  switch (block["type"]) {
    case "header":
      return h("h3", { class: "block block-header" }, plainWords(block["text"]));
    case "section":
      return drawSection(block, draw);
    case "context":
      return h(
        "div",
        { class: "block block-context" },
        records(block["elements"]).map((element) => drawContext(element)),
      );
    case "divider":
      return h("hr", { class: "block block-divider" });
    case "actions":
    case "context_actions":
      return h("div", { class: "block element-row" }, records(block["elements"]).map(draw));
    case "rich_text":
      return h("div", { class: "block" }, drawParts(readRichText(block)));
    case "markdown":
      return h("div", { class: "block" }, drawParts(readMarkdown(words(block["text"]))));
    case "table":
    case "data_table":
      return drawTable(block);
    case "input":
      return drawInputBlock(block, host, error);
    case "plan":
      return drawPlan(block);
    case "task_card":
      return h("ul", { class: "block tasks" }, drawTask(block));
    case "alert":
      return h(
        "div",
        { class: `block alert alert-${words(block["level"]) || "default"}`, role: "note" },
        drawText(block["text"]),
      );
    case "image":
      return h("p", { class: "block image-alt" }, words(block["alt_text"]));
    case "container":
      return h(
        "div",
        { class: "block card" },
        h("h4", {}, plainWords(block["title"])),
        drawBlocks(block["child_blocks"], host),
      );
    case "card":
      return h(
        "div",
        { class: "block card" },
        h("h4", {}, drawText(block["title"])),
        h("div", { class: "muted" }, drawText(block["subtitle"])),
        h("div", {}, drawText(block["body"])),
        h("div", { class: "element-row" }, records(block["actions"]).map(draw)),
      );
    default:
      return h(
        "p",
        { class: "block muted" },
        `(a ${words(block["type"])} block, which the playground does not draw)`,
      );
  }
}

/**
 * @param {Json} block
 * @param {(element: unknown) => Node} draw
 */
function drawSection(block, draw) {
  const fields = records(block["fields"]);
  const main = h(
    "div",
    { class: "section-main" },
    h("div", {}, drawText(block["text"])),
    fields.length === 0
      ? null
      : h(
          "div",
          { class: "fields" },
          fields.map((field) => h("div", { class: "field-cell" }, drawText(field))),
        ),
  );
  const accessory = record(block["accessory"]);
  return h(
    "div",
    { class: "block section" },
    main,
    accessory === undefined ? null : h("div", { class: "section-accessory" }, draw(accessory)),
  );
}

/** @param {Json} element */
function drawContext(element) {
  if (element["type"] === "image")
    return h("span", { class: "image-alt" }, words(element["alt_text"]));
  return h("span", {}, drawText(element));
}

/** @param {Json} block */
function drawTable(block) {
  const rows = Array.isArray(block["rows"]) ? block["rows"] : [];
  const settings = Array.isArray(block["column_settings"]) ? block["column_settings"] : [];
  const [head, ...body] = rows.map((row) => records(row));
  const align = (/** @type {number} */ index) =>
    `cell-${words(record(settings[index])?.["align"]) || "left"}`;
  return h(
    "div",
    {
      class: "block table-frame",
      tabindex: "0",
      role: "region",
      "aria-label": words(block["caption"]) || "Table",
    },
    h(
      "table",
      {},
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          (head ?? []).map((cell, index) =>
            h("th", { scope: "col", class: align(index) }, drawCell(cell)),
          ),
        ),
      ),
      h(
        "tbody",
        {},
        body.map((row) =>
          h(
            "tr",
            {},
            row.map((cell, index) => h("td", { class: align(index) }, drawCell(cell))),
          ),
        ),
      ),
    ),
  );
}

/** @param {Json} cell */
function drawCell(cell) {
  return cell["type"] === "rich_text"
    ? drawParts(readRichText(cell))
    : [document.createTextNode(words(cell["text"]))];
}

let labels = 0;

/**
 * @param {Json} block
 * @param {Host} host
 * @param {string | undefined} error
 */
function drawInputBlock(block, host, error) {
  labels += 1;
  const labelId = `label-${labels}`;
  const helpId = `help-${labels}`;
  const element = record(block["element"]) ?? {};
  const optional = block["optional"] === true ? h("span", { class: "muted" }, " (optional)") : null;
  return h(
    "div",
    { class: error === undefined ? "block input-block" : "block input-block input-wrong" },
    h("div", { class: "input-label", id: labelId }, plainWords(block["label"]), optional),
    drawElement({ element, block, host, labelledBy: labelId, describedBy: helpId }),
    h(
      "div",
      { class: "input-help", id: helpId },
      error === undefined ? null : h("span", { class: "input-error", role: "alert" }, error),
      block["hint"] === undefined ? null : h("span", { class: "muted" }, plainWords(block["hint"])),
    ),
  );
}

/** @param {Json} block */
function drawPlan(block) {
  return h(
    "section",
    { class: "block card", "aria-label": words(block["title"]) },
    h("h4", { class: "plan-title" }, words(block["title"])),
    h("ul", { class: "tasks" }, records(block["tasks"]).map(drawTask)),
  );
}

const marks = /** @type {Readonly<Record<string, [string, string]>>} */ ({
  pending: ["○", "waiting"],
  in_progress: ["◐", "running"],
  complete: ["✓", "done"],
  error: ["✕", "failed"],
});

/** @param {Json} task */
function drawTask(task) {
  const status = words(task["status"]);
  const [mark, meaning] = marks[status] ?? ["○", status];
  const more = ["details", "output"].flatMap((key) => {
    const block = record(task[key]);
    return block === undefined
      ? []
      : [h("div", { class: "task-more" }, drawParts(readRichText(block)))];
  });
  return h(
    "li",
    { class: `task task-${status}` },
    h("span", { class: "task-mark", role: "img", "aria-label": meaning }, mark),
    h("div", {}, h("span", { class: "task-title" }, words(task["title"])), more),
  );
}
