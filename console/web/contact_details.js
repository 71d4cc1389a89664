// What is known of a contact at once: what the caller keyed in, and where they want to be called back.

import { html } from "./view.js";
import { t } from "./words.js";

/** @param {{work: import("./pages/index.js").Work}} props */
export function Details({ work }) {
  const keyed = Object.entries(work.attributes);
  return html`
    ${work.callback && html`<p>${work.number ? t("work.callback_at", { number: work.number }) : t("work.callback")}</p>`}
    ${keyed.length > 0 && html`<dl class="keyed">${keyed.map(([name, value]) => html`
      <div key=${name}><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`}`;
}
