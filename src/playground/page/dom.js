// Makes elements. Text only ever becomes a text node: nothing here, or anywhere in the page, parses HTML.

/** @typedef {Node | string | null | undefined | false} Child */

/**
 * An element with attributes, listeners ("onclick") and children.
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {Readonly<Record<string, unknown>>} [attributes]
 * @param {...(Child | Child[])} children
 * @returns {HTMLElementTagNameMap[Name]}
 */
export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === "function") {
      element.addEventListener(key.slice(2), /** @type {EventListener} */ (value));
    } else {
      element.setAttribute(key, value === true ? "" : `${/** @type {string | number} */ (value)}`);
    }
  }
  add(element, children);
  return element;
}

/**
 * @param {Element} parent
 * @param {readonly (Child | Child[])[]} children
 */
export function add(parent, children) {
  for (const child of children.flat()) {
    if (child !== null && child !== undefined && child !== false) parent.append(child);
  }
}

/**
 * Gives an element new children.
 * @param {Element} parent
 * @param {...(Child | Child[])} children
 */
export function fill(parent, ...children) {
  parent.replaceChildren();
  add(parent, children);
}

/**
 * The element of index.html with this id.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`The page has no #${id}.`);
  return element;
}

/**
 * @param {string} id
 * @returns {HTMLDialogElement}
 */
export function dialogById(id) {
  return /** @type {HTMLDialogElement} */ (byId(id));
}

/** Outlines of the icons, drawn in a 20 by 20 box. */
const shapes = {
  hash: "M7.5 3 6 17M14 3l-1.5 14M3.5 7.5h13M3 12.5h13",
  lock: "M5 9h10v8H5zM7 9V6a3 3 0 0 1 6 0v3",
  home: "M3 9.5 10 3l7 6.5M5 8.5V17h10V8.5M8.5 17v-4.500h3V17",
  chat: "M3 4h14v10H9l-4 3v-3H3z",
  reply: "M8 5 3 10l5 5M3 10h9a5 5 0 0 1 5 5v1",
  link: "M8.500 11.500a3 3 0 0 0 4.200 0l2.500-2.500a3 3 0 0 0-4.200-4.200L10 5.800M11.500 8.500a3 3 0 0 0-4.200 0L4.800 11a3 3 0 0 0 4.200 4.200l1-1",
  close: "M5 5l10 10M15 5 5 15",
  send: "M3 10 17 4l-4 13-3.500-5.500zM9.500 11.500 17 4",
  file: "M5 3h7l3 3v11H5zM12 3v3h3M7.500 10h5M7.500 13h5",
  more: "M5 10h.01M10 10h.01M15 10h.01",
  eye: "M2.500 10S5.500 5 10 5s7.500 5 7.500 5-3 5-7.500 5-7.500-5-7.500-5zM10 8a2 2 0 1 1 0 4 2 2 0 0 1 0-4z",
  back: "M12 4l-6 6 6 6",
  globe: "M10 3a7 7 0 1 1 0 14 7 7 0 0 1 0-14zM3 10h14M10 3c4 4 4 10 0 14M10 3c-4 4-4 10 0 14",
  bolt: "M11 2 4 12h5l-1 6 7-10h-5z",
  menu: "M3 5h14M3 10h14M3 15h14",
};

/**
 * @param {keyof typeof shapes} name
 * @returns {SVGSVGElement}
 */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", shapes[name]);
  svg.append(path);
  return svg;
}
