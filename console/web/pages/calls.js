// Calls that are over: those that reached nobody, mine, and my team's. A missed one has an owner, and is
// called back through the service: my phone first, then the caller's, from the queue's number.

import { useActs } from "../acts.js";
import { Refused } from "../api.js";
import { html, useCallback, useEffect, useState } from "../view.js";
import { dayAndTime, lasting, refusal, t } from "../words.js";

/**
 * @typedef {object} Call
 * @property {string} contact
 * @property {string} title of its queue
 * @property {string} caller
 * @property {string} number E.164; empty when there is none
 * @property {string} outcome
 * @property {number} arrived_at
 * @property {number | null} queued_at
 * @property {number | null} connected_at
 * @property {number | null} talk_ended_at
 * @property {number | null} ended_at
 * @property {string} agent
 * @property {string} note
 * @property {string} disposition
 * @property {{name: string, mine: boolean} | null} owner
 * @property {{at: number, by: string} | null} done
 * @property {{at: number, by: string} | null} reached
 * @property {string} may_call_back why not; empty: I may
 */

const EVERY_MS = 10_000;
const WHOSE = ["missed", "mine", "team"];

/** @param {import("./index.js").PageProps} props */
export function Calls({ api, me, rest }) {
  const isAgent = me.roles.includes("Agent");
  const kinds = WHOSE.filter((each) => each !== "mine" || isAgent);
  const whose = kinds.includes(rest[0] ?? "") ? rest[0] : "missed";
  const [everything, setEverything] = useState(false);
  const query = `/api/calls/${whose}?limit=50${whose === "missed" && !everything ? "&open=1" : ""}`;
  const { calls, further, refused, more, again } = useCalls(api, query);
  return html`
    <h1>${t("page.calls")}</h1>
    <nav class="parts" aria-label=${t("page.calls")}><ul>${kinds.map((each) => html`
      <li key=${each}><a href=${`#/calls/${each}`} aria-current=${each === whose ? "page" : null}>${t(`calls.${each}`)}</a></li>`)}</ul></nav>
    ${whose === "missed" && html`<p><label><input type="checkbox" checked=${everything}
      onChange=${() => setEverything(!everything)} /> ${t("calls.everything")}</label></p>`}
    ${refused && html`<p class="notice" role="alert">${refused}</p>`}
    ${!calls.length && further === null && html`<p class="quiet">${t(`calls.no_${whose}`)}</p>`}
    <ul class="messages">${calls.map((each) => html`
      <li key=${each.contact} class="card" data-outcome=${each.outcome}>
        <${OneCall} api=${api} call=${each} missed=${whose === "missed"} mayAct=${me.roles.some((role) => role !== "Auditor")}
          isAgent=${isAgent} again=${again} />
      </li>`)}</ul>
    ${further !== null && html`<p><button type="button" onClick=${more}>${t("past.more")}</button></p>`}`;
}

/**
 * The calls at an address, page by page; the first page is asked for again now and then.
 * @param {import("../api.js").Api} api
 * @param {string} query
 */
function useCalls(api, query) {
  const [calls, setCalls] = useState(/** @type {Call[]} */ ([]));
  const [further, setFurther] = useState(/** @type {string | null} */ (null));
  const [refused, setRefused] = useState("");
  const [pages, setPages] = useState(1);
  const read = useCallback(async () => {
    /** @type {Call[]} */
    let found = [];
    /** @type {string | null} */
    let before = "";
    try {
      for (let page = 0; page < pages && before !== null; page += 1) {
        const answer = await api.get(`${query}${before ? `&before=${encodeURIComponent(before)}` : ""}`);
        found = [...found, ...answer.calls];
        before = answer.before;
      }
      setCalls(found);
      setFurther(before);
      setRefused("");
    } catch (problem) {
      // Lost or signed out: the feed knows as well, and shows it.
      if (problem instanceof Refused) setRefused(problem.message);
    }
  }, [api, query, pages]);
  useEffect(() => { setPages(1); }, [query]);
  useEffect(() => {
    read();
    const timer = setInterval(read, EVERY_MS);
    return () => clearInterval(timer);
  }, [read]);
  return { calls, further, refused, more: () => setPages(pages + 1), again: read };
}

/** @param {{api: import("../api.js").Api, call: Call, missed: boolean, mayAct: boolean, isAgent: boolean, again: () => Promise<void>}} props */
function OneCall({ api, call, missed, mayAct, isAgent, again }) {
  const { act, busy, problem } = useActs(api);
  const path = `/api/calls/${encodeURIComponent(call.contact)}`;
  const does = async (/** @type {string} */ what, /** @type {object} */ body = {}) => { if (await act(`${path}/${what}`, body)) await again(); };
  const waited = call.queued_at === null ? null : (call.connected_at ?? call.ended_at ?? call.queued_at) - call.queued_at;
  const talked = call.connected_at === null || call.talk_ended_at === null ? null : call.talk_ended_at - call.connected_at;
  return html`
    <h2>${call.caller}</h2>
    <p>${t(`outcome.${call.outcome}`)} <b>${call.title}</b> <span class="since">${dayAndTime(call.arrived_at)}</span>
      ${waited !== null && html` <span class="since">${t("calls.waited", { span: lasting(waited) })}</span>`}
      ${talked !== null && html` <span class="since">${t("calls.talked", { span: lasting(talked), agent: call.agent })}</span>`}</p>
    ${call.note && html`<blockquote>${call.note}</blockquote>`}
    <p class="quiet">
      ${call.owner && t("voicemail.owner", { name: call.owner.name })}
      ${call.done && ` ${t("voicemail.done", { by: call.done.by })}`}
      ${call.reached && ` ${t("calls.reached", { at: dayAndTime(call.reached.at), by: call.reached.by })}`}
    </p>
    <p class="acts">
      ${isAgent && call.number && html`<button type="button" class="primary" disabled=${busy || call.may_call_back !== ""}
        onClick=${() => does("call-back")}>${t("calls.call_back")}</button>`}
      ${isAgent && call.number && call.may_call_back && html`<small>${refusal(call.may_call_back)}</small>`}
      ${missed && mayAct && html`
        <button type="button" disabled=${busy} onClick=${() => does("owner", { on: !call.owner?.mine })}>
          ${call.owner?.mine ? t("voicemail.let_go") : t("voicemail.take")}</button>
        <button type="button" disabled=${busy} onClick=${() => does("done", { on: !call.done })}>
          ${call.done ? t("voicemail.reopen") : t("calls.finish")}</button>`}
      ${isAgent && call.number && html`<a href=${inTeams(call.number)} target="_blank" rel="noreferrer">${t("calls.in_teams")}</a>`}
    </p>
    ${problem && html`<p class="refused" role="alert">${problem}</p>`}`;
}

/** @param {string} number a call in the Teams client, from one's own number */
function inTeams(number) {
  return `https://teams.microsoft.com/l/call/0/0?users=4:${encodeURIComponent(number)}`;
}
