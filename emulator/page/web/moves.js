// Cards that stand elsewhere now glide there, so that an eye can follow them.

import { still } from "./dom.js";

const MOVE_MS = 420;
/** Further than a screen is no movement that anybody follows. */
const FAR = 1500;

/**
 * Where every node stands.
 * @param {Map<string, HTMLElement>} nodes
 */
export function places(nodes) {
  /** @type {Map<string, DOMRect>} */
  const found = new Map();
  if (still() || document.hidden) return found;
  for (const [key, node] of nodes) if (node.isConnected) found.set(key, node.getBoundingClientRect());
  return found;
}

/**
 * Let each node that was elsewhere come from there.
 * @param {Map<string, HTMLElement>} nodes
 * @param {Map<string, DOMRect>} before
 */
export function glide(nodes, before) {
  for (const [key, from] of before) {
    const node = nodes.get(key);
    if (!node?.isConnected) continue;
    const to = node.getBoundingClientRect();
    const [dx, dy] = [from.left - to.left, from.top - to.top];
    if ((!dx && !dy) || !to.width || !from.width || Math.abs(dx) + Math.abs(dy) > FAR) continue;
    node.animate(
      [{ transform: `translate(${dx}px, ${dy}px)`, zIndex: 2 }, { transform: "none", zIndex: 2 }],
      { duration: MOVE_MS, easing: "cubic-bezier(.2, .8, .2, 1)" },
    );
  }
}
