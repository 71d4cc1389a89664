// Contacts that are over, the newest first, page by page; each opens with its story.

import { Refused } from "../api.js";
import { Table } from "../tables.js";
import { html, useCallback, useEffect, useState } from "../view.js";
import { dayAndTime, lasting, t } from "../words.js";
import { Story } from "./story.js";

/**
 * @typedef {object} Record
 * @property {string} contact
 * @property {boolean} live
 * @property {string} caller
 * @property {string} queue
 * @property {number} arrived_at
 * @property {number | null} queued_at
 * @property {number | null} [left_queue_at]
 * @property {number | null} connected_at
 * @property {number | null} talk_ended_at
 * @property {number | null} ended_at
 * @property {string} outcome
 * @property {string} agent_upn
 */

const AT_ONCE = 50;

/** @param {import("./index.js").PageProps} props */
export function Past({ api, floor, rest }) {
  const { records, further, refused, more, again } = useRecords(api);
  const [open] = rest;
  const titles = Object.fromEntries(floor.queues.map((each) => [each.queue, each.title]));
  return html`
    <h1>${t("page.past")}</h1>
    ${open && html`<${Story} key=${open} api=${api} contact=${open} agents=${floor.agents} back="#/past" />`}
    <p><button type="button" onClick=${again}>${t("past.again")}</button></p>
    ${refused && html`<p role="alert">${refused}</p>`}
    ${records.length ? html`<${Records} records=${records} titles=${titles} open=${open} />` : html`<p class="quiet">${t("past.nobody")}</p>`}
    ${further !== null && html`<p><button type="button" onClick=${more}>${t("past.more")}</button></p>`}`;
}

/**
 * What was read so far, and how to read on.
 * @param {import("../api.js").Api} api
 */
function useRecords(api) {
  const [records, setRecords] = useState(/** @type {Record[]} */ ([]));
  const [further, setFurther] = useState(/** @type {number | null} */ (null));
  const [refused, setRefused] = useState("");
  const read = useCallback(async (/** @type {number | null} */ before) => {
    try {
      const answer = await api.get(`/api/contacts?limit=${AT_ONCE}${before === null ? "" : `&before=${before}`}`);
      const ended = /** @type {Record[]} */ (answer.contacts).filter((each) => !each.live);
      setRecords((/** @type {Record[]} */ known) => (before === null ? ended : [...known, ...ended]));
      setFurther(answer.before);
      setRefused("");
    } catch (problem) {
      // Lost or signed out: the feed knows as well, and shows it.
      if (problem instanceof Refused) setRefused(problem.message);
    }
  }, [api]);
  useEffect(() => { read(null); }, [read]);
  return { records, further, refused, more: () => read(further), again: () => read(null) };
}

/**
 * @param {object} props
 * @param {Record[]} props.records
 * @param {{[queue: string]: string}} props.titles
 * @param {string | undefined} props.open
 */
function Records({ records, titles, open }) {
  const span = (/** @type {number | null} */ from, /** @type {number | null} */ to) => (from === null || to === null ? "–" : lasting(to - from));
  return html`
    <${Table} title=${t("page.past")}>
      <thead><tr><th scope="col">${t("contact.caller")}</th><th scope="col">${t("contact.arrived")}</th><th scope="col">${t("queue")}</th>
        <th scope="col">${t("contact.outcome")}</th><th scope="col" class="number">${t("contact.wait")}</th>
        <th scope="col" class="number">${t("contact.talk")}</th><th scope="col">${t("contact.agent")}</th></tr></thead>
      <tbody>${records.map((each) => html`
        <tr key=${each.contact} data-outcome=${each.outcome}>
          <th scope="row"><a href=${`#/past/${encodeURIComponent(each.contact)}`} aria-current=${each.contact === open ? "true" : null}>${each.caller}</a></th>
          <td>${dayAndTime(each.arrived_at)}</td>
          <td>${titles[each.queue] ?? each.queue}</td>
          <td>${t(`outcome.${each.outcome}`)}</td>
          <td class="number">${span(each.queued_at, each.connected_at ?? each.left_queue_at ?? each.ended_at)}</td>
          <td class="number">${span(each.connected_at, each.talk_ended_at)}</td>
          <td>${each.agent_upn || "–"}</td>
        </tr>`)}</tbody>
    </${Table}>`;
}
