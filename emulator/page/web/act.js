// Doing something: one request per act; what could not be done is said where everybody looks.

import { byId, h } from "./dom.js";

const SHOWN_MS = 6000;

/**
 * Do it. The answer, or null when it could not be done (and was said).
 * @param {string} what
 * @param {Record<string, string | boolean>} [body]
 * @returns {Promise<any>}
 */
export async function act(what, body = {}) {
  try {
    const answer = await fetch(`/page/act/${what}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Emulator-Page": "1" },
      body: JSON.stringify(body),
    });
    const read = await answer.json();
    if (answer.ok) return read;
    toast(read.error, "bad");
  } catch {
    toast("The emulator does not answer: was it stopped?", "bad");
  }
  return null;
}

/**
 * A JSON answer, or null.
 * @param {string} path
 * @returns {Promise<any>}
 */
export async function ask(path) {
  try {
    const answer = await fetch(path);
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

/**
 * A sentence for a few seconds.
 * @param {string} text
 * @param {string} [kind]
 */
export function toast(text, kind = "") {
  const node = h("p", { class: `toast ${kind}` }, text);
  byId("toasts").append(node);
  setTimeout(() => node.remove(), SHOWN_MS);
}
