// The live feed: one stream of what changed. Whoever connects, again too, is told everything first.

import { heardClock } from "./clock.js";
import { announce, take, told } from "./state.js";

const AGAIN_MS = 1000;
/** Browsers allow six connections to a server: a tab that nobody sees gives its own back. */
const HIDDEN_MS = 15_000;

export const line = { connected: false };
/** @type {EventSource | null} */
let source = null;
let hiddenTimer = 0;
/** @type {() => boolean} */
let needed = () => false;

/**
 * Connect, and stay connected while somebody looks or `listens`.
 * @param {() => boolean} listens
 */
export function connect(listens) {
  needed = listens;
  open();
  document.addEventListener("visibilitychange", () => {
    clearTimeout(hiddenTimer);
    if (!document.hidden) open();
    else hiddenTimer = setTimeout(() => { if (!needed()) close(); }, HIDDEN_MS);
  });
}

function open() {
  if (source && source.readyState !== EventSource.CLOSED) return;
  source = new EventSource("/page/feed");
  source.addEventListener("state", (event) => receive(JSON.parse(event.data)));
  source.addEventListener("error", () => {
    is(false);
    if (source?.readyState === EventSource.CLOSED) setTimeout(open, AGAIN_MS);
  });
}

function close() {
  source?.close();
  source = null;
}

/** @param {{now: number, changed: Partial<import("./state.js").Sections>}} event */
function receive(event) {
  heardClock(event.now);
  const boot = event.changed.cast?.boot;
  if (boot && told.cast.boot && boot !== told.cast.boot) {
    location.assign("/"); // another emulator answers at this address: its people are others
    return;
  }
  is(true);
  take(event.changed);
}

/** @param {boolean} connected */
function is(connected) {
  if (line.connected === connected) return;
  line.connected = connected;
  announce(["connected"]);
}
