// What a supervisor does to a contact that waits: to another queue, first or last, to an agent, out of the
// line. The service looks once more, and says in words why not.

import { useActs } from "./acts.js";
import { html, useState } from "./view.js";
import { t } from "./words.js";

/** @typedef {import("./feed.js").ContactRow} ContactRow */

/**
 * @param {object} props
 * @param {import("./api.js").Api} props.api
 * @param {ContactRow} props.row
 * @param {import("./feed.js").QueueRow[]} props.queues
 * @param {import("./feed.js").AgentRow[]} props.agents
 * @param {() => void} props.changed something was done
 */
export function Steer({ api, row, queues, agents, changed }) {
  const { act, busy, problem } = useActs(api);
  const others = queues.filter((each) => each.queue !== row.queue);
  const free = agents.filter((each) => each.queues[row.queue] === "available");
  if (row.queued_at === null || row.left_queue_at !== null || row.connected_at !== null) return null;
  const path = `/api/contacts/${encodeURIComponent(row.contact)}`;
  const does = async (/** @type {string} */ what, /** @type {object} */ body = {}) => {
    await act(`${path}/${what}`, { seen_queue: row.queue, ...body });
    changed();
  };
  return html`
    <section class="steer" aria-labelledby="steer-title">
      <h3 id="steer-title">${t("steer.title")}</h3>
      <div class="acts">
        <${Choice} label=${t("steer.to_agent")} button=${t("steer.offer")} busy=${busy}
          from=${free.map((each) => [each.upn, each.name])} none=${t("steer.nobody_free")} chosen=${(/** @type {string} */ to) => does("pull", { to })} />
        <${Choice} label=${t("steer.to_queue")} button=${t("steer.move")} busy=${busy}
          from=${others.map((each) => [each.queue, each.title])} none=${t("steer.no_other_queue")} chosen=${(/** @type {string} */ to) => does("move", { to })} />
        <${Choice} label=${t("steer.priority")} button=${t("steer.set")} busy=${busy}
          from=${["1", "2", "3", "4", "5"].map((each) => [each, t(`priority.${each}`)])} none=""
          chosen=${(/** @type {string} */ priority) => does("priority", { priority: Number(priority) })} />
        <button type="button" disabled=${busy} onClick=${() => does("withdraw")}>${t("steer.withdraw")}</button>
      </div>
      ${problem && html`<p class="refused" role="alert">${problem}</p>`}
    </section>`;
}

/**
 * @param {object} props
 * @param {string} props.label
 * @param {string} props.button
 * @param {boolean} props.busy
 * @param {string[][]} props.from value and words of each
 * @param {string} props.none what is said where there is nothing to choose
 * @param {(value: string) => void} props.chosen
 */
function Choice({ label, button, busy, from, none, chosen }) {
  const [value, setValue] = useState("");
  const known = from.some(([each]) => each === value) ? value : (from[0]?.[0] ?? "");
  return html`
    <span class="choice"><label>${label} <select value=${known} disabled=${!from.length}
        onChange=${(/** @type {any} */ event) => setValue(event.target.value)}>
        ${from.length ? from.map(([each, words]) => html`<option key=${each} value=${each}>${words}</option>`) : html`<option>${none}</option>`}</select></label>
      <button type="button" disabled=${busy || !from.length} onClick=${() => chosen(known)}>${button}</button></span>`;
}
