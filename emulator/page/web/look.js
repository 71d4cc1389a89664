// How the page looks: light or dark, and which part a small screen shows.

import { attr, byId } from "./dom.js";

const KEPT = "switchboard-look";
const dark = matchMedia("(prefers-color-scheme: dark)");

/** @returns {boolean} */
const isDark = () => (document.documentElement.dataset.look ?? (dark.matches ? "dark" : "light")) === "dark";

/** @param {string | null} look */
function wear(look) {
  if (look) document.documentElement.dataset.look = look;
  attr(byId("look"), "aria-pressed", String(isDark()));
}

/** @param {string} view */
export function show(view) {
  document.body.dataset.view = view;
  for (const button of byId("views").querySelectorAll("button")) {
    attr(button, "aria-current", button.dataset.view === view ? "page" : null);
  }
  scrollTo({ top: 0 });
}

/** Put the buttons to work. */
export function startLook() {
  wear(localStorage.getItem(KEPT));
  byId("look").addEventListener("click", () => {
    const look = isDark() ? "light" : "dark";
    localStorage.setItem(KEPT, look);
    wear(look);
  });
  dark.addEventListener("change", () => wear(null));
  byId("views").addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    if (button?.dataset.view) show(button.dataset.view);
  });
  show("line");
}
