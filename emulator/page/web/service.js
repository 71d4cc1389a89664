// The service: whether it runs, the button that kills it, and what became of everybody then.

import { act } from "./act.js";
import { attr, byId, say } from "./dom.js";
import { readable, clockOf, counted, lasting } from "./words.js";
import { line } from "./feed.js";
import { now, onTick } from "./clock.js";
import { onChange, told } from "./state.js";

/** @type {number | null} the death whose story somebody has put away */
let putAway = null;

function drawService() {
  const service = told.service;
  const pill = byId("service");
  const state = !line.connected ? "lost" : service.up ? "up" : "down";
  attr(pill, "data-state", state);
  const pid = service.pid ? ` · process ${service.pid}` : "";
  const again = (service.starts ?? 0) > 1 ? `, started ${service.starts} times` : "";
  const words = {
    lost: "The emulator does not answer",
    up: `Service runs${pid}${again}`,
    down: service.pid ? `Service gets ready${pid}` : "Service is down",
  };
  say(byId("service-words"), words[/** @type {keyof typeof words} */ (state)]);
  attr(pill, "title", service.said ? `It said at its end: ${service.said}` : null);
  byId("kill").hidden = !service.owned;
  attr(byId("kill"), "disabled", !service.pid);
  byId("lost").hidden = line.connected;
  document.body.classList.toggle("is-lost", !line.connected);
}

function drawRecovery() {
  const story = told.recovery;
  const banner = byId("recovery");
  banner.hidden = !story || putAway === story.at;
  if (!story) return;
  const state = story.ready_at === null ? "down" : story.done ? "done" : "back";
  attr(banner, "data-state", state);
  say(byId("recovery-title"), titleOf(story));
  say(byId("recovery-words"), state === "done" ? outcomeOf(story) : waitingFor(story));
}

/** @param {import("./state.js").Recovery} story */
function titleOf(story) {
  if (story.ready_at === null) return `The service ${story.how}`;
  return `Back after ${lasting(story.ready_at - story.at)}`;
}

/** @param {import("./state.js").Recovery} story */
function waitingFor(story) {
  const there = [
    story.waiting && `${counted(story.waiting, "caller")} on the line with it`,
    story.talking && `${story.talking} talking`,
    story.ringing && `${story.ringing} ringing`,
  ].filter(Boolean).join(", ") || "nobody on the line";
  if (story.ready_at !== null) return `It takes up again what it had written down: ${there}.`;
  const going = told.callers.filter((caller) => told.legs[caller.leg]?.what === "prompt").length;
  const music = going ? ` Graph plays on to ${counted(going, "caller")}.` : "";
  return `${clockOf(now() - story.at)} without it: ${there}.${music}`;
}

/** @param {import("./state.js").Recovery} story */
function outcomeOf(story) {
  const said = [];
  if (story.waiting) {
    const gone = story.waiting - story.still - story.left;
    const all = story.still === story.waiting ? `all ${story.waiting} callers it held are` : `${story.still} of ${story.waiting} callers are`;
    said.push(`${story.waiting === 1 && story.still === 1 ? "The caller it held is" : cap(all)} still there`
      + `${story.left ? `, ${story.left} hung up meanwhile` : ""}${gone > 0 ? `, ${gone} gone` : ""}.`);
  } else said.push("Nobody was on the line with it.");
  if (story.compared) {
    said.push(story.kept === story.compared ? "Their seconds of waiting run on." : `${story.kept} of ${story.compared} kept their seconds.`);
  }
  if (story.waiting) {
    said.push(story.silence_ms < 50 ? "Nobody heard a gap."
      : `The longest silence anybody heard: ${lasting(story.silence_ms)} (${readable(story.quietest)}).`);
  }
  said.push(story.taken_up ? `The service says it took up ${counted(story.taken_up, "contact")} again.` : "The service took nothing up again.");
  if (story.talking) said.push(`${counted(story.talking, "conversation")} went on without it.`);
  return said.join(" ");
}

/** @param {string} text */
const cap = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** Put the buttons to work. */
export function startService() {
  byId("kill").addEventListener("click", () => { putAway = null; void act("kill"); });
  byId("recovery-close").addEventListener("click", () => { putAway = told.recovery?.at ?? null; drawRecovery(); });
  onChange(["service", "connected"], drawService);
  onChange(["recovery", "callers"], drawRecovery);
  onTick(() => { if (told.recovery && told.recovery.ready_at === null) drawRecovery(); });
  drawService();
}
