// Called back: the phone of whoever somebody on this page called as rings, and is theirs to answer.

import { act, toast } from "./act.js";
import { byId, h, icon, keyed, say } from "./dom.js";
import { hearsOf, readable } from "./words.js";
import { keypad } from "./keypad.js";
import { onChange, told } from "./state.js";

/** @typedef {import("./state.js").Rung} Rung */

/** @type {Set<string>} */
const announced = new Set();

/** @param {Rung} rung */
const rings = (rung) => `Your phone (${readable(rung.name)}) rings: ${rung.by || "somebody"} calls`;

/** @param {Rung} rung */
function make({ leg }) {
  const button = (/** @type {string} */ what, /** @type {string} */ word, /** @type {string} */ picture, /** @type {string} */ kind) =>
    h("button", { type: "button", class: `act ${kind}`, "data-act": what, onclick: () => { void act(what, { leg }); } }, icon(picture), word);
  return h("li", { class: "rung-phone" },
    h("p", { role: "status" }, h("b"), " ", h("span", { class: "quiet" })),
    h("div", { class: "ring-acts" }, button("answer", "Answer", "phone", "good"), button("decline", "Decline", "decline", "bad")),
    h("div", { class: "talk-acts" }, keypad(() => leg, "the phone that was called back"), button("hang_up", "Hang up", "hang-up", "bad")));
}

/**
 * @param {HTMLElement} node
 * @param {Rung} rung
 */
function drawRung(node, rung) {
  const ringing = rung.state === "ringing";
  const leg = told.legs[rung.leg];
  const [words, hears] = /** @type {HTMLElement[]} */ ([...node.querySelectorAll("p > *")]);
  if (words) say(words, ringing ? rings(rung) : `You talk as ${readable(rung.name)}`);
  if (hears) say(hears, ringing || !leg ? "" : `you hear: ${hearsOf(leg.what, leg.like)}`);
  const [ring, talk] = /** @type {HTMLElement[]} */ ([...node.querySelectorAll(".ring-acts, .talk-acts")]);
  if (ring) ring.hidden = !ringing;
  if (talk) talk.hidden = ringing;
}

function draw() {
  byId("rung").hidden = told.rung.length === 0;
  keyed(byId("rung-list"), told.rung, (rung) => rung.leg, make, drawRung);
  for (const rung of told.rung) {
    if (rung.state !== "ringing" || announced.has(rung.leg)) continue;
    announced.add(rung.leg);
    toast(rings(rung)); // the phone may be out of sight
  }
}

/** Draw whenever a phone is called back, or what it hears changes. */
export function startRung() {
  onChange(["rung", "legs"], draw);
}
