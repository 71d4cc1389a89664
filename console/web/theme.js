// Teams' three themes; a browser has none, and gets light or dark as its system is set.

const THEMES = ["default", "dark", "contrast"];

/** @param {string} theme as Teams names it; one that we do not know looks like the default */
export function wear(theme) {
  document.documentElement.dataset["theme"] = THEMES.includes(theme) ? theme : "default";
}
