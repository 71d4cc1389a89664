// The keys of a phone.

import { act } from "./act.js";
import { h } from "./dom.js";

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];
const NAMES = { "*": "star", "#": "pound" };

/**
 * Twelve keys that press on the phone which `leg` names at that moment.
 * @param {() => string | null} leg
 * @param {string} whose for screen readers
 */
export function keypad(leg, whose) {
  const press = (/** @type {string} */ key) => {
    const id = leg();
    if (id) void act("press", { leg: id, key });
  };
  return h("div", { class: "keypad", role: "group", "aria-label": `Keys of ${whose}` },
    ...KEYS.map((key) => h("button", {
      type: "button", class: "key", "data-key-of": whose, "aria-label": NAMES[/** @type {"*" | "#"} */ (key)] ?? key,
      onclick: () => press(key),
    }, key)));
}
