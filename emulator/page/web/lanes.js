// Every line of a contact in lanes: what happened, what the service asked of Graph, what Graph told.

import { ask } from "./act.js";
import { attr, byId, h, icon, keyed, say } from "./dom.js";
import { lasting, readable, timeOf } from "./words.js";
import { replay } from "./ear.js";

/** @typedef {import("./story.js").Line} Line */
/** @typedef {import("./story.js").Story} Story */

/** @type {Record<string, (line: Line) => boolean>} */
const FILTERS = {
  phones: (line) => line.lane === "phones" && !line.heard,
  heard: (line) => line.lane === "phones" && Boolean(line.heard),
  service: (line) => line.lane === "service",
  requests: (line) => line.lane === "requests",
  notifications: (line) => line.lane === "notifications",
};
/** @type {Set<string>} */
const hidden = new Set();
let wanted = "";
/** @type {Map<string, unknown>} what each opened line of the wire said in full */
const full = new Map();

/** @param {Story} story */
export function drawLanes(story) {
  for (const [name, fits] of Object.entries(FILTERS)) {
    const button = byId(`filter-${name}`);
    attr(button, "aria-pressed", String(!hidden.has(name)));
    const count = button.querySelector(".count");
    if (count) say(count, String(story.lines.filter(fits).length));
  }
  const shown = story.lines.filter((line) => shows(line));
  byId("lanes-none").hidden = shown.length > 0 || story.lines.length === 0;
  const seen = new Map();
  keyed(byId("lanes"), shown, (line) => unique(story.leg, line, seen), (line) => make(story.leg, line), (row, line) => {
    const offset = row.querySelector(".offset");
    if (offset) say(offset, plus(line.at - story.placed_at));
    drawHeard(row, line);
  });
}

/** @param {Line} line */
function shows(line) {
  const kind = Object.keys(FILTERS).find((name) => FILTERS[name]?.(line));
  if (!kind || hidden.has(kind)) return false;
  return !wanted || `${line.text} ${line.whose ?? ""} ${line.note ?? ""} ${line.status ?? ""}`.toLowerCase().includes(wanted);
}

/**
 * A key that stays while lines are added around it.
 * @param {string} leg
 * @param {Line} line
 * @param {Map<string, number>} seen
 */
function unique(leg, line, seen) {
  const key = `${leg} ${line.lane} ${line.seq ?? ""} ${line.at} ${line.text}`;
  const times = (seen.get(key) ?? 0) + 1;
  seen.set(key, times);
  return times > 1 ? `${key} ${times}` : key;
}

/**
 * @param {string} leg
 * @param {Line} line
 */
function make(leg, line) {
  const wire = line.lane === "requests" || line.lane === "notifications";
  return h("li", { class: "row", "data-lane": line.lane, "data-heard": Boolean(line.heard) },
    h("span", { class: "at" }, h("time", { title: new Date(line.at).toISOString() }, timeOf(line.at, true)), h("span", { class: "offset" })),
    wire ? wireLine(leg, line) : plainLine(line));
}

/** @param {Line} line */
function plainLine(line) {
  const sound = line.heard?.sound;
  return h("div", { class: "what plain" }, icon(line.heard ? "ear" : line.lane === "service" ? "steps" : "phone"),
    h("span", {}, readable(line.text)), line.heard && h("span", { class: "quiet" }),
    sound && h("button", { type: "button", class: "again", "aria-label": `Play it again: ${line.text}`, onclick: () => { void replay(sound); } }, icon("play")));
}

/**
 * How long it has been heard: so far, or in all.
 * @param {HTMLElement} row
 * @param {Line} line
 */
function drawHeard(row, line) {
  const place = line.heard && row.querySelector(".what .quiet");
  if (!place || !line.heard) return;
  say(place, line.heard.until ? lasting(line.heard.until - line.at) : "now");
}

/**
 * @param {string} leg
 * @param {Line} line
 */
function wireLine(leg, line) {
  const asks = line.lane === "requests";
  const status = line.status ?? 0;
  const fine = status >= 200 && status < 300;
  return h("details", { class: "what", ontoggle: (/** @type {Event} */ event) => { void unfold(/** @type {HTMLDetailsElement} */ (event.target), leg, line); } },
    h("summary", { title: asks ? "the service asks Graph" : "Graph tells the service" },
      icon(asks ? "right" : "left"), h("b", {}, line.text),
      line.whose && h("span", { class: "whose" }, line.whose === "caller" ? "caller" : line.whose),
      h("span", { class: `status ${fine ? "" : "bad"}` }, status ? String(status) : "no answer"),
      line.note && h("span", { class: "status bad" }, line.note),
      line.ms !== undefined && h("span", { class: "took" }, `${line.ms} ms`)),
    h("pre", { tabindex: "0" }));
}

/**
 * @param {HTMLDetailsElement} details
 * @param {string} leg
 * @param {Line} line
 */
async function unfold(details, leg, line) {
  const pre = details.querySelector("pre");
  if (!details.open || !pre || pre.textContent) return;
  const key = `${leg}/${line.seq}`;
  if (!full.has(key)) full.set(key, await ask(`/page/contacts/${leg}/wire/${line.seq}`));
  const told = /** @type {{line: string, body: unknown, status: number, reply: unknown} | null} */ (full.get(key));
  if (!told) {
    full.delete(key);
    pre.textContent = "The emulator does not have it any more.";
    return;
  }
  const parts = [told.line, told.body === null ? "" : JSON.stringify(told.body, null, 2), `-> ${told.status || "no answer"}`,
    told.reply ? JSON.stringify(told.reply, null, 2) : ""];
  pre.textContent = parts.filter(Boolean).join("\n");
}

/** @param {number} ms */
const plus = (ms) => `${ms < 0 ? "-" : "+"}${(Math.abs(ms) / 1000).toFixed(3)}`;

/** @param {() => void} draw again, when another choice of lines is wanted */
export function startLanes(draw) {
  for (const name of Object.keys(FILTERS)) {
    byId(`filter-${name}`).addEventListener("click", () => {
      if (!hidden.delete(name)) hidden.add(name);
      draw();
    });
  }
  byId("filter-words").addEventListener("input", (event) => {
    wanted = /** @type {HTMLInputElement} */ (event.target).value.trim().toLowerCase();
    draw();
  });
}
