// The live floor for those who look after it: queues, contacts, agents; a contact opens beside them.

import { useNow } from "../clock.js";
import { ACTIVITIES, QueueTable, Table } from "../tables.js";
import { html } from "../view.js";
import { choice, lasting, t } from "../words.js";
import { Story } from "./story.js";

/** @typedef {import("../feed.js").AgentRow} AgentRow */
/** @typedef {import("../feed.js").ContactRow} ContactRow */

/** @param {import("./index.js").PageProps} props */
export function FloorPage({ api, floor, me, ahead, rest }) {
  const now = useNow() + ahead;
  const [open] = rest;
  const titles = Object.fromEntries(floor.queues.map((each) => [each.queue, each.title]));
  if (!floor.queues.length) {
    return html`<h1>${t("page.floor")}</h1><p>${t(me.roles.includes("Supervisor") ? "queues.none_supervised" : "queues.none")}</p>`;
  }
  return html`
    <h1>${t("page.floor")}</h1>
    ${open && html`<${Story} key=${open} api=${api} contact=${open} agents=${floor.agents} back="#/floor"
      may=${me.roles.includes("Supervisor") || me.roles.includes("Admin")} now=${now} queues=${floor.queues}
      row=${floor.contacts.find((each) => each.contact === open)} />`}
    <section aria-labelledby="floor-queues"><h2 id="floor-queues">${t("floor.queues")}</h2>
      <${QueueTable} queues=${floor.queues} now=${now} /></section>
    <section aria-labelledby="floor-contacts"><h2 id="floor-contacts">${t("floor.contacts")} <span class="count">${floor.contacts.length}</span></h2>
      <${Contacts} contacts=${floor.contacts} titles=${titles} now=${now} open=${open} /></section>
    <section aria-labelledby="floor-agents"><h2 id="floor-agents">${t("floor.agents")} <span class="count">${floor.agents.length}</span></h2>
      <${Agents} agents=${floor.agents} titles=${titles} now=${now} /></section>`;
}

/**
 * @param {object} props
 * @param {ContactRow[]} props.contacts
 * @param {Record<string, string>} props.titles of queues
 * @param {number} props.now
 * @param {string | undefined} props.open the contact whose story is open
 */
function Contacts({ contacts, titles, now, open }) {
  if (!contacts.length) return html`<p class="quiet">${t("floor.nobody_here")}</p>`;
  const places = placesOf(contacts);
  const oldest = contacts.toSorted((a, b) => a.arrived_at - b.arrived_at);
  return html`
    <${Table} title=${t("floor.contacts")}>
      <thead><tr><th scope="col">${t("contact.caller")}</th><th scope="col">${t("contact.stage")}</th>
        <th scope="col">${t("queue")}</th><th scope="col" class="number">${t("contact.place")}</th>
        <th scope="col" class="number">${t("contact.wait")}</th><th scope="col" class="number">${t("contact.talk")}</th>
        <th scope="col" class="number">${t("contact.offers")}</th><th scope="col">${t("contact.agent")}</th></tr></thead>
      <tbody>${oldest.map((each) => html`
        <tr key=${each.contact} data-stage=${each.stage}>
          <th scope="row"><a href=${`#/floor/${encodeURIComponent(each.contact)}`}
            aria-current=${each.contact === open ? "true" : null}>${each.caller}</a></th>
          <td>${t(`stage.${each.stage}`)}</td>
          <td>${titles[each.queue] ?? each.queue}</td>
          <td class="number">${places.get(each.contact) ?? "–"}</td>
          <td class="number">${each.queued_at === null ? "–" : lasting((each.connected_at ?? each.left_queue_at ?? now) - each.queued_at)}</td>
          <td class="number">${each.connected_at === null ? "–" : lasting(now - each.connected_at)}</td>
          <td class="number">${each.offers}</td>
          <td>${each.agent || "–"}</td>
        </tr>`)}</tbody>
    </${Table}>`;
}

/**
 * Each waiting contact's place in its queue, from 1.
 * @param {ContactRow[]} contacts
 */
function placesOf(contacts) {
  /** @type {Map<string, number>} */
  const places = new Map();
  /** @type {Record<string, number>} */
  const last = {};
  const waiting = contacts.filter((each) => each.queued_at !== null && each.left_queue_at === null && each.connected_at === null && each.stage !== "leaving");
  for (const each of waiting.sort((a, b) => (a.queued_at ?? 0) - (b.queued_at ?? 0) || (a.contact < b.contact ? -1 : 1))) {
    last[each.queue] = (last[each.queue] ?? 0) + 1;
    places.set(each.contact, last[each.queue] ?? 0);
  }
  return places;
}

/**
 * @param {object} props
 * @param {AgentRow[]} props.agents
 * @param {Record<string, string>} props.titles of queues
 * @param {number} props.now
 */
function Agents({ agents, titles, now }) {
  if (!agents.length) return html`<p class="quiet">${t("agents.none")}</p>`;
  const rank = (/** @type {AgentRow} */ agent) => Math.min(...Object.values(agent.queues).map((each) => ACTIVITIES.indexOf(each)));
  const order = agents.toSorted((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
  return html`
    <${Table} title=${t("floor.agents")}>
      <thead><tr><th scope="col">${t("agent.name")}</th><th scope="col">${t("agent.does")}</th>
        <th scope="col" class="number">${t("agent.since")}</th><th scope="col">${t("agent.presence")}</th>
        <th scope="col">${t("agent.queues")}</th><th scope="col">${t("agent.contact")}</th></tr></thead>
      <tbody>${order.map((each) => html`
        <tr key=${each.upn}>
          <th scope="row">${each.name}<small>${each.upn}</small></th>
          <td><ul class="chips">${[...new Set(Object.values(each.queues))].map((does) => html`
            <li key=${does} data-state=${does}>${t(`activity.${does}`)}</li>`)}</ul>
            ${each.not_ready_reason && html`<small>${choice({ code: each.not_ready_reason, words: each.not_ready_words })}</small>`}
            ${each.needs && html`<small>${t("agent.needs_disposition")}</small>`}</td>
          <td class="number">${lasting(now - each.since)}</td>
          <td>${t(`presence.${each.presence}`)}${!each.chat && html`<small>${t("agent.no_chat")}</small>`}</td>
          <td>${Object.keys(each.queues).map((queue) => titles[queue] ?? queue).join(", ")}</td>
          <td>${each.contact ? html`<a href=${`#/floor/${encodeURIComponent(each.contact)}`}>${t("agent.open_contact")}</a>` : "–"}</td>
        </tr>`)}</tbody>
    </${Table}>`;
}
