// One contact: what happened, line by line, and why each offer went to whom it went.

import { useAnswer } from "../asked.js";
import { Controls } from "../controls.js";
import { CallerContext } from "../context.js";
import { Steer } from "../steer.js";
import { html, useEffect, useRef, useState } from "../view.js";
import { clockTime, t } from "../words.js";

/** @typedef {{at: number, kind: string, text: string}} Line */
/** @typedef {{offer: string, agent: string, sentences: string[]}} Offer */
/** @typedef {{offers: Offer[], note: string, agent?: {at: number, sentence: string}[]}} Why */
/** @typedef {{timeline: Line[], live: {caller: string} | null, record: {caller: string} | null}} Contact */

/**
 * @param {object} props
 * @param {import("../api.js").Api} props.api
 * @param {string} props.contact
 * @param {import("../feed.js").ContactRow} [props.row] as the feed tells it; none when it ended
 * @param {import("../feed.js").AgentRow[]} props.agents
 * @param {string} props.back where its page is
 * @param {boolean} [props.may] this reader may act on calls
 * @param {number} [props.now] by the service's clock
 * @param {import("../feed.js").QueueRow[]} [props.queues] to which it may be moved
 */
export function Story({ api, contact, row, agents, back, may = false, now = 0, queues = [] }) {
  const [asked, setAsked] = useState("");
  const [acts, setActs] = useState(0);
  const version = `${JSON.stringify(row ?? null)} ${acts}`; // whatever changes there also stands in the story
  const path = `/api/contacts/${encodeURIComponent(contact)}`;
  const told = useAnswer(/** @type {any} */ (api), path, version);
  const query = asked ? `?agent=${encodeURIComponent(asked)}` : "";
  const why = useAnswer(/** @type {any} */ (api), `${path}/why${query}`, version);
  const head = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => head.current?.focus(), []);
  const known = /** @type {Contact | null} */ (told.data);
  const caller = row?.caller ?? known?.live?.caller ?? known?.record?.caller ?? "";
  return html`
    <section class="card story" aria-labelledby="story-title">
      <div class="story-head"><h2 id="story-title" tabindex="-1" ref=${head}>${t("story.title", { caller })}</h2>
        <span class="quiet">${contact}</span><a href=${back}>${t("story.close")}</a></div>
      ${told.refused && html`<p role="alert">${t("story.not_found")}</p><p class="detail">${told.refused}</p>`}
      ${row && may && html`<${Controls} api=${api} contact=${contact} version=${version} now=${now} />`}
      ${row && may && html`<${Steer} api=${api} row=${row} queues=${queues} agents=${agents}
        changed=${() => setActs((before) => before + 1)} />`}
      ${row && may && html`<${CallerContext} api=${api} contact=${contact} version=${row.context} />`}
      <div class="story-parts">
        <div><h3>${t("story.timeline")}</h3><ol class="timeline">${known?.timeline.map((line, index) => html`
          <li key=${index}><time>${clockTime(line.at)}</time> ${line.text}</li>`)}</ol></div>
        <div><h3>${t("story.why")}</h3><${Offers} why=${/** @type {Why | null} */ (why.data)} />
          <label>${t("story.why_not")} <select value=${asked} onChange=${(/** @type {any} */ event) => setAsked(event.target.value)}>
            <option value=""></option>
            ${agents.map((each) => html`<option key=${each.upn} value=${each.upn}>${each.name}</option>`)}
          </select></label>
          <div aria-live="polite">${asked && /** @type {Why | null} */ (why.data)?.agent?.map((each) => html`<p key=${each.at}>${each.sentence}</p>`)}
            ${why.refused && html`<p>${why.refused}</p>`}</div></div>
      </div>
    </section>`;
}

/** @param {{why: Why | null}} props */
function Offers({ why }) {
  if (!why) return null;
  if (!why.offers.length) return html`<p class="quiet">${why.note || t("story.no_offer")}</p>`;
  return html`<ol class="offers">${why.offers.map((offer) => html`
    <li key=${offer.offer}>${offer.sentences.map((each, index) => html`<p key=${index}>${each}</p>`)}</li>`)}</ol>`;
}
