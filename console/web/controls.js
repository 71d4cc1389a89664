// A call's controls: hold, add somebody, hand over, end. What is closed says why, in words that are also
// read out. The place that shows them gives the contact and a `version`, which changes with the call.

import { useActs } from "./acts.js";
import { useAnswer } from "./asked.js";
import { Choosing } from "./choosing.js";
import { html, useEffect, useState } from "./view.js";
import { lasting, refusal, t } from "./words.js";

const LOOK_MS = 2_000;

/** @typedef {{upn: string, name: string, does: string, refused: string}} AgentTarget */
/** @typedef {{queue: string, title: string, waiting: number | null, own: boolean, refused: string}} QueueTarget */
/** @typedef {{account: string, name: string}} AccountTarget */

/**
 * @typedef {object} Targets
 * @property {AgentTarget[]} agents
 * @property {QueueTarget[]} queues
 * @property {AccountTarget[]} accounts
 * @property {string[]} numbers how numbers begin that may be rung; empty: none may
 */

/** @typedef {{kind: string, name: string, mode: string, stage: string, by: string}} Party */
/** @typedef {{hold: string, held_since: number | null, party: Party | null, to_queue: string, handing_over: boolean, problem: string}} Now */
/** @typedef {{controls: Record<string, string>, now: Now, targets: Targets}} Told */
/** @typedef {(act: string, body?: object) => Promise<boolean>} Act */

/**
 * @param {object} props
 * @param {import("./api.js").Api} props.api
 * @param {string} props.contact
 * @param {string} props.version anything that is another one when the call has changed
 * @param {number} props.now by the service's clock
 */
export function Controls({ api, contact, version, now }) {
  const [turn, setTurn] = useState(0);
  const [open, setOpen] = useState("");
  const { act, busy, problem } = useActs(api);
  useEffect(() => {
    // Whom somebody may choose changes by what happens elsewhere.
    const every = open ? setInterval(() => setTurn((before) => before + 1), LOOK_MS) : 0;
    return () => clearInterval(every);
  }, [open]);
  const path = `/api/contacts/${encodeURIComponent(contact)}`;
  const told = useAnswer(api, `${path}/controls`, `${version} ${turn}`);
  const known = /** @type {Told | null} */ (told.data);
  if (!known || known.controls["end"] === "not_talking") return null;
  const run = async (/** @type {string} */ name, body = {}) => {
    const done = await act(`${path}/${name}`, body);
    setTurn((before) => before + 1);
    return done;
  };
  const shut = new Set(Object.values(known.controls));
  const [only] = shut;
  return html`
    <section class="controls" aria-labelledby="controls-title">
      <h3 id="controls-title">${t("controls.title")}</h3>
      <p class="going-on" aria-live="polite">${sentence(known.now, now)}</p>
      ${shut.size === 1 && only
        ? html`<p class="quiet">${refusal(only)}</p>`
        : html`<${Buttons} told=${known} run=${run} busy=${busy} choose=${setOpen} />`}
      ${problem && html`<p class="refused" role="alert">${problem}</p>`}
      ${open && html`<${Choosing} what=${open} told=${known} run=${run} busy=${busy} close=${() => setOpen("")} />`}
    </section>`;
}

/** @param {{told: Told, run: Act, busy: boolean, choose: (what: string) => void}} props */
function Buttons({ told, run, busy, choose }) {
  const [sure, setSure] = useState(false);
  const { controls, now } = told;
  const held = now.hold === "on" || now.hold === "stops";
  const end = () => { setSure(false); run("end"); };
  return html`
    <ul class="acts">
      <${Control} name=${held ? "resume" : "hold"} why=${controls} busy=${busy} press=${() => run(held ? "resume" : "hold")} />
      <${Control} name="add" why=${controls} busy=${busy} press=${() => choose("add")} />
      <${Control} name="transfer" why=${controls} busy=${busy} press=${() => choose("transfer")} />
      ${now.party && html`<${Control} name="complete" why=${controls} busy=${busy} press=${() => run("complete")} />`}
      ${(now.party || now.to_queue) && html`<${Control} name="cancel" why=${controls} busy=${busy} press=${() => run("cancel")} />`}
      ${sure
        ? html`<li role="group" aria-label=${t("controls.sure")}><span>${t("controls.sure")}</span>
            <button type="button" class="primary" disabled=${busy} onClick=${end}>${t("controls.yes")}</button>
            <button type="button" onClick=${() => setSure(false)}>${t("controls.no")}</button></li>`
        : html`<${Control} name="end" why=${controls} busy=${busy} press=${() => setSure(true)} />`}
    </ul>`;
}

/**
 * One button. Closed, it keeps its place for the keyboard, and its reason stands beside it.
 * @param {{name: string, why: Record<string, string>, busy: boolean, press: () => void}} props
 */
function Control({ name, why, busy, press }) {
  const code = why[name] ?? "";
  const id = `why-${name}`;
  return html`
    <li><button type="button" aria-disabled=${code ? "true" : null} aria-describedby=${code ? id : null} disabled=${busy && !code}
        onClick=${() => { if (!code) press(); }}>${t(`control.${name}`)}</button>
      ${code && html`<small id=${id}>${refusal(code)}</small>`}</li>`;
}

/**
 * What is being done to the call, in a sentence.
 * @param {Now} going
 * @param {number} now
 */
function sentence(going, now) {
  const said = [];
  if (going.held_since !== null && going.hold !== "off") said.push(t("controls.held", { span: lasting(now - going.held_since) }));
  if (going.party) said.push(t(`party.${going.party.stage}`, { name: going.party.name }));
  if (going.to_queue || going.handing_over) said.push(t("controls.handing_over"));
  if (going.problem) said.push(t(`problem.${PROBLEMS.includes(going.problem) ? going.problem : "other"}`));
  return said.join(" ");
}

const PROBLEMS = ["busy", "declined", "hold_failed", "left", "no_answer", "presence", "removal_refused", "resume_failed", "unreachable"];
