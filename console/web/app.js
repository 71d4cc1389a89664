// The frame around every page: who is here, where one can go, and what keeps the page from going on.

import { useFeed } from "./feed.js";
import { Offer } from "./offer.js";
import { PAGES } from "./pages/index.js";
import { html, useEffect, useRef, useState } from "./view.js";
import { t } from "./words.js";

/**
 * @param {object} props
 * @param {import("./api.js").Api} props.api
 * @param {(() => void) | null} props.signOut
 * @param {(why: any) => void} props.onSignedOut
 */
export function App({ api, signOut, onSignedOut }) {
  const [place, setPlace] = useState(placeOf(location.hash));
  const wide = PAGES.some((each) => each.wide && each.place === place.page);
  const told = useFeed(api, wide);
  const content = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    const moved = () => { setPlace(placeOf(location.hash)); content.current?.focus(); };
    window.addEventListener("hashchange", moved);
    return () => window.removeEventListener("hashchange", moved);
  }, []);
  useEffect(() => {
    if (told.trouble === "signed_out") onSignedOut(told.problem);
  }, [told.trouble]);

  const me = told.floor?.me;
  const mine = me ? PAGES.filter((page) => page.roles.some((role) => me.roles.includes(role))) : [];
  const page = mine.find((each) => each.place === place.page) ?? mine[0];
  return html`
    <a class="skip" href="#content" onClick=${skipTo(content)}>${t("skip")}</a>
    <header class="top">
      <b class="brand">Switchboard</b>
      ${mine.length > 1 && html`<nav aria-label=${t("pages")}><ul>${mine.map((each) => html`
        <li key=${each.place}><a href=${`#/${each.place}`} aria-current=${each === page ? "page" : null}>${t(each.title)}</a></li>`)}</ul></nav>`}
      ${me && html`<p class="who"><b>${me.name}</b> <span>${me.roles.map((role) => t(`role.${role}`)).join(", ")}</span></p>`}
      ${signOut && html`<button type="button" onClick=${signOut}>${t("sign_out")}</button>`}
    </header>
    <p class="notice" role="status" hidden=${told.trouble !== "lost"}>${told.trouble === "lost" ? t("lost") : ""}</p>
    ${me?.agent && html`<${Offer} api=${api} work=${me.work} ahead=${told.ahead} />`}
    <main id="content" tabindex="-1" ref=${content}>
      ${told.trouble === "refused" ? html`<${Closed} problem=${told.problem} />`
        : page && html`<${page.view} key=${page.place} api=${api} floor=${told.floor} me=${me} ahead=${told.ahead} rest=${place.rest} />`}
    </main>`;
}

/** @param {{problem: Error}} props */
function Closed({ problem }) {
  return html`<h1>${t("closed.title")}</h1><p>${t("closed.words")}</p><p class="detail">${problem.message}</p>`;
}

/**
 * `#/floor/1-17`: the page, and what follows it.
 * @param {string} hash
 */
function placeOf(hash) {
  const [page = "", ...rest] = hash.replace(/^#\/?/, "").split("/");
  return { page, rest: rest.map(decoded) };
}

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** @param {{current: HTMLElement | null}} content */
const skipTo = (content) => (/** @type {Event} */ event) => {
  event.preventDefault();
  content.current?.focus();
};
