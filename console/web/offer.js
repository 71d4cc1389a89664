// The offer, above every page: who calls, for which queue, how long they have waited. It is said to who
// cannot see it, and taken with one key: Accept has the focus, or Alt+A where somebody is typing.

import { useActs } from "./acts.js";
import { useNow } from "./clock.js";
import { Details } from "./contact_details.js";
import { html, useEffect, useRef, useState } from "./view.js";
import { lasting, refusal, t } from "./words.js";

/** @typedef {import("./pages/index.js").Work} Work */

const OFFERED = ["offered", "accepted", "connecting", "dialing"];
const REASONS = ["busy", "not mine", "leaving"];

/** @param {Work | null} work */
export const isOffered = (work) => work !== null && OFFERED.includes(work.face);

/** @param {{api: import("./api.js").Api, work: Work | null, ahead: number}} props */
export function Offer({ api, work, ahead }) {
  const offered = work && isOffered(work) ? work : null;
  const said = useSaid(offered);
  return html`
    <p class="for-readers" aria-live="assertive" aria-atomic="true">${said}</p>
    ${offered && html`<${Card} key=${offered.offer} api=${api} work=${offered} ahead=${ahead} />`}`;
}

/** @param {{api: import("./api.js").Api, work: Work, ahead: number}} props */
function Card({ api, work, ahead }) {
  const now = useNow() + ahead;
  const { act, busy, problem } = useActs(api);
  const button = useRef(/** @type {HTMLButtonElement | null} */ (null));
  const path = `/api/offers/${encodeURIComponent(work.offer)}`;
  const accept = () => act(`${path}/accept`);
  const mayAccept = work.face === "offered" && !work.may.accept;
  useEffect(() => {
    if (mayAccept && !isTyping(document.activeElement)) button.current?.focus();
  }, []);
  useEffect(() => {
    const pressed = (/** @type {KeyboardEvent} */ event) => {
      if (!event.altKey || event.code !== "KeyA" || !mayAccept) return;
      event.preventDefault();
      accept();
    };
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  });
  return html`
    <section class="offer" data-face=${work.face} aria-labelledby="offer-title">
      <h2 id="offer-title"><span aria-hidden="true">☎ </span>${t(`offer.${work.face}`)}</h2>
      <p class="caller"><b>${work.caller}</b> <span>${work.title}</span>
        ${work.queued_at !== null && html` <span class="since">${t("offer.waits", { span: lasting(now - work.queued_at) })}</span>`}</p>
      <${Details} work=${work} />
      ${work.face === "offered" && html`<div class="acts">
        <button type="button" class="primary" ref=${button} aria-keyshortcuts="Alt+A" disabled=${!mayAccept || busy}
          onClick=${accept}>${t("offer.accept")}</button>
        <${Decline} path=${path} act=${act} busy=${busy} why=${work.may.decline} />
      </div>
      <p class="quiet">${work.may.accept ? refusal(work.may.accept) : t("offer.keys")}</p>`}
      ${work.face === "accepted" && html`<p>${t("offer.pick_up")}</p>`}
      ${problem && html`<p class="refused" role="alert">${problem}</p>`}
    </section>`;
}

/** @param {{path: string, act: (path: string, body?: object) => Promise<boolean>, busy: boolean, why: string}} props */
function Decline({ path, act, busy, why }) {
  const [words, setWords] = useState("");
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    const known = REASONS.find((each) => t(`decline.${each}`) === words.trim());
    act(`${path}/decline`, { reason: known ?? words.trim() });
  };
  if (why) return html`<span class="quiet">${refusal(why)}</span>`;
  return html`
    <form onSubmit=${submit}>
      <label>${t("offer.why")} <input list="decline-reasons" maxlength="64" value=${words}
        onInput=${(/** @type {any} */ event) => setWords(event.target.value)} /></label>
      <datalist id="decline-reasons">${REASONS.map((each) => html`<option key=${each} value=${t(`decline.${each}`)}></option>`)}</datalist>
      <button disabled=${busy}>${t("offer.decline")}</button>
    </form>`;
}

/**
 * What somebody hears who does not see the card: each offer once, and that it is over.
 * @param {Work | null} work
 */
function useSaid(work) {
  const last = useRef(/** @type {Work | null} */ (null));
  const [said, setSaid] = useState("");
  useEffect(() => {
    const before = last.current;
    last.current = work;
    if (work) {
      const again = before?.offer === work.offer && before.face === work.face;
      if (!again) setSaid(sentence(work));
      if (before?.offer !== work.offer) document.title = `☎ ${work.caller} – Switchboard`;
    } else if (before) {
      setSaid(t("offer.over"));
      document.title = "Switchboard";
    }
  }, [work?.offer, work?.face]);
  return said;
}

/** @param {Work} work */
function sentence(work) {
  if (work.face !== "offered") return t(`offer.${work.face}`);
  const how = work.may.accept ? refusal(work.may.accept) : t("offer.keys");
  return `${t("offer.said", { caller: work.caller, queue: work.title })} ${how}`;
}

/** @param {Element | null} where */
function isTyping(where) {
  return where !== null && where.matches("input, textarea, select, [contenteditable]");
}
