// The caller's phone: whom to call, who one is, dial, keys, hang up.

import { act, toast } from "./act.js";
import { attr, byId, h, icon, keyed, say } from "./dom.js";
import { CALL_AS, readable, hearsOf, kindOf, lasting, outcomeOf } from "./words.js";
import { callerOf, goneOf, onChange, told } from "./state.js";
import { follow, followed } from "./followed.js";
import { keypad } from "./keypad.js";
import { runs } from "./clock.js";

/**
 * The call that the phone shows, or the form (`asks`). `fresh`: dialed, and not on the line yet.
 * @type {{leg: string | null, asks: boolean, fresh: boolean}}
 */
const phone = { leg: null, asks: true, fresh: false };

/** @returns {HTMLFormElement} */
const form = () => /** @type {HTMLFormElement} */ (byId("dial"));

/** @param {Event} event */
async function dial(event) {
  event.preventDefault();
  const fields = new FormData(form());
  const kind = String(fields.get("kind") ?? "pstn");
  const who = kind === "pstn" ? String(fields.get("who") ?? "").replace(/[\s().-]/g, "") : "";
  const answer = await act("dial", { to: String(fields.get("to") ?? ""), kind, who });
  if (!answer) return;
  Object.assign(phone, { leg: answer.leg, asks: false, fresh: true });
  follow(answer.leg);
  draw();
}

function drawForm() {
  const to = byId("dial-to");
  keyed(to, told.cast.accounts, (account) => account.upn,
    (account) => h("label", { class: "choice" },
      h("input", { type: "radio", name: "to", value: account.upn, required: true }),
      h("span", {}, h("b", {}, account.name), h("small", {}, account.number ? readable(account.number) : "in Teams only"))),
    () => {});
  if (!to.querySelector(":checked")) to.querySelector("input")?.setAttribute("checked", "");
  const kinds = byId("dial-kind");
  keyed(kinds, told.cast.kinds, (kind) => kind,
    (kind) => h("option", { value: kind }, CALL_AS[/** @type {keyof typeof CALL_AS} */ (kind)] ?? kind), () => {});
}

function draw() {
  const mine = told.callers.filter((caller) => caller.mine);
  const known = callerOf(phone.leg) ?? goneOf(phone.leg);
  if (!known && !phone.fresh) phone.leg = null;
  if (phone.leg === null && !phone.fresh && mine.length && !phone.asks) phone.leg = mine[0]?.leg ?? null;
  const followsMine = mine.find((caller) => caller.leg === followed.leg);
  if (followsMine && !phone.asks) phone.leg = followsMine.leg;
  const caller = callerOf(phone.leg);
  const gone = goneOf(phone.leg);
  const shows = !phone.asks && (caller ?? gone);
  form().hidden = Boolean(shows);
  byId("call").hidden = !shows;
  drawOthers(mine.filter((each) => !shows || each.leg !== phone.leg));
  if (!shows) return;
  say(byId("call-to"), shows.to);
  say(byId("call-as"), `as ${readable(shows.name)} (${kindOf(shows.kind)})`);
  attr(byId("call"), "data-live", Boolean(caller));
  byId("call-live").hidden = !caller;
  byId("call-over").hidden = Boolean(caller);
  if (caller) drawLive(caller);
  else if (gone) drawOver(gone);
  if (phone.fresh) byId("call-hang-up").focus();
  phone.fresh = false;
}

/** @param {import("./state.js").Caller} caller */
function drawLive(caller) {
  const leg = told.legs[caller.leg];
  const words = { ringing: "Ringing", greeting: "Answered", choosing: "In a menu", recording: "You leave a message", waiting: "You wait", offered: "You wait", deciding: "You wait",
    connecting: "Being connected", talking: `You talk with ${caller.agent}`, leaving: "On the way out" };
  say(byId("call-state"), words[/** @type {keyof typeof words} */ (caller.stage)] ?? caller.stage);
  runs(byId("call-since"), caller.stage === "talking" ? caller.talk_at : caller.placed_at);
  say(byId("call-hears"), leg ? `you hear: ${hearsOf(leg.what, leg.like)}` : "");
  byId("call-say").hidden = leg?.what !== "recording";
}

/** @param {import("./state.js").Gone} gone */
function drawOver(gone) {
  const talked = gone.talk_at ? `talked with ${gone.agent} for ${lasting(gone.ended_at - gone.talk_at)}` : outcomeOf(gone.outcome);
  say(byId("call-over-words"), `The call is over: ${talked}. In the line for ${lasting((gone.talk_at ?? gone.ended_at) - gone.placed_at)}.`);
}

/** @param {import("./state.js").Caller[]} others */
function drawOthers(others) {
  byId("my-calls").hidden = others.length === 0;
  keyed(byId("my-calls-list"), others, (caller) => caller.leg,
    (caller) => h("li", {}, h("button", {
      type: "button", class: "link", onclick: () => { phone.leg = caller.leg; phone.asks = false; follow(caller.leg); draw(); },
    }, h("span"), " ", h("span", { class: "quiet" }))),
    (node, caller) => {
      const [who, since] = node.firstElementChild?.children ?? [];
      if (who) say(who, `${readable(caller.name)} to ${caller.to}`);
      if (since instanceof HTMLElement) runs(since, caller.placed_at);
    });
}

/**
 * The words go into the recording; nobody is there to hear them but who listens to it later.
 * @param {Event} event
 */
async function speak(event) {
  event.preventDefault();
  const words = /** @type {HTMLTextAreaElement} */ (byId("call-words")).value;
  const said = phone.leg && await act("say", { leg: phone.leg, words });
  if (!said) return;
  toast(`You speak for ${lasting(said.ms)}, as a hum. # ends the message`);
  const button = /** @type {HTMLButtonElement} */ (byId("call-speak"));
  button.disabled = true;
  setTimeout(() => { button.disabled = false; }, said.ms);
}

/** Put the phone to work. */
export function startPhone() {
  form().addEventListener("submit", (event) => { void dial(event); });
  const kind = /** @type {HTMLSelectElement} */ (byId("dial-kind"));
  kind.addEventListener("change", () => { byId("dial-number").hidden = kind.value !== "pstn"; });
  byId("call-keys").append(keypad(() => phone.leg, "your phone"));
  byId("call-say").addEventListener("submit", (event) => { void speak(event); });
  byId("call-hang-up").append(icon("hang-up"), "Hang up");
  byId("call-hang-up").addEventListener("click", () => { if (phone.leg) void act("hang_up", { leg: phone.leg }); });
  for (const id of ["call-new", "call-again"]) {
    byId(id).addEventListener("click", () => { phone.asks = true; draw(); byId("dial-go").focus(); });
  }
  onChange(["cast"], drawForm);
  onChange(["callers", "ended", "legs", "followed"], draw);
  addEventListener("keydown", typed);
}

/**
 * Digits typed while the phone has the focus are pressed on it.
 * @param {KeyboardEvent} event
 */
function typed(event) {
  const inside = event.target instanceof Element && byId("call").contains(event.target)
    && !(event.target instanceof HTMLTextAreaElement);
  if (!inside || !/^[0-9*#]$/.test(event.key) || event.ctrlKey || event.metaKey || !phone.leg) return;
  void act("press", { leg: phone.leg, key: event.key }).then((done) => { if (done) toast(`You pressed ${event.key}`); });
}
