// The agents: where they are, what their phones do, and the hands to play any of them.

import { act } from "./act.js";
import { attr, byId, h, icon, keyed, say } from "./dom.js";
import { readable, initials, presenceOf, stateOf } from "./words.js";
import { callerOf, onChange, told } from "./state.js";
import { glide, places } from "./moves.js";
import { follow } from "./followed.js";
import { keypad } from "./keypad.js";
import { runs } from "./clock.js";

/** @typedef {import("./state.js").Agent} Agent */

const KNOWN_TO_TEAMS = { Busy: "busy", DoNotDisturb: "dnd", Available: "free", Away: "away", BeRightBack: "away" };
/** @type {Map<string, HTMLElement>} */
const rows = new Map();

function draw() {
  const before = places(rows);
  const sorted = told.agents.toSorted((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
  keyed(byId("agent-list"), sorted, (agent) => agent.upn, make, drawAgent);
  glide(rows, before);
  const ringing = told.agents.filter((agent) => phoneOf(agent)?.state === "ringing").length;
  const badge = byId("agents-badge");
  say(badge, ringing ? String(ringing) : "");
  attr(badge, "hidden", ringing === 0);
}

/**
 * Whom somebody plays, then whose phone rings, then who is on a call, then the others.
 * @param {Agent} agent
 */
function rank(agent) {
  if (agent.played) return 0;
  const leg = phoneOf(agent);
  return !leg ? 3 : leg.state === "ringing" ? 1 : 2;
}

/** @param {Agent} agent */
const phoneOf = (agent) => (agent.leg ? told.legs[agent.leg] : undefined);

/** @param {string} upn */
const agentNow = (upn) => told.agents.find((agent) => agent.upn === upn);

/** @param {Agent} agent */
function make(agent) {
  const upn = agent.upn;
  const play = h("button", { type: "button", class: "play", onclick: () => toggle(upn) }, icon("hand"), h("span"));
  const presence = /** @type {HTMLSelectElement} */ (h("select", {
    class: "presence-choice", "aria-label": `Presence of ${agent.name}`,
    onchange: (/** @type {Event} */ event) => {
      const chosen = /** @type {HTMLSelectElement} */ (event.target).value;
      void act("presence", { agent: upn, presence: chosen });
    },
  }));
  const node = h("li", { class: "agent" },
    h("div", { class: "agent-row" },
      h("span", { class: "avatar", "aria-hidden": "true" }, initials(agent.name), h("i")),
      h("div", { class: "agent-who" }, h("b", {}, agent.name), h("span", { class: "agent-is" }, h("span"), " ", h("span", { class: "agent-for" }))),
      play),
    h("div", { class: "agent-phone", hidden: true },
      h("p", { class: "agent-doing" }, h("span"), " ", h("button", { type: "button", class: "link", onclick: () => followCaller(upn) })),
      h("div", { class: "ring-acts" },
        button("answer", "Answer", "phone", "good", upn), button("decline", "Decline", "decline", "bad", upn),
        button("ignore", "Ignore", "ignore", "", upn), button("voicemail", "Voicemail", "voicemail", "", upn)),
      h("div", { class: "talk-acts" }, keypad(() => agentNow(upn)?.leg ?? null, agent.name),
        button("hang_up", "Hang up", "hang-up", "bad", upn))),
    h("div", { class: "agent-hands", hidden: true }, h("label", {}, "Presence ", presence)));
  rows.set(upn, node);
  return node;
}

/**
 * @param {string} what
 * @param {string} word
 * @param {string} picture
 * @param {string} kind
 * @param {string} upn
 */
function button(what, word, picture, kind, upn) {
  return h("button", {
    type: "button", class: `act ${kind}`, "data-act": what,
    onclick: () => {
      const leg = agentNow(upn)?.leg;
      if (leg) void act(what, { leg });
    },
  }, icon(picture), word);
}

/** @param {string} upn */
function toggle(upn) {
  const agent = agentNow(upn);
  if (!agent) return;
  void act("play", { agent: upn, on: !agent.played });
}

/** @param {string} upn */
function followCaller(upn) {
  const caller = agentNow(upn)?.caller;
  if (caller) follow(caller);
}

/**
 * @param {HTMLElement} node
 * @param {Agent} agent
 */
function drawAgent(node, agent) {
  const leg = phoneOf(agent);
  const ringing = leg?.state === "ringing";
  attr(node, "data-presence", KNOWN_TO_TEAMS[/** @type {keyof typeof KNOWN_TO_TEAMS} */ (agent.availability)] ?? "off");
  attr(node, "data-phone", leg?.state ?? "");
  attr(node, "data-played", agent.played);
  const [row, phone, hands] = /** @type {HTMLElement[]} */ ([...node.children]);
  if (!row || !phone || !hands) return;
  drawRow(row, agent);
  phone.hidden = !leg;
  if (leg) drawPhone(phone, agent, leg, ringing);
  hands.hidden = !agent.played;
  drawPresence(/** @type {HTMLSelectElement} */ (hands.querySelector("select")), agent);
}

/**
 * @param {HTMLElement} row
 * @param {Agent} agent
 */
function drawRow(row, agent) {
  const [is, since] = row.querySelectorAll(".agent-is > span");
  const shown = presenceOf(agent.activity === agent.availability ? agent.availability : agent.activity);
  const said = agent.why_not || (agent.state && agent.state !== "idle" ? stateOf(agent.state) : "");
  // In a call by Teams and by the service: once is enough.
  if (is) say(is, !said ? shown : shown === "In a call" && said === "on a call" ? "On a call" : `${shown} · ${said}`);
  if (since instanceof HTMLElement) runs(since, agent.state && agent.state !== "idle" ? agent.since : null);
  const play = /** @type {HTMLElement} */ (row.querySelector(".play"));
  attr(play, "aria-pressed", String(agent.played));
  attr(play, "aria-label", agent.played ? `Give ${agent.name} back to the script` : `Play ${agent.name}`);
  attr(play, "title", agent.played ? "You play this agent: give the agent back to the script" : "Play this agent yourself");
  if (play.lastElementChild) say(play.lastElementChild, agent.played ? "You" : "");
}

/** @param {import("./state.js").Leg} leg */
function doingOf(leg) {
  if (leg.state === "ringing") return "Rings for";
  if (leg.what === "talk") return "Talks with";
  return leg.what === "prompt" ? "Hears about" : "Is there for";
}

/**
 * @param {HTMLElement} phone
 * @param {Agent} agent
 * @param {import("./state.js").Leg} leg
 * @param {boolean} ringing
 */
function drawPhone(phone, agent, leg, ringing) {
  const [words, who] = phone.querySelectorAll(".agent-doing > *");
  const caller = callerOf(agent.caller);
  if (words) say(words, doingOf(leg));
  if (who) say(who, caller ? readable(caller.name) : leg.with.map(readable).join(", ") || "a caller");
  const [ring, talk] = /** @type {HTMLElement[]} */ ([...phone.querySelectorAll(".ring-acts, .talk-acts")]);
  if (ring) ring.hidden = !ringing;
  if (talk) talk.hidden = ringing || !agent.played;
  // Voicemail has no phone to ring: what Teams would refuse is not offered.
  phone.querySelector("[data-act=voicemail]")?.toggleAttribute("disabled", ringing && leg.via === "invite" && !joins());
}

const joins = () => told.switches.some((row) => row.name === "voicemail_invite" && row.value === "joins");

/**
 * @param {HTMLSelectElement} select
 * @param {Agent} agent
 */
function drawPresence(select, agent) {
  const choices = told.cast.presences;
  if (select.options.length !== choices.length) {
    select.replaceChildren(...choices.map((choice) => h("option", { value: choice }, presenceOf(choice))));
  }
  const shown = choices.includes(agent.activity) ? agent.activity : agent.availability;
  if (document.activeElement !== select && choices.includes(shown)) select.value = shown;
}

/** Draw whenever agents or their phones change. */
export function startAgents() {
  onChange(["agents", "legs", "callers", "cast", "switches"], draw);
}
