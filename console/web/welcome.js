// What somebody sees who is not signed in, or for whom nothing can be shown.

import { html } from "./view.js";
import { t } from "./words.js";

const QUIET = ["sign_in.needed", "sign_in.left"];

/** @param {{why: import("./session.js").SignedOut, signIn: (() => void) | null}} props */
export function Welcome({ why, signIn }) {
  const quiet = QUIET.includes(why.key);
  return html`
    <main class="door">
      <h1>Switchboard</h1>
      <p role=${quiet ? "status" : "alert"}>${t(why.key)}</p>
      ${why.detail && html`<p class="detail">${why.detail}</p>`}
      ${signIn
        ? html`<button type="button" class="primary" onClick=${signIn}>${t("sign_in.button")}</button>`
        : html`<button type="button" class="primary" onClick=${() => location.reload()}>${t("again")}</button>`}
    </main>`;
}

/** @param {{problem: unknown}} props */
export function Failed({ problem }) {
  const detail = problem instanceof Error ? problem.message : String(problem);
  return html`
    <main class="door">
      <h1>Switchboard</h1>
      <p role="alert">${t("failed")}</p>
      <p class="detail">${detail}</p>
      <button type="button" class="primary" onClick=${() => location.reload()}>${t("again")}</button>
    </main>`;
}
