// Elements in a few words. Text is only ever text: nothing a caller is called can become markup.

/** @typedef {Node | string | number | null | undefined | false} Child */
/** @typedef {Record<string, string | number | boolean | null | undefined | ((event: any) => void)>} Props */

/**
 * A new element: `on...` are listeners, the rest attributes; null, undefined and false are left out.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Props} [props]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === "function") node.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) {
      node.setAttribute(name, value === true ? "" : String(value));
    }
  }
  node.append(...children.filter(isChild).map((child) => (typeof child === "number" ? String(child) : child)));
  return node;
}

/**
 * @param {Child} child
 * @returns {child is Node | string | number}
 */
const isChild = (child) => child !== null && child !== undefined && child !== false;

/**
 * An icon of icons.svg, for eyes only.
 * @param {string} name
 */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `/page/web/icons.svg#${name}`);
  svg.append(use);
  return svg;
}

/**
 * The element with this id. Throws when the page has none.
 * @param {string} id
 */
export function byId(id) {
  const node = document.getElementById(id);
  if (!node) throw new Error(`the page has no #${id}`);
  return node;
}

/**
 * Change a text only if it is another one, so that a selection and a screen reader are left alone.
 * @param {Element} node
 * @param {string} text
 */
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * Set or take away an attribute, only if that changes it.
 * @param {Element} node
 * @param {string} name
 * @param {string | number | boolean | null | undefined} value
 */
export function attr(node, name, value) {
  if (value === null || value === undefined || value === false) node.removeAttribute(name);
  else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, String(value));
}

/**
 * Let the children of `parent` be one node per item, in this order. Nodes live as long as their
 * key does, so that focus, open details and animations survive.
 * @template Item
 * @param {Element} parent
 * @param {Item[]} items
 * @param {(item: Item) => string} keyOf
 * @param {(item: Item) => HTMLElement} make
 * @param {(node: HTMLElement, item: Item) => void} draw
 */
export function keyed(parent, items, keyOf, make, draw) {
  /** @type {Map<string, HTMLElement>} */
  const here = new Map();
  for (const child of parent.children) {
    if (child instanceof HTMLElement && child.dataset.key) here.set(child.dataset.key, child);
  }
  const refocus = holdFocus();
  let place = 0;
  for (const item of items) {
    const key = keyOf(item);
    let node = here.get(key);
    if (!node) {
      node = make(item);
      node.dataset.key = key;
    }
    here.delete(key);
    if (parent.children[place] !== node) parent.insertBefore(node, parent.children[place] ?? null);
    draw(node, item);
    place += 1;
  }
  for (const node of here.values()) node.remove();
  refocus();
}

/**
 * A node that is moved loses the focus: call what this returns afterwards, and it has it again.
 * @returns {() => void}
 */
export function holdFocus() {
  const focused = document.activeElement;
  return () => {
    if (focused instanceof HTMLElement && focused !== document.activeElement && focused.isConnected) {
      focused.focus({ preventScroll: true });
    }
  };
}

/** Whether the person wants things to stay where they are. */
export const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
