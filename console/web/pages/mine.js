// The first page: my state as an agent, and how my queues stand.

import { useNow } from "../clock.js";
import { html } from "../view.js";
import { lasting, t } from "../words.js";

/** @typedef {import("./index.js").Me} Me */
/** @typedef {import("./index.js").MyQueue} MyQueue */

const ACTIVITIES = ["available", "ringing", "talking", "wrap_up", "not_ready", "not_responding", "away"];

/** @param {import("./index.js").PageProps} props */
export function Mine({ me, ahead }) {
  const now = useNow() + ahead;
  return html`
    <h1>${t("page.mine")}</h1>
    ${me.agent && html`<${MyState} agent=${me.agent} now=${now} />`}
    ${me.queues.length ? html`<${Queues} queues=${me.queues} now=${now} />` : html`<p>${t(nobody(me))}</p>`}`;
}

/** @param {Me} me */
const nobody = (me) => (me.roles.includes("Supervisor") ? "queues.none_supervised" : "queues.none");

/** @param {{agent: NonNullable<Me["agent"]>, now: number}} props */
function MyState({ agent, now }) {
  const state = agent.state === "idle" ? (agent.ready ? "ready" : "not_ready") : agent.state;
  return html`
    <section class="card" aria-labelledby="my-state">
      <h2 id="my-state">${t("me.state")}</h2>
      <p class="state" data-state=${state}><b>${t(`state.${state}`)}</b>
        ${agent.not_ready_reason && html` <span>${agent.not_ready_reason}</span>`}
        <span class="since">${lasting(now - agent.since)}</span></p>
      <p class="quiet">${t("me.presence", { presence: t(`presence.${agent.presence}`) })}</p>
    </section>`;
}

/** @param {{queues: MyQueue[], now: number}} props */
function Queues({ queues, now }) {
  return html`
    <div class="scroll" tabindex="0" role="region" aria-label=${t("queues.title")}>
    <table>
      <caption class="for-readers">${t("queues.title")}</caption>
      <thead><tr><th scope="col">${t("queue")}</th><th scope="col" class="number">${t("queue.waiting")}</th>
        <th scope="col" class="number">${t("queue.oldest")}</th><th scope="col">${t("queue.agents")}</th></tr></thead>
      <tbody>${queues.map((queue) => html`
        <tr key=${queue.queue}>
          <th scope="row">${queue.title}<small>${t(mine(queue))}</small></th>
          <td class="number">${queue.waiting}</td>
          <td class="number">${queue.oldest_since === null ? "–" : lasting(now - queue.oldest_since)}</td>
          <td><${Agents} agents=${queue.agents} /></td>
        </tr>`)}</tbody>
    </table></div>`;
}

/** @param {MyQueue} queue */
function mine(queue) {
  if (queue.serve) return "queue.mine";
  return queue.supervise ? "queue.supervised" : "queue.seen";
}

/** @param {{agents: Record<string, number>}} props */
function Agents({ agents }) {
  const here = ACTIVITIES.filter((each) => agents[each]);
  if (!here.length) return html`<span class="quiet">${t("agents.none")}</span>`;
  return html`<ul class="chips">${here.map((each) => html`
    <li key=${each} data-state=${each}>${t(`activity.${each}`)} <b>${agents[each]}</b></li>`)}</ul>`;
}
