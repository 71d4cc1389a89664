// The first page of who looks after queues: how they stand. An agent's is work.js.

import { useNow } from "../clock.js";
import { QueueTable } from "../tables.js";
import { html } from "../view.js";
import { t } from "../words.js";

/** @typedef {import("./index.js").Me} Me */
/** @typedef {import("./index.js").MyQueue} MyQueue */

/** @param {import("./index.js").PageProps} props */
export function Mine({ me, ahead }) {
  const now = useNow() + ahead;
  return html`
    <h1>${t("page.mine")}</h1>
    ${me.queues.length
      ? html`<${QueueTable} queues=${me.queues} now=${now} note=${note} />`
      : html`<p>${t(nobody(me))}</p>`}`;
}

/** @param {Me} me */
const nobody = (me) => (me.roles.includes("Supervisor") ? "queues.none_supervised" : "queues.none");

/** @param {MyQueue} queue */
function note(queue) {
  if (queue.serve) return queue.rank ? t("queue.rank", { rank: queue.rank }) : t("queue.mine");
  return queue.supervise ? t("queue.supervised") : t("queue.seen");
}
