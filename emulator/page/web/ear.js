// Listening: one click, then this page hears what one party of the followed call hears.

import { attr, byId, h, icon, keyed, say } from "./dom.js";
import { callerOf, onChange, told } from "./state.js";
import { clipNow, loudness, path } from "./clips.js";
import { followAnybody, followed } from "./followed.js";
import { readable, hearsOf, lasting } from "./words.js";
import { now, onTick, runs } from "./clock.js";
import { Player } from "./player.js";

const PLAYED_KEPT = 30;
const WIDTH = 100;
/** @type {{on: boolean, whose: string}} whose: auto, caller or agent */
export const ear = { on: false, whose: "auto" };
/** @typedef {{id: number, who: string, what: string, ms: number, from: number, ended: boolean}} Played */
/** @type {Played[]} */
const played = [];
/** @type {WeakMap<import("./player.js").Want, Played>} */
const entries = new WeakMap();
let count = 0;
let drawnWave = "";

const player = new Player({
  started: (want, offset) => {
    count += 1;
    const who = told.legs[want.leg]?.who ?? "";
    const entry = { id: count, who, what: want.label, ms: want.ms, from: offset, ended: false };
    entries.set(want, entry);
    played.unshift(entry);
    played.length = Math.min(played.length, PLAYED_KEPT);
    drawPlayed();
  },
  ended: (want) => {
    const entry = entries.get(want);
    if (entry) entry.ended = true;
    drawPlayed();
  },
  refused: () => listen(false),
});

/** @param {boolean} on */
export function listen(on) {
  ear.on = on;
  hear();
  draw();
}

/**
 * The phone to which this page listens; empty: none.
 * @returns {string}
 */
export function heardLeg() {
  const caller = callerOf(followed.leg);
  if (!caller) return "";
  const agent = caller.agent_leg ? told.legs[caller.agent_leg] : undefined;
  if (ear.whose === "agent") return caller.agent_leg ?? "";
  // The whole call: the whisper is heard by the agent alone, everything else by the caller.
  const whisper = agent?.state === "connected" && agent.what === "prompt";
  return ear.whose === "auto" && whisper ? (caller.agent_leg ?? "") : caller.leg;
}

function hear() {
  const id = heardLeg();
  const leg = told.legs[id];
  const want = ear.on && leg?.sound
    ? { leg: id, sound: leg.sound, since: leg.since, ms: leg.ms ?? 0, label: hearsOf(leg.what, leg.like) }
    : null;
  player.hear(want);
}

function draw() {
  const button = byId("listen");
  attr(button, "aria-pressed", String(ear.on));
  say(byId("listen-word"), ear.on ? "Listening" : "Listen");
  byId("ear").hidden = !ear.on;
  if (!ear.on) return;
  const caller = callerOf(followed.leg);
  const id = heardLeg();
  const leg = told.legs[id];
  say(byId("ear-who"), !caller ? "Nobody is on the line" : leg ? readable(leg.who) : "The agent's phone is quiet");
  say(byId("ear-role"), !leg ? "" : id === caller?.leg ? "the caller's ear" : "the agent's ear");
  say(byId("ear-what"), leg ? inWords(leg) : "");
  runs(byId("ear-since"), leg?.since);
  for (const choice of document.querySelectorAll("#ear-whose button")) {
    attr(choice, "aria-pressed", String(choice instanceof HTMLElement && choice.dataset.whose === ear.whose));
  }
  byId("ear-anybody").hidden = !followed.pinned;
  attr(byId("ear"), "data-what", leg?.what ?? "");
  drawWave(leg);
}

/** @param {import("./state.js").Leg} leg */
function inWords(leg) {
  if (leg.what === "talk") return `talks with ${leg.with.map(readable).join(", ")} (talk has no sound here)`;
  if (leg.what === "silence") return "hears nothing";
  if (leg.what === "phone") return "the phone rings";
  return `hears ${hearsOf(leg.what, leg.like)}${leg.ms && leg.what === "prompt" ? ` of ${lasting(leg.ms)}` : ""}`;
}

/** @param {import("./state.js").Leg | undefined} leg */
function drawWave(leg) {
  const shape = leg ? clipNow(leg.sound) : null;
  const key = shape && leg ? `${leg.sound}` : "";
  if (key === drawnWave) return;
  drawnWave = key;
  attr(byId("ear-path"), "d", shape ? path(shape, 0, shape.ms, WIDTH) : `M0 1L${WIDTH} 1`);
}

function drawPlayed() {
  byId("ear-played").hidden = played.length === 0;
  keyed(byId("ear-list"), played, (entry) => String(entry.id), () => h("li", {}, h("span"), icon("check")), (node, entry) => {
    const from = entry.from > 1 ? `, from ${lasting(entry.from)} on` : "";
    if (node.firstElementChild) say(node.firstElementChild, `${readable(entry.who)}: ${entry.what} ${lasting(entry.ms)}${from}`);
    attr(node, "data-ended", String(entry.ended));
    attr(node, "title", entry.ended ? "played to its end" : "began");
  });
}

function tick() {
  if (!ear.on) return;
  hear();
  const leg = told.legs[heardLeg()];
  const shape = leg ? clipNow(leg.sound) : null;
  drawWave(leg);
  const at = shape && leg ? player.position ?? (now() - leg.since) % shape.ms : 0;
  byId("ear-head").style.setProperty("--at", shape ? String(at / shape.ms) : "0");
  byId("ear").style.setProperty("--loud", shape && player.position !== null ? String(loudness(shape, at)) : "0");
}

/** Put the buttons to work. */
export function startEar() {
  byId("listen").addEventListener("click", () => listen(!ear.on));
  byId("ear-anybody").addEventListener("click", followAnybody);
  byId("ear-whose").addEventListener("click", (event) => {
    const whose = event.target instanceof HTMLElement && event.target.dataset.whose;
    if (!whose) return;
    ear.whose = whose;
    hear();
    draw();
  });
  onChange(["legs", "callers", "followed"], () => { hear(); draw(); });
  onTick(tick);
}

/**
 * Play one clip once, whoever is listened to.
 * @param {string} key
 */
export async function replay(key) {
  const shape = clipNow(key) ?? null;
  const audio = document.createElement("audio");
  audio.src = shape ? shape.url : `/page/sounds/${key}.wav`;
  audio.addEventListener("ended", () => audio.remove());
  document.body.append(audio);
  await audio.play().catch(() => audio.remove());
}
