// An agent's first page: what I do and until when, the contact I am at, and my queues.

import { useActs } from "../acts.js";
import { useNow } from "../clock.js";
import { isOffered } from "../offer.js";
import { QueueTable } from "../tables.js";
import { html } from "../view.js";
import { refusal, t } from "../words.js";
import { MyContact } from "./work_contact.js";
import { MyState } from "./work_state.js";

/** @typedef {import("./index.js").MyQueue} MyQueue */

/** @param {import("./index.js").PageProps} props */
export function Work({ api, me, ahead }) {
  const now = useNow() + ahead;
  return html`
    <h1>${t("page.work")}</h1>
    ${me.agent && html`<${MyState} api=${api} agent=${me.agent} now=${now} />`}
    ${me.agent && me.work && !isOffered(me.work) && html`<${MyContact} key=${me.work.contact} api=${api} agent=${me.agent} work=${me.work} now=${now} />`}
    ${me.queues.length
      ? html`<${QueueTable} queues=${me.queues} now=${now} note=${note}
          more=${{ title: t("queue.in"), cell: (/** @type {MyQueue} */ queue) => html`<${InOrOut} api=${api} queue=${queue} />` }} />`
      : html`<p>${t("queues.none")}</p>`}`;
}

/** @param {{api: import("../api.js").Api, queue: MyQueue}} props */
function InOrOut({ api, queue }) {
  const { act, busy, problem } = useActs(api);
  if (!queue.serve) return null;
  const path = `/api/me/queues/${encodeURIComponent(queue.queue)}/out`;
  const barred = !queue.may_opt_out && !queue.out;
  return html`
    <button type="button" disabled=${busy || barred} aria-label=${t(queue.out ? "queue.opt_in_to" : "queue.opt_out_of", { queue: queue.title })}
      onClick=${() => act(path, { out: !queue.out })}>${t(queue.out ? "queue.opt_in" : "queue.opt_out")}</button>
    ${barred && html`<small>${refusal("no_opting_out")}</small>`}
    ${problem && html`<small role="alert">${problem}</small>`}`;
}

/** @param {MyQueue} queue */
function note(queue) {
  if (queue.out) return t("queue.out");
  if (queue.serve) return queue.rank ? t("queue.rank", { rank: queue.rank }) : t("queue.mine");
  return queue.supervise ? t("queue.supervised") : t("queue.seen");
}
