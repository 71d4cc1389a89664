// A view that is fetched when somebody opens it, so that nobody else waits for it.

import { html, useEffect, useState } from "./view.js";
import { t } from "./words.js";

/**
 * The view of that name, from a module that is not there yet.
 * @param {() => Promise<any>} load
 * @param {string} name
 */
export function lazily(load, name) {
  /** @type {any} */
  let known = null;
  return (/** @type {any} */ props) => {
    const [view, setView] = useState(() => known);
    const [failed, setFailed] = useState(false);
    useEffect(() => {
      if (view) return;
      load().then(
        (module) => { known = module[name]; setView(() => known); },
        () => setFailed(true),
      );
    }, []);
    if (failed) return html`<p role="alert">${t("teams.no_library")}</p>`;
    return view ? html`<${view} ...${props} />` : html`<p class="quiet" role="status">${t("loading")}</p>`;
  };
}
