// What other places know of a caller, and which of them did not say: beside whatever a page shows of
// the contact. Values come from other systems: they are text here, and links are the plan's.

import { useAnswer } from "./asked.js";
import { html, useEffect, useState } from "./view.js";
import { dayAndTime, t } from "./words.js";

/** @typedef {{label: string, value: string}} Field */
/** @typedef {{label: string, url: string}} Link */
/** @typedef {{at: number, queue: string, outcome: string, agent: string, note: string}} Past */
/**
 * @typedef {object} Provider
 * @property {string} provider
 * @property {string} title
 * @property {"http" | "history" | "profile"} source
 * @property {"asking" | "told" | "empty" | "failed" | "over"} state
 * @property {string} problem
 * @property {Field[]} fields
 * @property {Link[]} links
 * @property {string} manager
 * @property {Past[]} past
 */
/** @typedef {{contact: string, providers: Provider[], photo: boolean}} ContextAnswer */

const UNUSABLE = ["redirect", "too large", "not JSON"];

/**
 * The context of a contact, asked for and shown.
 * @param {object} props
 * @param {import("./api.js").Api} props.api
 * @param {string} props.contact
 * @param {unknown} props.version asked again whenever it is another
 */
export function CallerContext({ api, contact, version }) {
  const path = `/api/contacts/${encodeURIComponent(contact)}`;
  const told = useAnswer(/** @type {any} */ (api), `${path}/context`, version);
  const known = /** @type {ContextAnswer | null} */ (told.data);
  const photo = usePhoto(api, known?.photo ? `${path}/photo` : "");
  return html`<${Context} context=${known} photo=${photo} />`;
}

/**
 * @param {object} props
 * @param {ContextAnswer | null} props.context as `/api/contacts/{contact}/context` tells it
 * @param {string} [props.photo] the address of a picture
 */
export function Context({ context, photo = "" }) {
  if (!context?.providers.length) return null;
  return html`
    <div class="context">
      ${photo && html`<img src=${photo} alt=${t("context.photo")} width="48" height="48" />`}
      ${context.providers.map((each) => html`<${Place} key=${each.provider} known=${each} />`)}
    </div>`;
}

/** @param {{known: Provider}} props */
function Place({ known }) {
  const nothing = nothingOf(known);
  return html`
    <section class="place" aria-label=${known.title} data-state=${known.state}><h3>${known.title}</h3>
      ${nothing && html`<p class="quiet" role="status">${nothing}</p>`}
      <${Fields} known=${known} />
      ${known.past.length > 0 && html`<ol class="past">${known.past.map((each) => html`
        <li key=${each.at}><time>${dayAndTime(each.at)}</time> ${each.queue}: ${t(`outcome.${each.outcome}`)}
          ${each.agent && html`, ${each.agent}`}
          ${each.note && html`<p class="note">${t("context.note", { note: each.note })}</p>`}</li>`)}</ol>`}
      ${known.links.length > 0 && html`<p class="links">${known.links.filter(isSafe).map((each) => html`
        <a key=${each.label} href=${each.url} target="_blank" rel="noopener noreferrer">${each.label}</a>`)}</p>`}
    </section>`;
}

/** @param {{known: Provider}} props */
function Fields({ known }) {
  const ours = known.source === "profile";
  const rows = known.fields.map((each) => ({ ...each, label: ours ? t(`profile.${each.label}`) : each.label }));
  if (known.manager) rows.push({ label: t("profile.manager"), value: known.manager });
  if (!rows.length) return null;
  return html`<dl>${rows.map((each) => html`
    <div key=${each.label}><dt>${each.label}</dt><dd>${each.value}</dd></div>`)}</dl>`;
}

/**
 * Why there is nothing of this place; empty: there is something.
 * @param {Provider} known
 */
function nothingOf(known) {
  if (known.state === "told") return "";
  if (known.state !== "failed") return t(`context.${known.state}`);
  if (known.problem === "late") return t("context.late");
  return t(UNUSABLE.includes(known.problem) ? "context.unusable" : "context.failed");
}

/**
 * The service sends no other, and a page that opens one would not have to ask twice.
 * @param {Link} link
 */
function isSafe(link) {
  return link.url.startsWith("https://");
}

/**
 * The picture at this path as an address of this page, for a token goes with the request only.
 * @param {import("./api.js").Api} api
 * @param {string} path empty: there is none
 */
function usePhoto(api, path) {
  const [address, setAddress] = useState("");
  useEffect(() => {
    let over = false;
    let made = "";
    const show = async () => {
      const picture = await (await api.send(path)).blob();
      if (!over) setAddress((made = URL.createObjectURL(picture)));
    };
    if (path) show().catch(() => setAddress(""));
    return () => {
      over = true;
      setAddress("");
      if (made) URL.revokeObjectURL(made);
    };
  }, [api, path]);
  return address;
}
