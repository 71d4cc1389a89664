// The line: queues above, and every caller as a card that moves from stage to stage.

import { attr, byId, h, holdFocus, keyed, say } from "./dom.js";
import { glide, places } from "./moves.js";
import { readable, counted, hearsOf, kindOf, outcomeOf, timeOf } from "./words.js";
import { now, onTick, runs } from "./clock.js";
import { onChange, told } from "./state.js";
import { follow, followed } from "./followed.js";

/** @typedef {import("./state.js").Caller} Caller */
/** @typedef {import("./state.js").Gone} Gone */

const STAGES = {
  arriving: ["ringing", "greeting", "choosing", "recording", "leaving"],
  waiting: ["waiting"],
  offered: ["offered", "deciding", "connecting"],
  talking: ["talking"],
};
const GONE_SHOWN = 14;
/** Silence that somebody would notice. */
const SILENT_MS = 1000;
/** Somebody who waits longer than that stands out. */
const LONG_MS = 60_000;

/** @type {Map<string, HTMLElement>} */
const cards = new Map();

function draw() {
  const before = places(cards);
  const refocus = holdFocus();
  for (const leg of [...cards.keys()]) {
    if (!told.callers.some((caller) => caller.leg === leg)) {
      cards.get(leg)?.remove();
      cards.delete(leg);
    }
  }
  for (const [stage, stages] of Object.entries(STAGES)) {
    const callers = told.callers.filter((caller) => stages.includes(caller.stage));
    callers.sort((a, b) => begin(a) - begin(b));
    keyed(byId(`stage-${stage}`), callers, (caller) => caller.leg, cardOf, drawCard);
    const column = byId(`column-${stage}`);
    say(column.querySelector(".count") ?? column, String(callers.length));
    attr(column, "data-empty", callers.length === 0);
  }
  refocus();
  glide(cards, before);
}

/**
 * Since when the caller is where the card stands.
 * @param {Caller} caller
 */
function begin(caller) {
  if (caller.stage === "talking") return caller.talk_at ?? caller.placed_at;
  if (["waiting", "offered", "deciding", "connecting"].includes(caller.stage)) return caller.queued_at ?? caller.placed_at;
  return caller.placed_at;
}

/** @param {Caller} caller */
function cardOf(caller) {
  const known = cards.get(caller.leg);
  if (known) return known;
  const card = h("li", { class: "card-place" }, h("button", {
    type: "button", class: "card", onclick: () => follow(caller.leg),
  },
  h("span", { class: "card-who" }), h("span", { class: "card-kind" }), h("span", { class: "card-doing" }),
  h("span", { class: "card-hears" }, h("i", { class: "bars", "aria-hidden": "true" }, h("b"), h("b"), h("b")), h("span")),
  h("span", { class: "card-time" })));
  cards.set(caller.leg, card);
  return card;
}

/**
 * @param {HTMLElement} place
 * @param {Caller} caller
 */
function drawCard(place, caller) {
  const card = /** @type {HTMLElement} */ (place.firstElementChild);
  const leg = told.legs[caller.leg];
  attr(card, "data-stage", caller.stage);
  attr(card, "data-hears", leg?.what ?? "");
  attr(card, "aria-current", caller.leg === followed.leg ? "true" : null);
  attr(card, "data-mine", caller.mine);
  const [who, kind, doing, hears, time] = card.children;
  if (!who || !(time instanceof HTMLElement) || !kind || !doing || !hears?.lastElementChild) return;
  say(who, caller.mine ? "You" : readable(caller.name));
  runs(time, begin(caller));
  say(kind, `${caller.mine ? readable(caller.name) : kindOf(caller.kind)} · ${caller.to}`);
  say(doing, doingOf(caller));
  say(hears.lastElementChild, leg ? hearsOf(leg.what, leg.like) : "");
}

/** @param {Caller} caller */
function doingOf(caller) {
  const agent = caller.agent || "an agent";
  switch (caller.stage) {
    case "ringing": return "not answered yet";
    case "greeting": return "answered";
    case "choosing": return "chooses";
    case "recording": return "leaves a message";
    case "waiting": return `queue ${queueOf(caller.queue)}`;
    case "offered": return `rings at ${agent}`;
    case "deciding": return `${agent} hears who calls`;
    case "connecting": return `being connected with ${agent}`;
    case "talking": return `with ${agent}`;
    default: return "leaves the queue";
  }
}

/** @param {string} name */
const queueOf = (name) => told.queues.find((queue) => queue.queue === name)?.title ?? name;

// --- queues, and who has gone

function drawQueues() {
  keyed(byId("queues"), told.queues, (queue) => queue.queue,
    () => h("li", { class: "queue" }, h("b"), h("span", { class: "queue-waiting" }), h("span", { class: "queue-oldest" }),
      h("span", { class: "queue-agents" })),
    (node, queue) => {
      const [title, waiting, oldest, agents] = node.children;
      if (!title || !waiting || !(oldest instanceof HTMLElement) || !agents) return;
      say(title, queue.title);
      say(waiting, queue.waiting ? `${counted(queue.waiting, "waits", "wait")}, the first for` : "nobody waits");
      runs(oldest, queue.oldest);
      say(agents, `${queue.available} of ${counted(queue.agents, "agent")} free`);
      attr(node, "data-waiting", queue.waiting > 0);
    });
}

function drawGone() {
  const gone = told.ended.slice(0, GONE_SHOWN);
  byId("nobody-gone").hidden = gone.length > 0;
  keyed(byId("gone"), gone, (caller) => caller.leg,
    (caller) => h("li", {}, h("button", { type: "button", class: "gone", onclick: () => follow(caller.leg) },
      h("span", { class: "gone-who" }), h("span", { class: "gone-how" }))),
    (node, caller) => {
      const button = /** @type {HTMLElement} */ (node.firstElementChild);
      attr(button, "aria-current", caller.leg === followed.leg ? "true" : null);
      attr(button, "data-outcome", caller.outcome);
      const [who, how] = button.children;
      if (who) say(who, caller.mine ? "You" : readable(caller.name));
      if (how) say(how, caller.agent ? `talked with ${caller.agent}` : outcomeOf(caller.outcome));
    });
}

function drawPaces() {
  keyed(byId("paces"), told.paces, (pace) => pace.name,
    () => h("li", {}, h("span"), h("b"), h("span", { class: "quiet" })),
    (node, pace) => {
      const [name, median, more] = node.children;
      if (name) say(name, pace.name);
      if (median) say(median, `${pace.median} ms`);
      if (more) say(more, `last ${pace.last}, worst ${pace.worst}`);
    });
}

function drawNews() {
  keyed(byId("news"), told.news.toReversed(), (event) => `${event.at} ${event.text}`,
    (event) => h("li", {}, h("time", {}, timeOf(event.at)), " ", readable(event.text)), () => {});
}

/** What stands out after a while: long waits, and silence that nobody should hear. */
function mark() {
  for (const caller of told.callers) {
    const card = cards.get(caller.leg)?.firstElementChild;
    if (!card) continue;
    const leg = told.legs[caller.leg];
    attr(card, "data-silent", leg?.what === "silence" && now() - leg.since > SILENT_MS);
    attr(card, "data-long", caller.stage !== "talking" && now() - begin(caller) > LONG_MS);
  }
}

/** Draw whenever callers move. */
export function startLine() {
  onChange(["callers", "legs", "followed", "queues"], draw);
  onChange(["queues"], drawQueues);
  onChange(["ended", "followed"], drawGone);
  onChange(["paces"], drawPaces);
  onChange(["news"], drawNews);
  onTick(mark);
}
