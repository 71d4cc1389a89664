// What I do, since when and until when; ready, or not and why.

import { useActs } from "../acts.js";
import { html, useState } from "../view.js";
import { choice, clockTime, lasting, t } from "../words.js";

/** @typedef {import("./index.js").MyAgent} MyAgent */
/** @typedef {{act: (path: string, body?: object) => Promise<boolean>, busy: boolean}} Acting */

/** @param {{api: import("../api.js").Api, agent: MyAgent, now: number}} props */
export function MyState({ api, agent, now }) {
  const { act, busy, problem } = useActs(api);
  const state = agent.state === "idle" ? (agent.ready ? "ready" : "not_ready") : agent.state;
  const until = agent.ready ? agent.wrap_up_until : agent.wrap_up_until ?? agent.not_ready_until;
  const stuck = !agent.ready || agent.state === "not_responding" || agent.back_off !== "" || agent.may_ring;
  return html`
    <section class="card" aria-labelledby="my-state">
      <h2 id="my-state">${t("me.state")}</h2>
      <p class="state" data-state=${state}><b>${t(`state.${state}`)}</b>
        ${!agent.ready && agent.not_ready_reason && html` <span>${reasonOf(agent)}</span>`}
        <span class="since">${lasting(now - agent.since)}</span>
        ${until !== null && html` <span class="until">${t("me.until", { time: clockTime(until), span: lasting(until - now) })}</span>`}</p>
      ${agent.needs && html`<p class="needs">${t("me.needs_disposition")}</p>`}
      ${agent.may_ring && html`<p>${t("me.may_ring")}</p>`}
      ${agent.ready && agent.back_off && html`<p>${t("me.back_off")}</p>`}
      <p class="quiet">${t("me.presence", { presence: t(`presence.${agent.presence}`) })}</p>
      <div class="acts">
        ${stuck && html`<button type="button" class="primary" disabled=${busy} onClick=${() => act("/api/me/ready", { ready: true })}>${t("me.ready")}</button>`}
        <${NotReady} agent=${agent} acting=${{ act, busy }} />
      </div>
      ${problem && html`<p class="refused" role="alert">${problem}</p>`}
    </section>`;
}

/** @param {{agent: MyAgent, acting: Acting}} props */
function NotReady({ agent, acting }) {
  const leave = (/** @type {object} */ how) => acting.act("/api/me/ready", { ready: false, ...how });
  return html`
    ${agent.reasons.map((each) => html`
      <button type="button" key=${each.code} disabled=${acting.busy} aria-pressed=${!agent.ready && agent.not_ready_reason === each.code}
        onClick=${() => leave({ reason: each.code })}>${choice(each)}${each.back_after_ms ? html` <small>${lasting(each.back_after_ms)}</small>` : ""}</button>`)}
    <${Another} acting=${acting} leave=${leave} plain=${!agent.reasons.length} />`;
}

/** @param {{acting: Acting, leave: (how: object) => Promise<boolean>, plain: boolean}} props */
function Another({ acting, leave, plain }) {
  const [reason, setReason] = useState("");
  const [minutes, setMinutes] = useState("");
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const done = await leave({ reason: reason.trim(), ...(minutes ? { minutes: Number(minutes) } : {}) });
    if (done) { setReason(""); setMinutes(""); }
  };
  return html`
    <details><summary>${t(plain ? "me.not_ready" : "me.another_reason")}</summary>
      <form onSubmit=${submit}>
        <label>${t("me.reason")} <input maxlength="64" value=${reason} onInput=${(/** @type {any} */ event) => setReason(event.target.value)} /></label>
        <label>${t("me.minutes")} <input type="number" min="1" max="1440" value=${minutes} onInput=${(/** @type {any} */ event) => setMinutes(event.target.value)} /></label>
        <button disabled=${acting.busy}>${t("me.not_ready")}</button>
      </form></details>`;
}

/** @param {MyAgent} agent */
function reasonOf(agent) {
  if (agent.not_ready_reason === "not signed in") return t("me.not_signed_in");
  const known = agent.reasons.find((each) => each.code === agent.not_ready_reason);
  return known ? choice(known) : agent.not_ready_reason;
}
