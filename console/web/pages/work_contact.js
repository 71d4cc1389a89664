// The contact I talk with, or have just talked with: who it is, my note, how it ended, done.

import { useActs } from "../acts.js";
import { Details } from "../contact_details.js";
import { Controls } from "../controls.js";
import { Note } from "../note.js";
import { html, useCallback, useRef } from "../view.js";
import { choice, lasting, refusal, t } from "../words.js";

/** @typedef {import("./index.js").Work} Contact */
/** @typedef {import("./index.js").MyAgent} MyAgent */

/** @param {{api: import("../api.js").Api, agent: MyAgent, work: Contact, now: number}} props */
export function MyContact({ api, agent, work, now }) {
  const { act, busy, problem } = useActs(api);
  const flush = useRef(/** @type {() => Promise<boolean>} */ (async () => true));
  const offers = useCallback((/** @type {() => Promise<boolean>} */ how) => { flush.current = how; }, []);
  const over = work.face !== "connected";
  const ended = work.talk_ended_at;
  const done = async () => { if (await flush.current()) act(`/api/offers/${encodeURIComponent(work.offer)}/done`); };
  return html`
    <section class="card contact" data-face=${work.face} aria-labelledby="my-contact">
      <h2 id="my-contact">${t(over ? "work.after" : "work.talk", { caller: work.caller })}</h2>
      <p><span>${work.title}</span>
        ${work.connected_at !== null && html` <span class="since">${lasting((ended ?? now) - work.connected_at)}</span>`}</p>
      <div class="contact-parts">
        <div><${Details} work=${work} /><${Beside} api=${api} work=${work} now=${now} /></div>
        <div>
          <${Note} api=${api} work=${work} offers=${offers} />
          ${work.dispositions.length > 0 && html`<${Disposition} work=${work} act=${act} busy=${busy} />`}
          ${over && html`<div class="acts">
            <button type="button" class="primary" disabled=${busy || work.may.done !== ""} onClick=${done}>${t("work.done")}</button>
            ${agent.state === "wrap_up" && work.extend_ms > 0 && html`
              <button type="button" disabled=${busy || work.may.extend !== ""} onClick=${() => act("/api/me/wrap_up/extend", { seen: agent.extended })}>
                ${t("work.longer", { span: lasting(work.extend_ms) })}</button>`}
          </div>
          ${work.may.done && html`<p class="quiet">${refusal(work.may.done)}</p>`}
          ${agent.state === "wrap_up" && work.extend_ms > 0 && work.may.extend && html`<p class="quiet">${refusal(work.may.extend)}</p>`}`}
          ${problem && html`<p class="refused" role="alert">${problem}</p>`}
        </div>
      </div>
    </section>`;
}

/**
 * What else belongs beside a contact: the call's own controls, while it is talked on.
 * @param {{api: import("../api.js").Api, work: Contact, now: number}} props
 */
function Beside({ api, work, now }) {
  if (work.face !== "connected") return null;
  return html`<${Controls} api=${api} contact=${work.contact} version=${JSON.stringify(work.call)} now=${now} />`;
}

/** @param {{work: Contact, act: (path: string, body?: object) => Promise<boolean>, busy: boolean}} props */
function Disposition({ work, act, busy }) {
  const path = `/api/contacts/${encodeURIComponent(work.contact)}/disposition`;
  return html`
    <fieldset class="choices"><legend>${t(work.disposition_required ? "work.ended_required" : "work.ended")}</legend>
      ${work.dispositions.map((each) => html`
        <label key=${each.code}><input type="radio" name="disposition" value=${each.code} checked=${work.disposition === each.code}
          disabled=${busy} onChange=${() => act(path, { code: each.code })} /> ${choice(each)}</label>`)}
    </fieldset>`;
}
