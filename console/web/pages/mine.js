// The first page: my state as an agent, and how my queues stand.

import { useNow } from "../clock.js";
import { QueueTable } from "../tables.js";
import { html } from "../view.js";
import { lasting, t } from "../words.js";

/** @typedef {import("./index.js").Me} Me */
/** @typedef {import("./index.js").MyQueue} MyQueue */

/** @param {import("./index.js").PageProps} props */
export function Mine({ me, ahead }) {
  const now = useNow() + ahead;
  return html`
    <h1>${t("page.mine")}</h1>
    ${me.agent && html`<${MyState} agent=${me.agent} now=${now} />`}
    ${me.queues.length
      ? html`<${QueueTable} queues=${me.queues} now=${now} note=${note} />`
      : html`<p>${t(nobody(me))}</p>`}`;
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

/** @param {MyQueue} queue */
function note(queue) {
  if (queue.serve) return queue.rank ? t("queue.rank", { rank: queue.rank }) : t("queue.mine");
  return queue.supervise ? t("queue.supervised") : t("queue.seen");
}
