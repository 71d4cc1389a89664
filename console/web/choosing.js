// The dialog in which somebody chooses whom a call goes to, or who is added to it.

import { html, useEffect, useRef, useState } from "./view.js";
import { refusal, t } from "./words.js";

/** @typedef {import("./controls.js").Told} Told */
/** @typedef {import("./controls.js").Act} Act */

/**
 * @param {object} props
 * @param {string} props.what add or transfer
 * @param {Told} props.told
 * @param {Act} props.run
 * @param {boolean} props.busy
 * @param {() => void} props.close
 */
export function Choosing({ what, told, run, busy, close }) {
  const [to, setTo] = useState(/** @type {[string, string]} */ (["", ""]));
  const [first, setFirst] = useState(false);
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  useEffect(() => dialog.current?.showModal(), []);
  const [kind, name] = to;
  const mayAsk = what === "transfer" && kind !== "queue" && !told.controls["consult"];
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const body = { [kind]: name.trim(), ...(mayAsk && first ? { consult: true } : {}) };
    if (await run(what, body)) close();
  };
  const choose = (/** @type {string} */ as, /** @type {string} */ value) => setTo([as, value]);
  return html`
    <dialog ref=${dialog} class="card choosing" aria-labelledby="choosing-title" onClose=${close}>
      <form onSubmit=${submit}>
        <h2 id="choosing-title">${t(`choosing.${what}`)}</h2>
        <${Rows} legend=${t("choosing.agents")} kind="agent" to=${to} choose=${choose} rows=${told.targets.agents.map((each) => ({
          value: each.upn, name: each.name, beside: t(`activity.${each.does}`), refused: each.refused }))} />
        ${what === "transfer" && html`<${Rows} legend=${t("choosing.queues")} kind="queue" to=${to} choose=${choose} rows=${told.targets.queues.map((each) => ({
          value: each.queue, name: each.title, beside: each.waiting === null ? "" : t("choosing.waiting", { count: each.waiting }), refused: each.refused }))} />`}
        <fieldset class="choices"><legend>${t("choosing.others")}</legend>
          <${Typed} kind="number" type="tel" to=${to} choose=${choose} why=${told.targets.numbers.length ? "" : "numbers_not_allowed"} />
          <${Typed} kind="person" type="text" to=${to} choose=${choose} why="" />
        </fieldset>
        ${told.targets.accounts.length > 0 && html`<${Rows} legend=${t("choosing.accounts")} kind="account" to=${to} choose=${choose} rows=${told.targets.accounts.map((each) => ({
          value: each.account, name: each.name, beside: "", refused: "" }))} />`}
        ${mayAsk && html`<label><input type="checkbox" checked=${first} onChange=${() => setFirst(!first)} /> ${t("choosing.first")}</label>`}
        <div class="acts">
          <button class="primary" disabled=${busy || !name.trim()}>${t(`control.${what}`)}</button>
          <button type="button" onClick=${close}>${t("choosing.close")}</button>
        </div>
      </form>
    </dialog>`;
}

/** @typedef {{value: string, name: string, beside: string, refused: string}} Row */

/** @param {{legend: string, kind: string, to: [string, string], choose: (kind: string, value: string) => void, rows: Row[]}} props */
function Rows({ legend, kind, to, choose, rows }) {
  if (!rows.length) return null;
  return html`
    <fieldset class="choices"><legend>${legend}</legend>${rows.map((row) => html`
      <label key=${row.value}><input type="radio" name="target" disabled=${row.refused !== ""} checked=${to[0] === kind && to[1] === row.value}
        onChange=${() => choose(kind, row.value)} /> ${row.name} <small>${row.refused ? refusal(row.refused) : row.beside}</small></label>`)}
    </fieldset>`;
}

/** @param {{kind: string, type: string, to: [string, string], choose: (kind: string, value: string) => void, why: string}} props */
function Typed({ kind, type, to, choose, why }) {
  if (why) return html`<p class="quiet">${refusal(why)}</p>`;
  return html`
    <label>${t(`choosing.${kind}`)} <input type=${type} maxlength="200" value=${to[0] === kind ? to[1] : ""} autocomplete="off"
      onInput=${(/** @type {any} */ event) => choose(kind, event.target.value)} /></label>`;
}
