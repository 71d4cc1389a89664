// The words, by key, from words/en.json or words/ko.json: files that a translator can read.

/** @typedef {Record<string, string | number>} Values */

/** @type {Record<string, string>} */
let catalog = {};
let language = "en";

/**
 * Speak the language that comes closest to the first of these that we know.
 * @param {readonly string[]} locales
 */
export async function speak(locales) {
  const known = locales.map((each) => each.slice(0, 2).toLowerCase()).find((each) => each === "ko" || each === "en");
  language = known ?? "en";
  const answer = await fetch(`/tab/words/${language}.json`);
  catalog = await answer.json();
  document.documentElement.lang = language;
}

/**
 * The sentence for a key, its `{places}` filled in.
 * @param {string} key
 * @param {Values} [values]
 * @returns {string}
 */
export function t(key, values = {}) {
  const sentence = catalog[key] ?? key;
  return sentence.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
}

/**
 * Why something may not be done, for the code of a rule; empty for one that has no words.
 * @param {string} code
 */
export function refusal(code) {
  return code && (catalog[`refused.${code}`] ?? "");
}

/**
 * One of the things that the plan lets people choose from, in this reader's language if it has one.
 * @param {{code: string, words: Record<string, string>}} given
 */
export function choice(given) {
  return given.words[language] ?? Object.values(given.words)[0] ?? given.code;
}

/**
 * A duration as a person reads it: 0:07, 12:30, 1:02:03.
 * @param {number} ms
 */
export function lasting(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/**
 * An instant of any day.
 * @param {number} at UTC milliseconds
 */
export function dayAndTime(at) {
  return new Intl.DateTimeFormat(language, { dateStyle: "short", timeStyle: "short" }).format(at);
}

/**
 * An instant of today as the clock on the wall shows it.
 * @param {number} at UTC milliseconds
 */
export function clockTime(at) {
  return new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }).format(at);
}

/**
 * An instant with its day.
 * @param {number} at UTC milliseconds
 */
export function dayTime(at) {
  return new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" }).format(at);
}
