// What each party of a contact heard, side by side on one axis of time. A prompt can be played again.

import { attr, byId, h, keyed, say } from "./dom.js";
import { readable, hearsOf, lasting, timeOf } from "./words.js";
import { clipNow, path } from "./clips.js";
import { now } from "./clock.js";
import { replay } from "./ear.js";

/** @typedef {import("./story.js").Span} Span */
/** @typedef {import("./story.js").Story} Story */

const SVG = "http://www.w3.org/2000/svg";
/** Narrower than that and there is no room for a shape. */
const SHAPE_MS = 250;

/** @param {Story} story */
export function drawTracks(story) {
  const end = story.ended_at ?? now();
  const whole = Math.max(1000, end - story.placed_at);
  /** @type {Map<string, Span[]>} */
  const tracks = new Map();
  for (const span of story.heard) tracks.set(span.leg, [...(tracks.get(span.leg) ?? []), span]);
  keyed(byId("tracks"), [...tracks], ([leg]) => leg,
    () => h("li", {}, h("span", { class: "track-who" }), h("div", { class: "track" })),
    (node, [leg, spans]) => {
      const [who, bar] = node.children;
      if (!who || !bar) return;
      const party = spans[0]?.party ?? "";
      say(who, leg === story.leg ? "Caller" : party);
      attr(who, "title", readable(party));
      keyed(bar, spans, (span) => `${span.from}`, make, (part, span) => place(part, span, story.placed_at, whole, end));
    });
  say(byId("tracks-from"), timeOf(story.placed_at));
  say(byId("tracks-until"), story.ended_at ? timeOf(story.ended_at) : "now");
}

/** @param {Span} span */
function make(span) {
  const can = span.sound !== null;
  return h(can ? "button" : "span", { class: "span", "data-what": span.what, "data-like": span.like, type: can ? "button" : null,
    tabindex: can ? "-1" : null, // the lanes offer the same, once for each line
    onclick: () => { if (span.sound) void replay(span.sound); } });
}

/**
 * @param {HTMLElement} part
 * @param {Span} span
 * @param {number} start
 * @param {number} whole
 * @param {number} end
 */
function place(part, span, start, whole, end) {
  const lasts = (span.until ?? end) - span.from;
  part.style.left = `${(100 * Math.max(0, span.from - start)) / whole}%`;
  part.style.width = `${(100 * lasts) / whole}%`;
  const words = `${hearsOf(span.what, span.like)}, ${lasting(lasts)}${span.until ? "" : " so far"}`;
  attr(part, "title", span.sound ? `${words}: play it again` : words);
  attr(part, "aria-label", words);
  const shape = clipNow(span.sound);
  if (!shape || lasts < SHAPE_MS) return;
  // A shape is drawn anew only when it has grown by a visible piece.
  const grown = String(span.until ? lasts : Math.round(lasts / 500));
  if (part.dataset.drawn === grown) return;
  part.dataset.drawn = grown;
  part.replaceChildren(drawing(path(shape, 0, lasts, 100)));
}

/** @param {string} d */
function drawing(d) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 100 2");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  const shape = document.createElementNS(SVG, "path");
  shape.setAttribute("d", d);
  svg.append(shape);
  return svg;
}
