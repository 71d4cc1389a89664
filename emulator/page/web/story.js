// The followed contact: who it is, what each party heard, every line of it, and why.

import { ask } from "./act.js";
import { attr, byId, h, keyed, say } from "./dom.js";
import { readable, kindOf, lasting, outcomeOf, timeOf } from "./words.js";
import { callerOf, onChange } from "./state.js";
import { drawLanes, startLanes } from "./lanes.js";
import { drawTracks } from "./tracks.js";
import { drawWhy, startWhy } from "./why.js";
import { follow, followAnybody, followed } from "./followed.js";
import { now, onTick } from "./clock.js";

/**
 * @typedef {object} Line
 * @property {number} at
 * @property {string} lane phones, service, requests or notifications
 * @property {string} text
 * @property {number} [seq]
 * @property {string} [whose]
 * @property {number} [status]
 * @property {string} [note]
 * @property {number} [ms]
 * @property {string} [kind]
 * @property {{what: string, sound: string | null, ms: number | null, until: number | null}} [heard]
 *
 * @typedef {object} Span
 * @property {string} leg
 * @property {string} party
 * @property {string} what
 * @property {string} like
 * @property {string | null} sound
 * @property {number | null} ms
 * @property {number} from
 * @property {number | null} until
 *
 * @typedef {{at: number, agent: string, outcome: string, sentences: string[]}} Offer
 *
 * @typedef {object} Story
 * @property {string} leg
 * @property {string} name
 * @property {string} kind
 * @property {string} to
 * @property {string} label
 * @property {number} placed_at
 * @property {number | null} ended_at
 * @property {number | null} talk_at
 * @property {string} outcome
 * @property {string} queue
 * @property {string} delivery
 * @property {string} agent
 * @property {number | null} wait_ms
 * @property {boolean} known
 * @property {boolean} service
 * @property {Span[]} heard
 * @property {Line[]} lines
 * @property {Offer[]} offers
 * @property {string} note
 * @property {{upn: string, name: string}[]} agents
 */

const LIVE_MS = 600;
/** The last words of a contact come late: a call record, a quarter of an hour after the talk. */
const SOON_MS = 10_000;
const LATE_MS = 5000;
/** @type {Story | null} */
let story = null;
let askedAt = 0;
let asking = false;

async function read() {
  const leg = followed.leg;
  if (!leg || asking) return;
  asking = true;
  askedAt = now();
  const answer = await ask(`/page/contacts/${encodeURIComponent(leg)}`);
  asking = false;
  if (leg !== followed.leg) void read();
  else if (answer) {
    story = answer;
    draw();
  }
}

function draw() {
  byId("story-none").hidden = story !== null;
  byId("story-body").hidden = story === null;
  if (!story) return;
  drawHead(story);
  drawTracks(story);
  drawLanes(story);
  drawWhy(story);
}

/** @param {Story} of */
function drawHead(of) {
  say(byId("story-name"), readable(of.name));
  say(byId("story-kind"), [kindOf(of.kind), of.label].filter(Boolean).join(" · "));
  const state = byId("story-state");
  say(state, of.outcome === "open" ? "on the line" : of.outcome === "talks" ? "talks" : outcomeOf(of.outcome));
  attr(state, "data-outcome", of.outcome);
  const end = of.ended_at ?? now();
  /** @type {[string, string][]} */
  const facts = [
    ["called", of.to], ["at", timeOf(of.placed_at)], ["queue", of.queue], ["connects by", of.delivery.replace("_", " ")],
    ["agent", of.agent], ["waited", lasting(of.wait_ms)], ["talked", of.talk_at ? lasting(end - of.talk_at) : ""],
    ["in all", lasting(end - of.placed_at)],
  ];
  keyed(byId("story-facts"), facts.filter(([, value]) => value), ([name]) => name,
    ([name]) => h("div", {}, h("dt", {}, name), h("dd")),
    (node, [, value]) => { if (node.lastElementChild) say(node.lastElementChild, value); });
  byId("story-anybody").hidden = !followed.pinned;
}

/** A live contact is read again and again, one that has ended less often. */
function tick() {
  if (document.hidden || !followed.leg) return;
  const fresh = !story || story.leg !== followed.leg;
  const open = fresh || callerOf(followed.leg) !== undefined || story?.ended_at === null;
  const soon = open || now() - (story?.ended_at ?? 0) < SOON_MS || story?.service === false;
  if (now() - askedAt > (soon ? LIVE_MS : LATE_MS)) void read();
}

/** Show whatever contact is followed. */
export function startStory() {
  startLanes(draw);
  startWhy(() => followed.leg);
  byId("story-anybody").addEventListener("click", followAnybody);
  // Who reads a story does not want to lose it to the next caller.
  byId("story-columns").addEventListener("click", () => { if (followed.leg) follow(followed.leg); });
  onChange(["followed"], () => {
    if (story?.leg !== followed.leg) {
      story = null;
      draw();
      void read();
    } else draw();
  });
  onTick(tick);
  draw();
}
