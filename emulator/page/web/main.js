// The plain page: polls this server, and draws. Everything is built with textContent, so that
// nothing a caller is called can become markup.
"use strict";

const LIST_MS = 1000;
const STORY_MS = 1000;
const HEARD = {
  ringback: "ringing", prompt: "prompt or music", silence: "silence", talk: "conversation",
  hold_music: "hold music", beep: "beep",
};
const GOOD = ["talks", "talked"];
const BAD = ["lost", "over_limit", "redirect_failed"];

const byId = (id) => document.getElementById(id);
let chosen = location.hash.slice(1);
let followNewest = !chosen;
let asked = "";
let drawnList = "";
let drawnStory = "";

function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "on") node.addEventListener("click", value);
    else if (value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

async function ask(path, options) {
  try {
    const answer = await fetch(path, options);
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

function time(at, fine) {
  const when = new Date(at);
  const two = (n) => String(n).padStart(2, "0");
  const clock = `${two(when.getHours())}:${two(when.getMinutes())}:${two(when.getSeconds())}`;
  return fine ? `${clock}.${String(when.getMilliseconds()).padStart(3, "0")}` : clock;
}

function lasting(ms) {
  if (ms === null || ms === undefined) return "";
  const s = ms / 1000;
  if (s < 10) return `${s.toFixed(1)} s`;
  return s < 60 ? `${Math.round(s)} s` : `${Math.floor(s / 60)} min ${Math.round(s % 60)} s`;
}

const offset = (ms) => `${ms < 0 ? "-" : "+"}${(Math.abs(ms) / 1000).toFixed(3)}`;

function state(row) {
  if (row.outcome !== "open") return row.outcome;
  return { queued: "waits", ringing: "agent rings", deciding: "agent decides" }[row.stage]
    || row.stage || (row.hears === "ringback" ? "rings" : row.hears) || "arrives";
}

function color(row) {
  if (GOOD.includes(row.outcome)) return "good";
  if (BAD.includes(row.outcome)) return "bad";
  return row.outcome === "open" ? "wait" : "";
}

// --- the list

async function list() {
  const answer = await ask("/page/contacts");
  const service = byId("service");
  if (!answer) {
    service.className = "bad";
    service.textContent = "The emulator does not answer: was it stopped?";
    return;
  }
  drawService(service, answer);
  const key = JSON.stringify([answer.contacts, chosen]);
  if (key === drawnList) return;
  drawnList = key;
  if (followNewest && answer.contacts.length) chosen = (answer.contacts.find(
    (row) => row.outcome === "open" || row.outcome === "talks") || answer.contacts[0]).id;
  byId("count").textContent = answer.contacts.length || "";
  byId("nobody").hidden = answer.contacts.length > 0;
  const had = document.activeElement?.dataset?.leg;
  byId("list").replaceChildren(...answer.contacts.map(entry));
  if (had) document.querySelector(`[data-leg="${had}"]`)?.focus();
}

function drawService(service, answer) {
  const child = answer.child;
  const pid = child && child.pid ? `pid ${child.pid}` : "";
  service.className = answer.service ? "" : "bad";
  if (answer.service) {
    const again = child && child.starts > 1 ? `, started ${child.starts} times` : "";
    service.textContent = `Service: running ${pid}${again}`;
  } else {
    service.textContent = `Service: away ${child ? child.last_error : ""}`;
  }
  byId("kill").hidden = !pid;
}

function entry(row) {
  const more = [row.to, row.agent && `with ${row.agent}`, row.wait_ms !== null && row.wait_ms !== undefined
    && `waited ${lasting(row.wait_ms)}`].filter(Boolean).join(" · ");
  return make("li", {}, make("button", {
    type: "button", "data-leg": row.id, "aria-current": String(row.id === chosen),
    on: () => { choose(row.id); },
  },
  make("span", { class: "who" }, row.caller), make("span", { class: "time" }, time(row.at)),
  make("span", { class: "more" }, row.label ? `${row.label} · ${more}` : more),
  make("span", { class: `state ${color(row)}` }, state(row))));
}

function choose(leg) {
  chosen = leg;
  followNewest = false;
  asked = "";
  drawnStory = "";
  history.replaceState(null, "", `#${leg}`);
  byId("contact").scrollTop = 0;
  list();
  story();
}

// --- one contact

async function story() {
  if (!chosen) return;
  const wanted = chosen;
  const row = await ask(`/page/contacts/${encodeURIComponent(wanted)}`);
  if (!row || wanted !== chosen) return;
  const key = JSON.stringify(row);
  if (key === drawnStory && row.outcome !== "open" && row.outcome !== "talks") return;
  drawnStory = key;
  const open = new Set([...document.querySelectorAll("details[open]")].map((each) => each.dataset.key));
  const focused = document.activeElement?.dataset?.ask;
  byId("contact").replaceChildren(...head(row), ...reasons(row), ...timeline(row, open));
  if (focused) document.querySelector(`[data-ask="${focused}"]`)?.focus();
  if (asked) whyNot(asked);
}

function head(row) {
  const fact = (name, value) => (value ? make("span", {}, `${name} `, make("b", {}, value)) : null);
  const end = row.ended_at || Date.now();
  const total = Math.max(1, end - row.at);
  const bar = make("div", { class: "bar", role: "img", "aria-label": "what the caller heard" },
    ...row.heard.map((span) => {
      const part = make("span", {
        class: span.what,
        title: `${HEARD[span.what] || span.what}, ${lasting((span.until || end) - span.from)}`,
      });
      part.style.width = `${100 * ((span.until || end) - span.from) / total}%`;
      return part;
    }));
  const kinds = [...new Set(row.heard.map((span) => span.what))];
  return [
    make("h2", {}, row.caller, " ", make("small", { class: color(row) }, state(row))),
    make("p", { class: "facts" }, fact("called", row.to), fact("at", time(row.at)), fact("queue", row.queue),
      fact("delivery", String(row.delivery || "").replace("_", " ")), fact("agent", row.agent),
      fact("in the queue", lasting(row.wait_ms)), fact("in the line", lasting(end - row.at))),
    bar,
    make("div", { class: "legend" }, make("span", {}, "The caller heard:"),
      ...kinds.map((kind) => make("span", {}, make("i", { class: kind }), HEARD[kind] || kind))),
  ];
}

function reasons(row) {
  const cards = row.offers.map((offer) => make("div", { class: "why" },
    ...offer.sentences.map((sentence, n) => make("p", {},
      n ? null : make("span", { class: "quiet" }, `${time(offer.at)} `), sentence))));
  if (row.note) cards.push(make("div", { class: "why" }, make("p", {}, row.note)));
  if (!row.service) cards.push(make("p", { class: "quiet" }, row.contact
    ? "The service is away." : "The service does not know this call, or is away."));
  const others = row.offers.length ? row.agents : [];
  const buttons = others.map((agent) => make("button", {
    type: "button", "data-ask": agent, "aria-pressed": String(agent === asked),
    on: () => whyNot(agent),
  }, agent));
  return [
    make("h3", {}, row.offers.length ? "Why this agent" : "Which agent, and why"), ...cards,
    others.length ? make("div", { class: "ask" }, make("span", { class: "quiet" }, "And why (not)"), ...buttons) : null,
    make("div", { id: "answer" }),
  ].filter(Boolean);
}

async function whyNot(agent) {
  asked = agent;
  const leg = chosen;
  for (const button of document.querySelectorAll("[data-ask]")) {
    button.setAttribute("aria-pressed", String(button.dataset.ask === agent));
  }
  const answer = await ask(`/page/contacts/${encodeURIComponent(leg)}/why?agent=${encodeURIComponent(agent)}`);
  const place = byId("answer");
  if (!place || leg !== chosen || agent !== asked) return;
  const said = answer ? answer.sentences : ["The emulator does not answer."];
  place.replaceChildren(make("div", { class: "why" }, ...said.map((each) => make("p", {}, each))));
}

function timeline(row, open) {
  const cell = (line, lane) => make("td", { class: lane }, line.lane === lane ? content(line, open) : null);
  return [
    make("h3", {}, "Timeline"),
    make("table", {},
      make("thead", {}, make("tr", {}, make("th", {}, "seconds"), make("th", { class: "phones" }, "On the phones"),
        make("th", { class: "wire" }, "Between Graph and the service"), make("th", {}, "In the service"))),
      make("tbody", {}, ...row.lines.map((line) => make("tr", {},
        make("td", { class: "at", title: time(line.at, true) }, offset(line.at - row.at)),
        cell(line, "phones"), cell(line, "wire"), cell(line, "service"))))),
  ];
}

function content(line, open) {
  if (line.lane !== "wire") return line.text;
  const request = line.way === "request";
  const fine = line.status >= 200 && line.status < 300;
  const status = [line.status || "no answer", line.code, line.note].filter(Boolean).join(" ");
  const key = `${line.at} ${line.way} ${line.text}`;
  const parts = [line.path, line.body && JSON.stringify(line.body, null, 2),
    line.reply && `reply ${JSON.stringify(line.reply, null, 2)}`].filter(Boolean).join("\n");
  return make("details", { "data-key": key, open: open.has(key) ? "" : null },
    make("summary", { title: request ? "the service asks Graph" : "Graph tells the service" },
      make("span", { class: "way" }, request ? "←" : "→"), make("span", { class: "what" }, line.text),
      make("span", { class: "whose" }, line.whose ? `${line.whose}'s call` : ""),
      make("span", { class: `status ${fine ? "" : "bad"}` }, status)),
    make("pre", {}, parts));
}

// --- life

async function forever(work, ms) {
  for (;;) {
    if (!document.hidden) await work();
    await new Promise((done) => { setTimeout(done, ms); });
  }
}

byId("kill").addEventListener("click", () => {
  ask("/page/kill", { method: "POST", headers: { "X-Emulator-Page": "1" } });
});
addEventListener("hashchange", () => { if (location.hash.slice(1)) choose(location.hash.slice(1)); });
forever(list, LIST_MS);
forever(story, STORY_MS);
