// The emulator's clock on this side, and the seconds on the page that run by themselves.

import { clockOf, lasting } from "./words.js";

const TICK_MS = 200;
const WINDOW = 30;
/** @type {number[]} how far the emulator's clock was ahead, by the newest events */
const offsets = [];
/** @type {(() => void)[]} */
const tickers = [];

/**
 * An event of the emulator's instant `at` arrived now. The quickest of the last events tells best.
 * @param {number} at
 */
export function heardClock(at) {
  offsets.push(at - Date.now());
  if (offsets.length > WINDOW) offsets.shift();
}

/** The emulator's instant, in milliseconds. */
export const now = () => Date.now() + (offsets.length ? Math.max(...offsets) : 0);

/** @param {() => void} work something to do several times a second */
export function onTick(work) {
  tickers.push(work);
}

/**
 * Let this node show how long ago an instant is, for as long as it is on the page.
 * @param {HTMLElement} node
 * @param {number | null | undefined} since
 */
export function runs(node, since) {
  const text = since ? String(since) : "";
  if (node.dataset.since === text) return;
  node.dataset.since = text;
  show(node);
}

/** @param {HTMLElement} node */
function show(node) {
  const since = Number(node.dataset.since);
  const text = since ? clockOf(Math.max(0, now() - since)) : "";
  if (node.textContent === text) return;
  node.textContent = text;
  node.title = since ? `for ${lasting(now() - since)}` : "";
}

function tick() {
  if (!document.hidden) {
    for (const node of document.querySelectorAll("[data-since]")) {
      if (node instanceof HTMLElement) show(node);
    }
  }
  for (const work of tickers) work();
}

setInterval(tick, TICK_MS);
