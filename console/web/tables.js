// Tables that more than one page shows.

import { html } from "./view.js";
import { dayTime, lasting, t } from "./words.js";

/** @typedef {import("./feed.js").Bulletin} Bulletin */
/** @typedef {import("./feed.js").QueueRow} QueueRow */

export const ACTIVITIES = ["available", "ringing", "talking", "wrap_up", "not_ready", "opted_out", "not_responding", "away"];

/**
 * A table that scrolls by itself where it is too wide, also by keyboard.
 * @param {object} props
 * @param {string} props.title
 * @param {any} props.children
 */
export function Table({ title, children }) {
  return html`
    <div class="scroll" tabindex="0" role="region" aria-label=${title}>
      <table><caption class="for-readers">${title}</caption>${children}</table>
    </div>`;
}

/**
 * How queues stand. `note`: a few words below a queue's name; `more`: one more column.
 * @template {QueueRow} Row
 * @param {object} props
 * @param {Row[]} props.queues
 * @param {number} props.now
 * @param {(queue: Row) => string} [props.note]
 * @param {{title: string, cell: (queue: Row) => any}} [props.more]
 */
export function QueueTable({ queues, now, note, more }) {
  return html`
    <${Table} title=${t("queues.title")}>
      <thead><tr><th scope="col">${t("queue")}</th>${more && html`<th scope="col">${more.title}</th>`}
        <th scope="col" class="number">${t("queue.waiting")}</th><th scope="col" class="number">${t("queue.oldest")}</th>
        <th scope="col">${t("queue.agents")}</th></tr></thead>
      <tbody>${queues.map((queue) => html`
        <tr key=${queue.queue}>
          <th scope="row">${queue.title}${note && html`<small>${note(queue)}</small>`}
            ${queue.bulletins.map((each) => html`
              <small key=${`${each.since} ${each.about}`} class="bulletin">${bulletin(each)}</small>`)}</th>
          ${more && html`<td>${more.cell(queue)}</td>`}
          <td class="number">${queue.waiting}</td>
          <td class="number">${queue.oldest_since === null ? "–" : lasting(now - queue.oldest_since)}</td>
          <td><${Activities} counts=${queue.agents} /></td>
        </tr>`)}</tbody>
    </${Table}>`;
}

/**
 * "Closed until 14:30 · everything · sam@contoso.example · “We are flooded.”"
 * @param {Bulletin} said
 */
function bulletin({ closes, about, name, until, by, text }) {
  const what = (closes ? "closed" : "announced") + (until === null ? "" : "_until");
  return [
    t(`bulletin.${what}`, { until: until === null ? "" : dayTime(until) }),
    about === "queue" ? "" : t(`bulletin.${about}`, { name }),
    by,
    text && `“${text}”`,
  ].filter(Boolean).join(" · ");
}

/** @param {{counts: Record<string, number>}} props */
function Activities({ counts }) {
  const here = ACTIVITIES.filter((each) => counts[each]);
  if (!here.length) return html`<span class="quiet">${t("agents.none")}</span>`;
  return html`<ul class="chips">${here.map((each) => html`
    <li key=${each} data-state=${each}>${t(`activity.${each}`)} <b>${counts[each]}</b></li>`)}</ul>`;
}
